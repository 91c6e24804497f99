/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The heart of CONV_2D: weights [num_out, depth] times up to four int8 columns [depth].
 *
 *     y[i, o] = rescale(sum_k columns[i][k] * weights[o, k] + bias[o])
 *
 * Twin:   boards/reference.py (equal bit for bit, tests/firmware/test_kernels.py)
 * Memory: no heap, no statics; `prepare` puts constants, and for most cores the weights, in the
 *         caller's scratch, once an operator, in the order in which `tile` reads them. Narrow
 *         weights are unpacked there too; without vectors two outputs at a time, once a tile.
 * Time:   O(num_out * depth) a column; with the DSP extension about 0.7 instructions a
 *         multiply-accumulate, 7.5 a value of the output, 1.1 a value of a column.
 */
#ifndef AIRLOOP_KERNELS_MATMUL_S8_H
#define AIRLOOP_KERNELS_MATMUL_S8_H

#include "kernels/narrow.h"
#include "kernels/rescale.h"

#include <stddef.h>

#define MATMUL_S8_COLUMNS 4u

/** Bytes behind columns that are read where weights are narrow, whatever they are. */
#define MATMUL_S8_NARROW_OVERREAD 28u

typedef struct {
    const int8_t *weights; /**< [num_out / 2][depth / 4][2][4], 4-byte aligned; if narrow, chunks
                                of that, with a depth that is a multiple of 8 */
    unsigned weight_bits;  /**< 8, or as kernels/narrow.h says */
    const rescale_t *rescales;
    size_t depth; /**< a multiple of 4 */
    size_t num_out;
    output_range_t range;
} matmul_s8_t;

/** Return the bytes of the weights of two outputs. */
static inline size_t matmul_s8_pair_bytes(size_t depth, unsigned weight_bits)
{
    return weight_bits == NARROW_WIDE ? 2 * depth
                                      : narrow_bytes(2 * ((depth + 7) & ~(size_t)7), weight_bits);
}

/** Return the bytes of scratch that a product of this size needs; a multiple of 16. */
size_t matmul_s8_scratch_bytes(size_t depth, size_t num_out, unsigned weight_bits);

/** Prepare for the tiles of one operator. @param[out] scratch  16-byte aligned */
void matmul_s8_prepare(const matmul_s8_t *m, void *scratch);

/**
 * Multiply the matrix by some columns.
 *
 * @param[in]     columns      MATMUL_S8_COLUMNS pointers to int8 [depth], no alignment; those
 *                             behind the first `num_columns` are read, their results are dropped
 * @param         num_columns  1 .. MATMUL_S8_COLUMNS
 * @param[out]    output       int8 [num_columns, num_out]; may overlap the columns, which are read
 *                             whole before anything is written
 * @param[in,out] scratch      as `prepare` left it
 */
void matmul_s8_tile(const matmul_s8_t *m, const int8_t *const columns[MATMUL_S8_COLUMNS],
                    size_t num_columns, int8_t *output, void *scratch);

#endif
