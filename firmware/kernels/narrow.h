/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Weights of 6, 4 and 2 bits, packed: what convolutions unpack before they multiply.
 *
 * Sixteen weights are a chunk of as many half words as a weight has bits. Each is raised by half
 * its range, so that no field has a sign:
 *
 *     2 bits   one word; bits 2 j .. 2 j + 1 of byte i are weight 4 j + i
 *     4 bits   two words; the low nibble of byte i of word n is weight 8 n + i, the high nibble is
 *              weight 8 n + 4 + i
 *     6 bits   the words of 4 bits with the upper four bits of each, then that of 2 bits
 *
 * So each step yields four weights as the bytes of a word. FULLY_CONNECTED has layouts of its own,
 * see kernels/dense_narrow.h.
 *
 * Twin:   boards/narrow.py
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   about one instruction a weight, less with Helium.
 */
#ifndef AIRLOOP_KERNELS_NARROW_H
#define AIRLOOP_KERNELS_NARROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NARROW_CHUNK 16u
#define NARROW_WIDE 8u /**< bits of weights that are not packed */

/** Whether weights may have so many bits. */
static inline bool narrow_is_width(unsigned bits)
{
    return bits == 2 || bits == 4 || bits == 6 || bits == NARROW_WIDE;
}

/** Return the bytes of chunks. @param num_weights  a multiple of NARROW_CHUNK */
static inline size_t narrow_bytes(size_t num_weights, unsigned bits)
{
    return num_weights / 8u * bits;
}

/**
 * Unpack chunks.
 *
 * @param      packed  4-byte aligned
 * @param      bits    2, 4 or 6
 * @param[out] to      int8 [num_chunks * NARROW_CHUNK], 4-byte aligned
 */
void narrow_unpack(const int8_t *packed, size_t num_chunks, unsigned bits, int8_t *to);

/**
 * Unpack as many chunks as whole vectors take; for Helium.
 *
 * @return their number
 */
size_t narrow_unpack_vectors(const int8_t *packed, size_t num_chunks, unsigned bits, int8_t *to);

/** Return weight i of chunks. */
int8_t narrow_at(const int8_t *packed, unsigned bits, size_t i);

#endif
