/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for everything but Arm cores that have one of their own.
 */
#include "kernels/convolution.h"
#include "kernels/dense_rows.h"
#include "kernels/simd.h"

#if !AIRLOOP_SIMD && !AIRLOOP_SCALAR

size_t dense_row_bytes(size_t num_in)
{
    return round_up(sizeof(int16_t) * round_up(num_in, DENSE_DEPTH), 16);
}

/** @return the sum of the row */
int32_t dense_spread(const int8_t *restrict input, size_t num_in, void *row)
{
    int16_t *values = row;
    int32_t sum = 0;
    for (size_t k = 0; k < num_in; k++) {
        values[k] = input[k];
        sum += input[k];
    }
    for (size_t k = num_in; k < round_up(num_in, DENSE_DEPTH); k++) {
        values[k] = 0;
    }
    return sum;
}

void dense_multiply(const void *row, const int8_t *weights, size_t depth, int32_t told,
                    int32_t sums[DENSE_OUTPUTS])
{
    const int16_t *x = row;
    const uint8_t *u = (const uint8_t *)weights;
    const uint8_t *v = u + 2 * depth;
    int32_t s0 = -128 * told, s1 = 0, s2 = -128 * told, s3 = 0;
    for (size_t k = 0; k < depth; k += DENSE_DEPTH) {
        for (size_t i = 0; i < DENSE_DEPTH; i++) {
            const int32_t value = x[k + (i & 1u) * 2 + i / 2];
            s0 += value * u[2 * i];
            s1 += value * (int8_t)u[2 * i + 1];
            s2 += value * v[2 * i];
            s3 += value * (int8_t)v[2 * i + 1];
        }
        u += (size_t)2 * DENSE_DEPTH;
        v += (size_t)2 * DENSE_DEPTH;
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

#endif
