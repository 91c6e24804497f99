/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Consistent overhead byte stuffing: no byte of the encoded form is zero.
 *
 * Source: Cheshire & Baker, IEEE/ACM Trans. Networking 7(2), 1999.
 */
#ifndef AIRLOOP_WIRE_COBS_H
#define AIRLOOP_WIRE_COBS_H

#include <stddef.h>
#include <stdint.h>

/** The most bytes that `length` bytes take when encoded. */
#define COBS_MAX_ENCODED(length) ((length) + ((length) + 253u) / 254u + ((length) == 0u))

/**
 * Encode `length` bytes.
 *
 * @param[out] encoded  [COBS_MAX_ENCODED(length)], no overlap with data
 * @return bytes written
 */
size_t cobs_encode(const uint8_t *restrict data, size_t length, uint8_t *restrict encoded);

/**
 * Decode in place.
 *
 * @param[in,out] data  [length] encoded bytes; afterwards the decoded ones
 * @return bytes decoded, or SIZE_MAX if `data` is not the encoded form of anything
 */
size_t cobs_decode(uint8_t *data, size_t length);

#endif
