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

void narrow_unpack(const int8_t *packed, size_t num_chunks, unsigned bits, int8_t *to)
{
#if AIRLOOP_MVE
    const size_t done = narrow_unpack_vectors(packed, num_chunks, bits, to);
#else
    const size_t done = 0;
#endif
    const uint32_t *chunk = (const uint32_t *)(const void *)packed + done * bits / 2;
    unpack_words(chunk, num_chunks - done, bits, (uint32_t *)(void *)to + done * WORDS);
}

int8_t narrow_at(const int8_t *packed, unsigned bits, size_t i)
{
    const size_t in_chunk = i % NARROW_CHUNK;
    const uint32_t *chunk =
        (const uint32_t *)(const void *)(packed + i / NARROW_CHUNK * bits * sizeof(uint16_t));
    const uint32_t four = lowered(raised(chunk, bits, (unsigned)(in_chunk / 4)), bits);
    return (int8_t)(four >> in_chunk % 4 * 8);
}
