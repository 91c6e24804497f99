/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for Helium: sixteen products an instruction, with bytes of weights as they are or with
 * what masks and shifts leave of them. Behind the last whole vector weights are loaded as if there
 * were more, and values that are zero.
 */
#include "kernels/dense_mve.h"
#include "kernels/dense_narrow.h"

#if AIRLOOP_MVE

/** Copy a row, zeros behind it. @return its sum */
static int32_t spread_in_order(const int8_t *restrict input, size_t num_in, int8_t *to)
{
    int32_t sum = 0;
    for (size_t k = 0; k < num_in; k += DENSE_LANES) {
        const int8x16_t values = vldrbq_z_s8(input + k, vctp8q((uint32_t)(num_in - k)));
        vst1q_s8(to + k, values);
        sum = vaddvaq_s8(sum, values);
    }
    return sum;
}

int32_t dense_narrow_spread(const int8_t *restrict input, size_t num_in, unsigned bits, void *row)
{
    if (bits != 4) {
        return spread_in_order(input, num_in, row);
    }
    dense_spread(input, num_in, row);
    int32_t sum = 0;
    for (size_t k = 0; k < num_in; k += DENSE_LANES) {
        sum = vaddvaq_s8(sum, vld1q_s8((const int8_t *)row + k));
    }
    return sum;
}

#define OUTPUTS                                                                                    \
    register int32_t s0 __asm__("r0") = 0;                                                         \
    register int32_t s1 __asm__("r2") = 0;                                                         \
    register int32_t s2 __asm__("r4") = 0;                                                         \
    register int32_t s3 __asm__("r6") = 0

static inline __attribute__((always_inline)) int32x4_t multiply_2(const int8_t *x, const int8_t *w,
                                                                  size_t depth, int32_t told)
{
    OUTPUTS;
    __asm__ volatile(
        "vmov.i8 q5, #63\n\t"
        "vmov.i8 q6, #15\n\t"
        "vmov.i8 q7, #3\n\t"
        "dls lr, %[vectors]\n\t"
        "1:\n\t"
        "vldrb.u8 q0, [%[x]], #16\n\t"
        "vldrb.u8 q1, [%[w]], #16\n\t"
        "vand q2, q1, q5\n\t"
        "vmladava.s8 %[s3], q0, q1\n\t"
        "vand q3, q1, q6\n\t"
        "vmladava.s8 %[s2], q0, q2\n\t"
        "vand q4, q1, q7\n\t"
        "vmladava.s8 %[s1], q0, q3\n\t"
        "vmladava.s8 %[s0], q0, q4\n\t"
        "le lr, 1b\n\t"
        : [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3), [x] "+r"(x), [w] "+r"(w)
        : [vectors] "r"(DENSE_VECTORS(depth))
        : "lr", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "memory");
    return dense_vector(s0 - 2 * told, ((s1 - s0) >> 2) - 2 * told, ((s2 - s1) >> 4) - 2 * told,
                        (s3 - s2) >> 6);
}

static inline __attribute__((always_inline)) int32x4_t multiply_4(const int8_t *x, const int8_t *w,
                                                                  size_t depth, int32_t told)
{
    OUTPUTS;
    __asm__ volatile(
        "vmov.i8 q4, #15\n\t"
        "dls lr, %[vectors]\n\t"
        "1:\n\t"
        "vldrb.u8 q0, [%[x]], #16\n\t"
        "vld20.8 {q1, q2}, [%[w]]\n\t"
        "vld21.8 {q1, q2}, [%[w]]!\n\t"
        "vand q3, q1, q4\n\t"
        "vmladava.s8 %[s3], q0, q2\n\t"
        "vshr.u8 q1, q1, #4\n\t"
        "vmladava.s8 %[s0], q0, q3\n\t"
        "vand q2, q2, q4\n\t"
        "vmladava.s8 %[s1], q0, q1\n\t"
        "vmladava.s8 %[s2], q0, q2\n\t"
        "le lr, 1b\n\t"
        : [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3), [x] "+r"(x), [w] "+r"(w)
        : [vectors] "r"(DENSE_VECTORS(depth))
        : "lr", "q0", "q1", "q2", "q3", "q4", "memory");
    return dense_vector(s0 - 8 * told, s1 - 8 * told, s2 - 8 * told, (s3 - s2) >> 4);
}

/** Four steps of three words each: their low bytes, their high bytes, and the bytes of the third
 * words, in the order of the values. */
static inline __attribute__((always_inline)) int32x4_t multiply_6(const int8_t *x, const int8_t *w,
                                                                  size_t depth, int32_t told)
{
    register int32_t s0 __asm__("r0") = 0;
    register int32_t b_low __asm__("r2") = 0;
    register int32_t b_high __asm__("r4") = 0;
    register int32_t c_high __asm__("r6") = 0;
    register int32_t c_low __asm__("r8") = 0;
    register int32_t s3 __asm__("r10") = 0;
    const uint32x4_t steps = vmulq_n_u32(vidupq_n_u32(0, 1), 12);
    uint32x4_t places = vaddq_n_u32(steps, (uint32_t)(uintptr_t)w - 48u);
    __asm__ volatile(
        "vmov.i8 q6, #63\n\t"
        "vmov.i8 q7, #15\n\t"
        "dls lr, %[vectors]\n\t"
        "1:\n\t"
        "vldrw.u32 q1, [%q[places], #48]!\n\t"
        "vldrb.u8 q0, [%[x]], #16\n\t"
        "vldrw.u32 q2, [%q[places], #4]\n\t"
        "vmov q4, q2\n\t"
        "vldrw.u32 q3, [%q[places], #8]\n\t"
        "vsri.16 q4, q1, #8\n\t"
        "vsli.16 q1, q2, #8\n\t"
        "vand q2, q1, q6\n\t"
        "vmladava.s8 %[c_high], q0, q4\n\t"
        "vshr.u8 q1, q1, #6\n\t"
        "vmladava.s8 %[s0], q0, q2\n\t"
        "vand q4, q4, q7\n\t"
        "vmladava.s8 %[b_low], q0, q1\n\t"
        "vand q2, q3, q6\n\t"
        "vmladava.s8 %[b_high], q0, q4\n\t"
        "vshr.u8 q3, q3, #6\n\t"
        "vmladava.s8 %[s3], q0, q2\n\t"
        "vmladava.s8 %[c_low], q0, q3\n\t"
        "le lr, 1b\n\t"
        : [s0] "+r"(s0), [b_low] "+r"(b_low), [b_high] "+r"(b_high), [c_high] "+r"(c_high),
          [c_low] "+r"(c_low), [s3] "+r"(s3), [x] "+r"(x), [places] "+w"(places)
        : [vectors] "r"(DENSE_VECTORS(depth))
        : "lr", "q0", "q1", "q2", "q3", "q4", "q6", "q7", "memory");
    return dense_vector(s0 - 32 * told, 4 * b_high + b_low - 32 * told,
                        ((c_high - b_high) >> 4) * 4 + c_low, s3 - 32 * told);
}

void dense_row_narrow(const dense_params_t *p, const int8_t *row, int32_t told, int8_t *output)
{
    switch (p->weight_bits) {
    case 2:
        dense_row(p, row, told, output, multiply_2, 2);
        break;
    case 4:
        dense_row(p, row, told, output, multiply_4, 4);
        break;
    default:
        dense_row(p, row, told, output, multiply_6, 6);
    }
}

#endif
