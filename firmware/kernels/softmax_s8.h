/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SOFTMAX along rows, in fixed point: powers from a table, one reciprocal a row.
 *
 *     y = 256 e^(s d) / sum e^(s d) - 128            d = x - max(x); e^(s d) is Q0.31, the sum
 * Q12.19
 *
 * The reciprocal is found by three steps of Newton's method.
 *
 * Twin:   boards/kernels/softmax.py (equal bit for bit, tests/firmware/test_operators.py)
 * Memory: no heap, no statics, no scratch; the caller owns every buffer.
 * Time:   O(n), and about 100 instructions a row.
 */
#ifndef AIRLOOP_KERNELS_SOFTMAX_S8_H
#define AIRLOOP_KERNELS_SOFTMAX_S8_H

#include <stddef.h>
#include <stdint.h>

/** More values in a row than this, and their sum might leave Q12.19. */
#define SOFTMAX_S8_MAX_VALUES 4096u

typedef struct {
    size_t num_rows;
    size_t num_values;
    const int32_t *powers; /**< [256], e^(-s i) or 0; the first is 2^31 - 1 */
} softmax_params_t;

/** Normalise. @param[out] output  int8 [num_rows, num_values]; may be the input */
void softmax_s8(const softmax_params_t *p, const int8_t *input, int8_t *output);

#endif
