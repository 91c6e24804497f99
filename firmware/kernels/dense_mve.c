/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for Helium: sixteen products an instruction. A row is spread out in the order of the
 * weights, so that one instruction pair loads those of two outputs as they are needed; behind the
 * last whole vector weights are loaded as if there were more, and values that are zero.
 */
#include "kernels/dense_mve.h"
#include "kernels/convolution.h"

#if AIRLOOP_MVE

size_t dense_row_bytes(size_t num_in)
{
    return round_up(num_in, DENSE_LANES);
}

/** Of every four values the even ones first. @return nothing that is needed */
int32_t dense_spread(const int8_t *restrict input, size_t num_in, void *row)
{
    static const uint8_t ORDER[DENSE_LANES] = {0, 2,  1, 3,  4,  6,  5,  7,
                                               8, 10, 9, 11, 12, 14, 13, 15};
    const uint8x16_t order = vld1q_u8(ORDER);
    int8_t *to = row;
    for (size_t k = 0; k < num_in; k += DENSE_LANES) {
        const mve_pred16_t there = vcmphiq_n_u8(order, (uint8_t)(num_in - k - 1));
        const bool is_whole = num_in - k >= DENSE_LANES;
        const mve_pred16_t taken = is_whole ? (mve_pred16_t)0xFFFFu : (mve_pred16_t)~there;
        vst1q_s8(to + k, vldrbq_gather_offset_z_s8(input + k, order, taken));
    }
    return 0;
}

static inline __attribute__((always_inline)) int32x4_t multiply(const int8_t *x, const int8_t *w,
                                                                size_t depth, int32_t told)
{
    register int32_t s0 __asm__("r0") = 0;
    register int32_t s1 __asm__("r2") = 0;
    register int32_t s2 __asm__("r4") = 0;
    register int32_t s3 __asm__("r6") = 0;
    const int8_t *v = w + 2 * depth;
    (void)told;
    __asm__ volatile("vmov.i8 q3, #128\n\t"
                     "dls lr, %[vectors]\n\t"
                     "1:\n\t"
                     "vldrb.u8 q0, [%[x]], #16\n\t"
                     "vld20.8 {q1, q2}, [%[w]]\n\t"
                     "vld21.8 {q1, q2}, [%[w]]!\n\t"
                     "vmladava.s8 %[s1], q0, q2\n\t"
                     "veor q1, q1, q3\n\t"
                     "vmladava.s8 %[s0], q0, q1\n\t"
                     "vld20.8 {q1, q2}, [%[v]]\n\t"
                     "vld21.8 {q1, q2}, [%[v]]!\n\t"
                     "vmladava.s8 %[s3], q0, q2\n\t"
                     "veor q1, q1, q3\n\t"
                     "vmladava.s8 %[s2], q0, q1\n\t"
                     "le lr, 1b\n\t"
                     : [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3), [x] "+r"(x),
                       [w] "+r"(w), [v] "+r"(v)
                     : [vectors] "r"(DENSE_VECTORS(depth))
                     : "lr", "q0", "q1", "q2", "q3", "memory");
    return dense_vector(s0, s1, s2, s3);
}

void dense_row_wide(const dense_params_t *p, const int8_t *row, int32_t told, int8_t *output)
{
    dense_row(p, row, told, output, multiply, 8);
}

void dense_finish_slowly(int32x4_t sums, const rescale_t *r, const output_range_t *range,
                         size_t num_out, int8_t *output)
{
    int32_t four[DENSE_OUTPUTS];
    vst1q_s32(four, sums);
    for (size_t i = 0; i < DENSE_OUTPUTS && i < num_out; i++) {
        output[i] = rescale_once_to_s8(four[i], &r[i], range);
    }
}

#endif
