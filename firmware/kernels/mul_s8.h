/* SPDX-License-Identifier: Apache-2.0 */
/**
 * MUL: the product of two int8 arrays that may repeat, each with its own scale.
 *
 *     y = rescale((a - zero_point_0) * (b - zero_point_1)) + zero_point
 *
 * Twin:   boards/reference.py (equal bit for bit, tests/firmware/test_kernels.py)
 * Memory: no heap, no statics, no scratch; the caller owns every buffer.
 * Time:   O(n); with the DSP extension 12 instructions a value.
 */
#ifndef AIRLOOP_KERNELS_MUL_S8_H
#define AIRLOOP_KERNELS_MUL_S8_H

#include "kernels/join.h"
#include "kernels/rescale.h"

typedef struct {
    join_t join;
    int16_t input_zero_points[2]; /**< -128 .. 127 */
    output_range_t range;
    const rescale_t *rescale; /**< of the product; bias is not used */
} mul_params_t;

/**
 * Multiply.
 *
 * @param[in]  a, b     int8, as p->join says
 * @param[out] output   int8; may be an input that does not repeat, no other overlap
 */
void mul_s8(const mul_params_t *p, const int8_t *a, const int8_t *b, int8_t *output);

#endif
