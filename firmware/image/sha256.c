/* SPDX-License-Identifier: Apache-2.0 */
#include "image/sha256.h"

#include <string.h>

#define LENGTH_BYTES 8u

static const uint32_t ROUND_CONSTANTS[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

static uint32_t rotated(uint32_t word, uint32_t right)
{
    return word >> right | word << (32u - right);
}

static uint32_t load_big_endian(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/** The message schedule: the word of a round beyond the 16th from those of the 16 before. */
static uint32_t scheduled(const uint32_t schedule[16], size_t round)
{
    const uint32_t early = schedule[(round + 1) % 16];
    const uint32_t late = schedule[(round + 14) % 16];
    const uint32_t sigma0 = rotated(early, 7) ^ rotated(early, 18) ^ early >> 3;
    const uint32_t sigma1 = rotated(late, 17) ^ rotated(late, 19) ^ late >> 10;
    return schedule[round % 16] + sigma0 + schedule[(round + 9) % 16] + sigma1;
}

/** One round; the letters are those of the standard, and are passed on one place further. */
static inline void mix(uint32_t a, uint32_t b, uint32_t c, uint32_t *d, uint32_t e, uint32_t f,
                       uint32_t g, uint32_t *h, uint32_t addend)
{
    const uint32_t sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const uint32_t choice = g ^ (e & (f ^ g));
    const uint32_t sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const uint32_t majority = (a & b) | (c & (a | b));
    const uint32_t t1 = *h + sum1 + choice + addend;
    *d += t1;
    *h = t1 + sum0 + majority;
}

/** Eight rounds, after which every letter is back in its place. */
static void mix_eight(uint32_t w[8], const uint32_t *schedule, const uint32_t *constants)
{
    uint32_t a = w[0], b = w[1], c = w[2], d = w[3], e = w[4], f = w[5], g = w[6], h = w[7];
    mix(a, b, c, &d, e, f, g, &h, constants[0] + schedule[0]);
    mix(h, a, b, &c, d, e, f, &g, constants[1] + schedule[1]);
    mix(g, h, a, &b, c, d, e, &f, constants[2] + schedule[2]);
    mix(f, g, h, &a, b, c, d, &e, constants[3] + schedule[3]);
    mix(e, f, g, &h, a, b, c, &d, constants[4] + schedule[4]);
    mix(d, e, f, &g, h, a, b, &c, constants[5] + schedule[5]);
    mix(c, d, e, &f, g, h, a, &b, constants[6] + schedule[6]);
    mix(b, c, d, &e, f, g, h, &a, constants[7] + schedule[7]);
    const uint32_t mixed[8] = {a, b, c, d, e, f, g, h};
    memcpy(w, mixed, sizeof mixed);
}

static void take_block(uint32_t words[8], const uint8_t *block)
{
    uint32_t schedule[16];
    uint32_t w[8];
    memcpy(w, words, sizeof w);
    for (size_t i = 0; i < 16; i++) {
        schedule[i] = load_big_endian(block + 4 * i);
    }
    for (size_t i = 0; i < 64; i += 8) {
        for (size_t j = i; i >= 16 && j < i + 8; j++) {
            schedule[j % 16] = scheduled(schedule, j);
        }
        mix_eight(w, schedule + i % 16, ROUND_CONSTANTS + i);
    }
    for (size_t i = 0; i < 8; i++) {
        words[i] += w[i];
    }
}

sha256_t sha256_begin(void)
{
    return (sha256_t){.words = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F,
                                0x9B05688C, 0x1F83D9AB, 0x5BE0CD19}};
}

void sha256_update(sha256_t *sha, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        const size_t filled = (size_t)(sha->length % SHA256_BLOCK_BYTES);
        const size_t room = SHA256_BLOCK_BYTES - filled;
        const size_t taken = length < room ? length : room;
        memcpy(sha->block + filled, bytes, taken);
        sha->length += taken;
        bytes += taken;
        length -= taken;
        if (taken == room) {
            take_block(sha->words, sha->block);
        }
    }
}

void sha256_end(sha256_t *sha, uint8_t *digest)
{
    static const uint8_t PADDING[SHA256_BLOCK_BYTES] = {0x80};
    const uint64_t bits = 8 * sha->length;
    const size_t filled = (size_t)(sha->length % SHA256_BLOCK_BYTES);
    const size_t end = SHA256_BLOCK_BYTES - LENGTH_BYTES;
    uint8_t length[LENGTH_BYTES];

    for (size_t i = 0; i < LENGTH_BYTES; i++) {
        length[i] = (uint8_t)(bits >> (56u - 8u * i));
    }
    sha256_update(sha, PADDING, (filled < end ? end : end + SHA256_BLOCK_BYTES) - filled);
    sha256_update(sha, length, sizeof length);
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        digest[i] = (uint8_t)(sha->words[i / 4] >> (24u - 8u * (i % 4)));
    }
}
