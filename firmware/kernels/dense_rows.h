/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The heart of FULLY_CONNECTED, one body a kind of core: a row of the input times four outputs.
 */
#ifndef AIRLOOP_KERNELS_DENSE_ROWS_H
#define AIRLOOP_KERNELS_DENSE_ROWS_H

#include "kernels/rescale.h"

#include <stddef.h>

#define DENSE_OUTPUTS 4u
#define DENSE_DEPTH 4u

/** Return the bytes that a row takes once it is spread out; a multiple of 16. */
size_t dense_row_bytes(size_t num_in);

/**
 * Spread a row out, zeros behind it.
 *
 * @param[out] row  [dense_row_bytes], 16-byte aligned
 * @return what `dense_multiply` is to be told of the row
 */
int32_t dense_spread(const int8_t *restrict input, size_t num_in, void *row);

/**
 * Sum up the products of a row and the weights of four outputs.
 *
 * @param weights  of kernels/dense_s8.h, from the first output on, 4-byte aligned
 * @param depth    values of the row, a multiple of DENSE_DEPTH
 */
void dense_multiply(const void *row, const int8_t *weights, size_t depth, int32_t told,
                    int32_t sums[DENSE_OUTPUTS]);

/** `dense_multiply`, or one of kernels/dense_narrow.h. */
typedef void (*dense_multiply_t)(const void *row, const int8_t *weights, size_t depth, int32_t told,
                                 int32_t sums[DENSE_OUTPUTS]);

/** Sums with a factor of 1/4 and more are rescaled with care. */
#define DENSE_MAX_FAST_SHIFT (-2)

#endif
