/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Unpacking with Helium: the words of several chunks at a time, woven together by the store.
 */
#include "kernels/mve.h"
#include "kernels/narrow.h"

#if AIRLOOP_MVE

#define PAIR 3
#define NIBBLE 15

static inline uint32x4_t as_words(uint8x16_t bytes)
{
    return vreinterpretq_u32_u8(bytes);
}

/** Four chunks of one word. */
static void unpack_2(const uint32_t *packed, size_t num_fours, uint32_t *to)
{
    const uint8x16_t pair = vdupq_n_u8(PAIR);
    const uint8_t half = 2;
    for (; num_fours > 0; num_fours--) {
        const uint8x16_t v = vreinterpretq_u8_u32(vld1q_u32(packed));
        const uint32x4x4_t steps = {{as_words(vsubq_n_u8(vandq_u8(v, pair), half)),
                                     as_words(vsubq_n_u8(vandq_u8(vshrq_n_u8(v, 2), pair), half)),
                                     as_words(vsubq_n_u8(vandq_u8(vshrq_n_u8(v, 4), pair), half)),
                                     as_words(vsubq_n_u8(vshrq_n_u8(v, 6), half))}};
        vst4q_u32(to, steps);
        packed += 4;
        to += 16;
    }
}

/** Two chunks of two words. */
static void unpack_4(const uint32_t *packed, size_t num_twos, uint32_t *to)
{
    const uint8x16_t nibble = vdupq_n_u8(NIBBLE);
    const uint8_t half = 8;
    for (; num_twos > 0; num_twos--) {
        const uint8x16_t v = vreinterpretq_u8_u32(vld1q_u32(packed));
        const uint32x4x2_t steps = {{as_words(vsubq_n_u8(vandq_u8(v, nibble), half)),
                                     as_words(vsubq_n_u8(vshrq_n_u8(v, 4), half))}};
        vst2q_u32(to, steps);
        packed += 4;
        to += 8;
    }
}

/** Four chunks of three words; the lower two bits of a weight go under the upper four. */
static void unpack_6(const uint32_t *packed, size_t num_fours, uint32_t *to)
{
    const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), 3);
    const uint8x16_t pair = vdupq_n_u8(PAIR);
    const uint8x16_t nibble = vdupq_n_u8(NIBBLE);
    const uint8_t half = 32;
    for (; num_fours > 0; num_fours--) {
        const uint8x16_t first =
            vreinterpretq_u8_u32(vldrwq_gather_shifted_offset_u32(packed, places));
        const uint8x16_t second =
            vreinterpretq_u8_u32(vldrwq_gather_shifted_offset_u32(packed + 1, places));
        const uint8x16_t low =
            vreinterpretq_u8_u32(vldrwq_gather_shifted_offset_u32(packed + 2, places));
        const uint8x16_t s0 = vsliq_n_u8(vandq_u8(low, pair), vandq_u8(first, nibble), 2);
        const uint8x16_t s1 =
            vsliq_n_u8(vandq_u8(vshrq_n_u8(low, 2), pair), vshrq_n_u8(first, 4), 2);
        const uint8x16_t s2 =
            vsliq_n_u8(vandq_u8(vshrq_n_u8(low, 4), pair), vandq_u8(second, nibble), 2);
        const uint8x16_t s3 = vsliq_n_u8(vshrq_n_u8(low, 6), vshrq_n_u8(second, 4), 2);
        const uint32x4x4_t steps = {{as_words(vsubq_n_u8(s0, half)), as_words(vsubq_n_u8(s1, half)),
                                     as_words(vsubq_n_u8(s2, half)),
                                     as_words(vsubq_n_u8(s3, half))}};
        vst4q_u32(to, steps);
        packed += 12;
        to += 16;
    }
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
