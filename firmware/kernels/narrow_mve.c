/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Unpacking with Helium: the words of several chunks at a time, woven together by the store.
 */
#include "kernels/mve.h"
#include "kernels/narrow.h"

#if AIRLOOP_MVE

/** Fields that are raised by half their range are two's complement once their top bits are turned.
 * Shifted to the top of a byte, an arithmetic shift makes them whole, and drops what lies below. */
#define TOP_BITS_OF_2 0xAA
#define TOP_BITS_OF_4 0x88

static inline uint8x16_t load(const uint32_t *from)
{
    return vreinterpretq_u8_u32(vld1q_u32(from));
}

/** What the upper bits of bytes come to, as words. */
#define TOP_AS_WORDS(bytes, bits)                                                                  \
    vreinterpretq_u32_s8(vshrq_n_s8(vreinterpretq_s8_u8(bytes), 8 - (bits)))

/** Four chunks of one word. */
static void unpack_2(const uint32_t *packed, size_t num_fours, uint32_t *to)
{
    const uint8x16_t top_bits = vdupq_n_u8(TOP_BITS_OF_2);
    for (; num_fours > 0; num_fours--) {
        const uint8x16_t v = veorq_u8(load(packed), top_bits);
        const uint32x4x4_t steps = {{TOP_AS_WORDS(vshlq_n_u8(v, 6), 2),
                                     TOP_AS_WORDS(vshlq_n_u8(v, 4), 2),
                                     TOP_AS_WORDS(vshlq_n_u8(v, 2), 2), TOP_AS_WORDS(v, 2)}};
        vst4q_u32(to, steps);
        packed += 4;
        to += 16;
    }
}

/** Two chunks of two words. */
static void unpack_4(const uint32_t *packed, size_t num_twos, uint32_t *to)
{
    const uint8x16_t top_bits = vdupq_n_u8(TOP_BITS_OF_4);
    for (; num_twos > 0; num_twos--) {
        const uint8x16_t v = veorq_u8(load(packed), top_bits);
        const uint32x4x2_t steps = {{TOP_AS_WORDS(vshlq_n_u8(v, 4), 4), TOP_AS_WORDS(v, 4)}};
        vst2q_u32(to, steps);
        packed += 4;
        to += 8;
    }
}

/**
 * Four chunks of three words; the lower two bits of a weight go under the upper four. In assembly,
 * since they need all vectors that there are.
 */
static void unpack_6(const uint32_t *packed, size_t num_fours, uint32_t *to)
{
    const uint32x4_t chunks = vmulq_n_u32(vidupq_n_u32(0, 1), 12);
    register uint32x4_t at __asm__("q7") = vaddq_n_u32(chunks, (uint32_t)(uintptr_t)packed - 48u);
    if (num_fours == 0) {
        return;
    }
    __asm__ volatile("vmov.i8 q6, %[top_bits]\n\t"
                     "dls lr, %[num_fours]\n\t"
                     "1:\n\t"
                     "vldrw.u32 q1, [%q[at], #48]!\n\t"
                     "vldrw.u32 q3, [%q[at], #4]\n\t"
                     "vldrw.u32 q5, [%q[at], #8]\n\t"
                     "veor q1, q1, q6\n\t"
                     "vshl.i8 q0, q5, #2\n\t"
                     "veor q3, q3, q6\n\t"
                     "vsli.8 q0, q1, #4\n\t"
                     "vshl.i8 q4, q5, #4\n\t"
                     "vshr.s8 q0, q0, #2\n\t"
                     "vsri.8 q1, q4, #4\n\t"
                     "vshr.u8 q2, q5, #2\n\t"
                     "vshr.s8 q1, q1, #2\n\t"
                     "vsli.8 q2, q3, #4\n\t"
                     "vsri.8 q3, q5, #4\n\t"
                     "vshr.s8 q2, q2, #2\n\t"
                     "vshr.s8 q3, q3, #2\n\t"
                     "vst40.32 {q0, q1, q2, q3}, [%[to]]\n\t"
                     "vst41.32 {q0, q1, q2, q3}, [%[to]]\n\t"
                     "vst42.32 {q0, q1, q2, q3}, [%[to]]\n\t"
                     "vst43.32 {q0, q1, q2, q3}, [%[to]]!\n\t"
                     "le lr, 1b\n\t"
                     : [at] "+w"(at), [to] "+r"(to)
                     : [top_bits] "i"(TOP_BITS_OF_4), [num_fours] "r"(num_fours)
                     : "lr", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "memory");
}

size_t narrow_unpack_vectors(const int8_t *packed, size_t num_chunks, unsigned bits, int8_t *to)
{
    const uint32_t *words = (const uint32_t *)(const void *)packed;
    uint32_t *words_to = (uint32_t *)(void *)to;
    const size_t at_once = bits == 4 ? 2 : 4;
    const size_t times = num_chunks / at_once;
    switch (bits) {
    case 2:
        unpack_2(words, times, words_to);
        break;
    case 4:
        unpack_4(words, times, words_to);
        break;
    default:
        unpack_6(words, times, words_to);
    }
    return times * at_once;
}

#endif
