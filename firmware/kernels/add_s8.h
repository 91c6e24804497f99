/* SPDX-License-Identifier: Apache-2.0 */
/**
 * ADD and SUB: sum or difference of two int8 arrays that may repeat, each with its own scale.
 *
 *     t_j[x] = rescale_j((x - zero_point_j) << 20)         one table an input
 *     y      = rescale_out(t_0[a] + t_1[b]) + zero_point             or t_0[a] - t_1[b]
 *
 * Twin:   boards/reference.py (equal bit for bit, tests/firmware/test_kernels.py)
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   O(n); with the DSP extension 10 instructions a value.
 */
#ifndef AIRLOOP_KERNELS_ADD_S8_H
#define AIRLOOP_KERNELS_ADD_S8_H

#include "kernels/join.h"
#include "kernels/rescale.h"

#define ADD_S8_LEFT_SHIFT 20
/** Two tables of 256 int32. */
#define ADD_S8_SCRATCH_BYTES 2048u

typedef struct {
    join_t join;
    bool is_difference;
    int16_t input_zero_points[2]; /**< -128 .. 127 */
    output_range_t range;
    const rescale_t *rescales; /**< [3]: first input, second input, sum; bias is not used */
} add_params_t;

/**
 * Add, or subtract the second.
 *
 * @param[in]  a, b     int8, as p->join says
 * @param[out] output   int8; may be an input that does not repeat, no other overlap
 * @param[out] scratch  [ADD_S8_SCRATCH_BYTES], 4-byte aligned; overlaps nothing
 */
void add_s8(const add_params_t *p, const int8_t *a, const int8_t *b, int8_t *output, void *scratch);

#endif
