/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for Helium: sixteen products an instruction. A row is spread out in the order of the
 * weights, so that one instruction pair loads those of two outputs as they are needed; behind the
 * last whole vector weights are loaded as if there were more, and values that are zero.
 */
#include "kernels/convolution.h"
#include "kernels/dense_rows.h"
#include "kernels/mve.h"

#if AIRLOOP_MVE

#define LANES 16u

size_t dense_row_bytes(size_t num_in)
{
    return round_up(num_in, LANES);
}

/** Of every four values the even ones first. @return nothing that is needed */
int32_t dense_spread(const int8_t *restrict input, size_t num_in, void *row)
{
    static const uint8_t ORDER[LANES] = {0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15};
    const uint8x16_t order = vld1q_u8(ORDER);
    int8_t *to = row;
    for (size_t k = 0; k < num_in; k += LANES) {
        const mve_pred16_t there = vcmphiq_n_u8(order, (uint8_t)(num_in - k - 1));
        const bool is_whole = num_in - k >= LANES;
        const mve_pred16_t taken = is_whole ? (mve_pred16_t)0xFFFFu : (mve_pred16_t)~there;
        vst1q_s8(to + k, vldrbq_gather_offset_z_s8(input + k, order, taken));
    }
    return 0;
}

void dense_multiply(const void *row, const int8_t *weights, size_t depth, int32_t told,
                    int32_t sums[DENSE_OUTPUTS])
{
    register int32_t s0 __asm__("r0") = 0;
    register int32_t s1 __asm__("r2") = 0;
    register int32_t s2 __asm__("r4") = 0;
    register int32_t s3 __asm__("r6") = 0;
    const int8_t *x = row;
    const int8_t *w = weights;
    const int8_t *v = weights + 2 * depth;
    (void)told;
    __asm__ volatile("vmov.i8 q6, #128\n\t"
                     "dls lr, %[vectors]\n\t"
                     "1:\n\t"
                     "vldrb.u8 q0, [%[x]], #16\n\t"
                     "vld20.8 {q1, q2}, [%[w]]\n\t"
                     "vld21.8 {q1, q2}, [%[w]]!\n\t"
                     "vld20.8 {q3, q4}, [%[v]]\n\t"
                     "vld21.8 {q3, q4}, [%[v]]!\n\t"
                     "veor q1, q1, q6\n\t"
                     "vmladava.s8 %[s1], q0, q2\n\t"
                     "veor q3, q3, q6\n\t"
                     "vmladava.s8 %[s0], q0, q1\n\t"
                     "vmladava.s8 %[s3], q0, q4\n\t"
                     "vmladava.s8 %[s2], q0, q3\n\t"
                     "le lr, 1b\n\t"
                     : [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3), [x] "+r"(x),
                       [w] "+r"(w), [v] "+r"(v)
                     : [vectors] "r"((depth + LANES - 1) / LANES)
                     : "lr", "q0", "q1", "q2", "q3", "q4", "q6", "memory");
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

bool dense_finish_four(const int32_t sums[DENSE_OUTPUTS], const rescale_t *r,
                       const output_range_t *range, int8_t *output)
{
    const uint32x4_t places = vidupq_n_u32(0, 4);
    const uint32x4_t steps = vmulq_n_u32(places, sizeof *r / 4);
    const int32x4_t bias = vldrwq_gather_offset_s32(&r->bias, steps);
    const int32x4_t multiplier = vldrwq_gather_offset_s32(&r->multiplier, steps);
    const int32x4_t minus_n = vaddq_n_s32(vldrwq_gather_offset_s32(&r->shift, steps), 1);
    const uint32x4_t n_before = vreinterpretq_u32_s32(vmvnq_s32(minus_n)); /* n - 1 */
    if (vmaxvq_u32(0, n_before) >= DENSE_MAX_FAST_SHIFT) {
        return false;
    }
    const int32x4_t half = vdupq_n_s32(2 * range->zero_point + 1);
    const int32x4_t offset = vshlq_s32(half, vreinterpretq_s32_u32(n_before));
    const int32x4_t biased = vaddq_s32(vld1q_s32(sums), bias);
    /* Ties of negative sums go down: one is taken from the product, which shows above its low word
     * only where that is 0. */
    const mve_pred16_t is_tie =
        vcmpltq_m_n_s32(biased, 0, vcmpeqq_n_s32(vmulq_s32(biased, multiplier), 0));
    const int32x4_t product = vmulhq_s32(biased, multiplier);
    const int32x4_t high = vaddq_s32(vsubq_m_n_s32(product, product, 1, is_tie), offset);
    const int32x4_t low = vmaxq_s32(vshlq_s32(high, minus_n), vdupq_n_s32(range->activation_min));
    vstrbq_s32(output, vminq_s32(low, vdupq_n_s32(range->activation_max)));
    return true;
}

#endif
