/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the body for Helium keeps in its scratch, and how its sums become outputs: four outputs at a
 * time, whose constants are read once for all columns.
 */
#ifndef AIRLOOP_KERNELS_MATMUL_S8_MVE_H
#define AIRLOOP_KERNELS_MATMUL_S8_MVE_H

#include "kernels/fast_rescale.h"
#include "kernels/matmul_s8.h"
#include "kernels/mve.h"

#if AIRLOOP_MVE

#define MATMUL_OUTPUTS 2u
#define MATMUL_LANES 16u
#define MATMUL_FOUR 4u

/** Scratch: this head, the constants, the sums of the columns, narrow weights unpacked. */
typedef struct {
    rescale_way_t way;
    int32_t *sums; /**< [num_out / MATMUL_OUTPUTS][MATMUL_S8_COLUMNS][MATMUL_OUTPUTS] */
    void (*multiply)(const int8_t *const *columns, const int8_t *weights, size_t depth,
                     int32_t *sums, int32_t *sums_end);
    const int8_t *weights; /**< those of the image, or unpacked ones */
    size_t depth;          /**< of these */
    uint32_t padding[7];
    mve_four_t fours[]; /**< [num_out / MATMUL_FOUR, rounded up] */
} matmul_head_t;

/** Write the constants. @return the way that all outputs have */
rescale_way_t matmul_prepare_fours(const matmul_s8_t *m, mve_four_t *fours);

/** Rescale the sums of some columns. @param[out] output  int8 [num_columns, num_out] */
void matmul_finish(const matmul_s8_t *m, const matmul_head_t *head, size_t num_columns,
                   int8_t *output);

#endif

#endif
