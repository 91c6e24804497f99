/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/softmax_s8.h"

#include "kernels/rescale.h"

#define SUM_BITS 12
#define OUTPUT_BITS 8
#define FRACTION 29 /* of 48/17 and -32/17, Q2.29 */

/** 1 / m, Q0.31, for a sum m 2^n, Q12.19 with m in 1..2. */
typedef struct {
    int64_t value;    /**< at most 2^31 */
    int32_t exponent; /**< n */
} reciprocal_t;

static int32_t leading_zeros(uint32_t x)
{
    int32_t n = 0;
    for (; (x & 0x80000000u) == 0 && n < 32; n++) {
        x <<= 1;
    }
    return n;
}

static reciprocal_t reciprocal(uint32_t sum)
{
    const int32_t zeros = leading_zeros(sum);
    const int64_t above_one = (int64_t)((uint64_t)sum << zeros) - (INT64_C(1) << 31);
    const int32_t half = (int32_t)((above_one + (INT64_C(1) << 31)) / 2);
    int32_t x = INT32_C(1515870810) + rescale_high(half, INT32_C(-1010580540));
    for (int i = 0; i < 3; i++) {
        const int32_t missing = (INT32_C(1) << FRACTION) - rescale_high(half, x);
        x += rescale_high(x, missing) * 4;
    }
    return (reciprocal_t){.value = 2 * (int64_t)x, .exponent = SUM_BITS - zeros};
}

static int8_t greatest(const int8_t *x, size_t n)
{
    int8_t most = INT8_MIN;
    for (size_t i = 0; i < n; i++) {
        most = x[i] > most ? x[i] : most;
    }
    return most;
}

static void normalise(const softmax_params_t *p, const int8_t *input, int8_t *output)
{
    static const output_range_t RANGE = {
        .zero_point = INT8_MIN, .activation_min = INT8_MIN, .activation_max = INT8_MAX};
    const int8_t most = greatest(input, p->num_values);
    uint32_t sum = 0;
    for (size_t i = 0; i < p->num_values; i++) {
        sum += (uint32_t)rescale_down(p->powers[most - input[i]], SUM_BITS);
    }
    const reciprocal_t r = reciprocal(sum);
    for (size_t i = 0; i < p->num_values; i++) {
        const int64_t product = p->powers[most - input[i]] * r.value;
        const int32_t share = (int32_t)((product + (INT64_C(1) << 30)) >> 31);
        const int32_t y = rescale_down(share, r.exponent + 31 - OUTPUT_BITS);
        output[i] = clamp_to_s8(y + RANGE.zero_point, &RANGE);
    }
}

void softmax_s8(const softmax_params_t *p, const int8_t *input, int8_t *output)
{
    for (size_t i = 0; i < p->num_rows; i++) {
        normalise(p, input + i * p->num_values, output + i * p->num_values);
    }
}
