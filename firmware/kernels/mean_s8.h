/* SPDX-License-Identifier: Apache-2.0 */
/**
 * MEAN over any dimensions: a sum, its bias, and one rescaling that divides too.
 *
 * Twin:   boards/kernels/reduction.py (equal bit for bit, tests/firmware/test_operators.py)
 * Memory: no heap, no statics, no scratch; the caller owns every buffer.
 * Time:   O(n).
 */
#ifndef AIRLOOP_KERNELS_MEAN_S8_H
#define AIRLOOP_KERNELS_MEAN_S8_H

#include "kernels/rescale.h"

/** Sizes of what is kept and what is summed, and the input's steps along both. */
typedef struct {
    uint32_t kept[2];
    uint32_t summed[2];
    uint32_t kept_steps[2];
    uint32_t summed_steps[2];
    output_range_t range;
    const rescale_t *rescale;
} mean_params_t;

/** Average. @param[out] output  int8 [kept[0], kept[1]]; may not overlap the input */
void mean_s8(const mean_params_t *p, const int8_t *restrict input, int8_t *restrict output);

#endif
