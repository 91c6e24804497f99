/* SPDX-License-Identifier: Apache-2.0 */
/**
 * FULLY_CONNECTED: an int8 matrix times rows of int8, rounded once.
 *
 *     y[i, o] = floor((sum_k x[i, k] w[o, k] + bias[o]) * multiplier / 2^(31 - shift) + 1/2)
 *
 * and the output's zero point on top: unlike a convolution, as LiteRT's reference kernel does it.
 *
 * Weights lie so that a word is two int16 as it is, each made of two outputs' weights for one value
 * of the input: 256 v + u + 128. A product with it is 256 V + U, one with its low bytes alone U, so
 * that of four weights only two must be unpacked. V is told mod 2^24: sums are split up in parts of
 * at most DENSE_S8_PART values. The 128 costs a sum over the input, once a row.
 *
 *     block of outputs 0 and 1, values 0..3: four int16, of values 0, 2, 1, 3
 *
 * Weights of 6, 4 and 2 bits lie as kernels/dense_narrow.h says.
 *
 * Twin:   boards/reference.py (equal bit for bit, tests/firmware/test_operators.py)
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   O(num_rows * num_in * num_out); with the DSP extension 1.1 instructions a
 *         multiply-accumulate for 640 inputs and 128 outputs, 1.4 for 128 and 128.
 */
#ifndef AIRLOOP_KERNELS_DENSE_S8_H
#define AIRLOOP_KERNELS_DENSE_S8_H

#include "kernels/rescale.h"

#include <stddef.h>

#define DENSE_S8_PART 480u

typedef struct {
    size_t num_rows;
    size_t num_in;
    size_t num_out;
    size_t row_bytes; /**< from one row of the output to the next; num_out, or more */
    output_range_t range;
    unsigned weight_bits;      /**< 8, 6, 4 or 2 */
    const int8_t *weights;     /**< [num_out / 2][num_in / 4][8], 4-byte aligned */
    const rescale_t *rescales; /**< [num_out rounded up to 4]; bias holds -zero_point * sum(w) */
} dense_params_t;

/** Return the bytes of scratch that `dense_s8` needs; a multiple of 16. */
size_t dense_s8_scratch_bytes(const dense_params_t *p);

/**
 * Multiply.
 *
 * @param[in]  input    int8 [num_rows, num_in]
 * @param[out] output   int8 [num_rows] rows of num_out, row_bytes apart; overlaps the input only as
 *                      image/overlap.h says
 * @param[out] scratch  16-byte aligned; overlaps nothing
 */
void dense_s8(const dense_params_t *p, const int8_t *input, int8_t *output, void *restrict scratch);

#endif
