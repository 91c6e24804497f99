/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/dense_s8.h"

#include "kernels/convolution.h"
#include "kernels/dense_narrow.h"
#include "kernels/dense_rows.h"
#include "kernels/narrow.h"
#include "kernels/simd.h"

size_t dense_s8_scratch_bytes(const dense_params_t *p)
{
    return dense_row_bytes(p->num_in);
}

/** Not inlined: it is rare, and long. */
static __attribute__((noinline)) int8_t finish_slowly(int32_t sum, const rescale_t *r,
                                                      const output_range_t *range)
{
    return rescale_once_to_s8(sum, r, range);
}

/**
 * What becomes of a sum, see `rescale_once_to_s8`: where at least 33 bits are shifted out, rounding
 * adds to the high word alone.
 */
static inline int8_t finish(int32_t sum, const rescale_t *r, const output_range_t *range)
{
    const int32_t n = -1 - r->shift;
    if ((uint32_t)(n - 1) >= DENSE_MAX_FAST_SHIFT) {
        return finish_slowly(sum, r, range);
    }
    const int32_t offset = (2 * range->zero_point + 1) * (1 << (n - 1));
    const int32_t biased = (int32_t)((uint32_t)sum + (uint32_t)r->bias);
    const int32_t is_below = biased >> 31; /* -1: ties of negative sums go down */
    const int32_t high = (int32_t)(((int64_t)biased * r->multiplier + is_below) >> 32);
    const int32_t y = (high + offset) >> n;
    const int32_t low = y < range->activation_min ? range->activation_min : y;
    return (int8_t)(low > range->activation_max ? range->activation_max : low);
}

/** The outputs of one block: four, or what is left. */
static void finish_block(const dense_params_t *p, const int32_t sums[DENSE_OUTPUTS], size_t first,
                         int8_t *output)
{
    const rescale_t *r = p->rescales + first;
    const output_range_t range = p->range;
    if (p->num_out - first >= DENSE_OUTPUTS) {
#if AIRLOOP_MVE
        if (dense_finish_four(sums, r, &range, output)) {
            return;
        }
#endif
        output[0] = finish(sums[0], &r[0], &range);
        output[1] = finish(sums[1], &r[1], &range);
        output[2] = finish(sums[2], &r[2], &range);
        output[3] = finish(sums[3], &r[3], &range);
        return;
    }
    for (size_t i = 0; first + i < p->num_out; i++) {
        output[i] = finish(sums[i], &r[i], &range);
    }
}

void dense_s8(const dense_params_t *p, const int8_t *input, int8_t *output, void *restrict scratch)
{
    const unsigned bits = p->weight_bits;
    const bool is_wide = bits == NARROW_WIDE;
    const size_t depth = round_up(p->num_in, DENSE_DEPTH);
    const dense_multiply_t multiply = is_wide ? dense_multiply : dense_narrow_multiplier(bits);
    for (size_t i = 0; i < p->num_rows; i++) {
        const int8_t *row = input + i * p->num_in;
        const int8_t *weights = p->weights;
        const int32_t told = is_wide ? dense_spread(row, p->num_in, scratch)
                                     : dense_narrow_spread(row, p->num_in, bits, scratch);
        for (size_t o = 0; o < p->num_out; o += DENSE_OUTPUTS) {
            int32_t sums[DENSE_OUTPUTS];
            multiply(scratch, weights, depth, told, sums);
            finish_block(p, sums, o, output + o);
            weights += depth * bits / 2;
        }
        output += p->row_bytes;
    }
}
