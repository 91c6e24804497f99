/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/narrow.h"

#include "kernels/simd.h"

#define BYTES(value) (0x01010101u * (value))
#define WORDS (NARROW_CHUNK / 4u)

/** Take what each byte of a word was raised by away again; nothing crosses from byte to byte. */
static inline uint32_t lowered(uint32_t raised, unsigned bits)
{
    return (raised + BYTES(0x80u - (1u << (bits - 1)))) ^ BYTES(0x80u);
}

/** Four weights of a chunk, still raised. */
static inline uint32_t raised(const uint32_t *chunk, unsigned bits, unsigned step)
{
    const uint32_t high = bits == 2 ? 0 : chunk[step / 2] >> step % 2 * 4 & BYTES(15u);
    if (bits == 4) {
        return high;
    }
    return high << 2 | (chunk[bits == 2 ? 0 : 2] >> 2 * step & BYTES(3u));
}

/** With a constant for `bits`, the loops of this one have no branches. */
static inline void unpack(const uint32_t *chunk, size_t num_chunks, unsigned bits, uint32_t *to)
{
    for (; num_chunks > 0; num_chunks--) {
        to[0] = lowered(raised(chunk, bits, 0), bits);
        to[1] = lowered(raised(chunk, bits, 1), bits);
        to[2] = lowered(raised(chunk, bits, 2), bits);
        to[3] = lowered(raised(chunk, bits, 3), bits);
        chunk += bits / 2;
        to += WORDS;
    }
}

static void unpack_words(const uint32_t *chunk, size_t num_chunks, unsigned bits, uint32_t *to)
{
    switch (bits) {
    case 2:
        unpack(chunk, num_chunks, 2, to);
        break;
    case 4:
        unpack(chunk, num_chunks, 4, to);
        break;
    default:
        unpack(chunk, num_chunks, 6, to);
    }
}

#if AIRLOOP_MVE

#include <arm_mve.h>

#define AT_ONCE 4u /* chunks */

static inline uint8x16_t lowered_vector(uint8x16_t raised, unsigned bits)
{
    return vsubq_n_u8(raised, (uint8_t)(1u << (bits - 1)));
}

/** Words n of four chunks. */
static inline uint8x16_t words(const uint32_t *chunk, unsigned bits, unsigned n)
{
    const uint32x4_t places = vidupq_n_u32(0, 1);
    return vreinterpretq_u8_u32(
        vldrwq_gather_shifted_offset_u32(chunk + n, vmulq_n_u32(places, bits / 2)));
}

/** Four chunks, each step of all of them at once. */
static inline void unpack_four(const uint32_t *chunk, unsigned bits, uint32_t *to)
{
    uint8x16_t steps[4];
    const uint8x16_t low_pair = vdupq_n_u8(3);
    const uint8x16_t low_nibble = vdupq_n_u8(15);
    if (bits != 2) {
        const uint8x16_t first = words(chunk, bits, 0);
        const uint8x16_t second = words(chunk, bits, 1);
        steps[0] = vandq_u8(first, low_nibble);
        steps[1] = vshrq_n_u8(first, 4);
        steps[2] = vandq_u8(second, low_nibble);
        steps[3] = vshrq_n_u8(second, 4);
    }
    if (bits != 4) {
        const uint8x16_t pairs = words(chunk, bits, bits == 2 ? 0 : 2);
        const uint8x16_t own[] = {vandq_u8(pairs, low_pair),
                                  vandq_u8(vshrq_n_u8(pairs, 2), low_pair),
                                  vandq_u8(vshrq_n_u8(pairs, 4), low_pair), vshrq_n_u8(pairs, 6)};
        for (size_t i = 0; i < 4; i++) {
            steps[i] = bits == 2 ? own[i] : vsliq_n_u8(own[i], steps[i], 2);
        }
    }
    uint32x4x4_t woven;
    for (size_t i = 0; i < 4; i++) {
        woven.val[i] = vreinterpretq_u32_u8(lowered_vector(steps[i], bits));
    }
    vst4q_u32(to, woven);
}

static inline void unpack_fours(const uint32_t *chunk, size_t num_chunks, unsigned bits,
                                uint32_t *to)
{
    for (; num_chunks > 0; num_chunks -= AT_ONCE) {
        unpack_four(chunk, bits, to);
        chunk += AT_ONCE * bits / 2;
        to += AT_ONCE * WORDS;
    }
}

/** @return how many chunks it has unpacked */
static size_t unpack_vectors(const uint32_t *chunk, size_t num_chunks, unsigned bits, uint32_t *to)
{
    const size_t whole = num_chunks & ~(size_t)(AT_ONCE - 1);
    switch (bits) {
    case 2:
        unpack_fours(chunk, whole, 2, to);
        break;
    case 4:
        unpack_fours(chunk, whole, 4, to);
        break;
    default:
        unpack_fours(chunk, whole, 6, to);
    }
    return whole;
}

#else

static size_t unpack_vectors(const uint32_t *chunk, size_t num_chunks, unsigned bits, uint32_t *to)
{
    (void)chunk, (void)num_chunks, (void)bits, (void)to;
    return 0;
}

#endif

void narrow_unpack(const int8_t *packed, size_t num_chunks, unsigned bits, int8_t *to)
{
    const uint32_t *chunk = (const uint32_t *)(const void *)packed;
    uint32_t *words_to = (uint32_t *)(void *)to;
    const size_t done = unpack_vectors(chunk, num_chunks, bits, words_to);
    unpack_words(chunk + done * bits / 2, num_chunks - done, bits, words_to + done * WORDS);
}

int8_t narrow_at(const int8_t *packed, unsigned bits, size_t i)
{
    const size_t in_chunk = i % NARROW_CHUNK;
    const uint32_t *chunk =
        (const uint32_t *)(const void *)(packed + i / NARROW_CHUNK * bits * sizeof(uint16_t));
    const uint32_t four = lowered(raised(chunk, bits, (unsigned)(in_chunk / 4)), bits);
    return (int8_t)(four >> in_chunk % 4 * 8);
}
