/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SHA-256, for a device that changes its image and must say which one it is.
 *
 * Twin:   hashlib.sha256 (tests/firmware/test_sha256.py)
 * Memory: no heap, no statics.
 * Time:   64 rounds a block of 64 bytes, whatever is in it.
 * Source: FIPS 180-4, clauses 4.1.2, 4.2.2, 5.1.1, 5.3.3 and 6.2.
 */
#ifndef AIRLOOP_IMAGE_SHA256_H
#define AIRLOOP_IMAGE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32u
#define SHA256_BLOCK_BYTES 64u

/** A digest under way. */
typedef struct {
    uint32_t words[8];
    uint64_t length; /**< bytes taken so far */
    uint8_t block[SHA256_BLOCK_BYTES];
} sha256_t;

/** Return the digest of nothing. */
sha256_t sha256_begin(void);

/** Take more bytes. */
void sha256_update(sha256_t *sha, const uint8_t *bytes, size_t length);

/** End it. @param[out] digest  [SHA256_BYTES] */
void sha256_end(sha256_t *sha, uint8_t *digest);

#endif
