/* SPDX-License-Identifier: Apache-2.0 */
/**
 * FULLY_CONNECTED for Helium: a row of the input times all outputs, four at a time, whose sums
 * never leave the registers before they are int8.
 */
#ifndef AIRLOOP_KERNELS_DENSE_MVE_H
#define AIRLOOP_KERNELS_DENSE_MVE_H

#include "kernels/dense_rows.h"
#include "kernels/dense_s8.h"
#include "kernels/mve.h"

#if AIRLOOP_MVE

#define DENSE_LANES 16u
#define DENSE_VECTORS(depth) (((depth) + DENSE_LANES - 1) / DENSE_LANES)

/** Multiply a row of some vectors by the weights of four outputs. @return their sums */
typedef int32x4_t (*dense_four_t)(const int8_t *row, const int8_t *weights, size_t depth,
                                  int32_t told);

/** All outputs of a row that is spread out. */
void dense_row_wide(const dense_params_t *p, const int8_t *row, int32_t told, int8_t *output);
void dense_row_narrow(const dense_params_t *p, const int8_t *row, int32_t told, int8_t *output);

/** Rescale four sums with care. */
void dense_finish_slowly(int32x4_t sums, const rescale_t *r, const output_range_t *range,
                         size_t num_out, int8_t *output);

/** Return a vector of four values. */
static inline int32x4_t dense_vector(int32_t a, int32_t b, int32_t c, int32_t d)
{
    int32x4_t v;
    __asm__("vmov %q0[2], %q0[0], %1, %3\n\t"
            "vmov %q0[3], %q0[1], %2, %4"
            : "=&w"(v)
            : "r"(a), "r"(b), "r"(c), "r"(d));
    return v;
}

/** All outputs of a row. With a constant for `multiply`, it is part of the loop. */
static inline __attribute__((always_inline)) void dense_row(const dense_params_t *p,
                                                            const int8_t *row, int32_t told,
                                                            int8_t *output, dense_four_t multiply,
                                                            unsigned bits)
{
    const size_t depth = (p->num_in + DENSE_DEPTH - 1) / DENSE_DEPTH * DENSE_DEPTH;
    const size_t step = depth * bits / 2;
    const int32_t zero_point = p->range.zero_point;
    const int32x4_t least = vdupq_n_s32(p->range.activation_min);
    const int32x4_t most = vdupq_n_s32(p->range.activation_max);
    const rescale_t *r = p->rescales;
    const int8_t *weights = p->weights;
    /* Of four outputs' constants: loads step to the next and read behind. */
    uint32x4_t at = vaddq_n_u32(vmulq_n_u32(vidupq_n_u32(0, 4), sizeof *r / 4),
                                (uint32_t)(uintptr_t)r - DENSE_OUTPUTS * sizeof *r);
    for (size_t left = p->num_out;; left -= DENSE_OUTPUTS) {
        const int32x4_t sums = multiply(row, weights, depth, told);
        const int32x4_t bias = vldrwq_gather_base_wb_s32(&at, DENSE_OUTPUTS * sizeof *r);
        const int32x4_t multiplier = vldrwq_gather_base_s32(at, 4);
        const int32x4_t minus_n = vaddq_n_s32(vldrwq_gather_base_s32(at, 8), 1);
        if (vmaxvq_s32(INT32_MIN, minus_n) > DENSE_MAX_FAST_SHIFT + 1) {
            dense_finish_slowly(sums, r, &p->range, left, output);
        } else {
            /* floor((biased * multiplier - (biased < 0)) / 2^32): ties of negative sums go down. */
            const int32x4_t biased = vaddq_s32(sums, bias);
            const uint32x4_t size = vmulhq_u32(vreinterpretq_u32_s32(vabsq_s32(biased)),
                                               vreinterpretq_u32_s32(multiplier));
            const int32x4_t high = veorq_s32(vreinterpretq_s32_u32(size), vshrq_n_s32(biased, 31));
            const int32x4_t y = vaddq_n_s32(vrshlq_s32(high, minus_n), zero_point);
            const int32x4_t in_range = vminq_s32(vmaxq_s32(y, least), most);
            if (left < DENSE_OUTPUTS) {
                vstrbq_p_s32(output, in_range, vctp32q((uint32_t)left));
            } else {
                vstrbq_s32(output, in_range);
            }
        }
        if (left <= DENSE_OUTPUTS) {
            return;
        }
        weights += step;
        r += DENSE_OUTPUTS;
        output += DENSE_OUTPUTS;
    }
}

#endif

#endif
