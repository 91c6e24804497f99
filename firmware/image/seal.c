/* SPDX-License-Identifier: Apache-2.0 */
#include "image/seal.h"

#include "image/sha256.h"
#include "wire/crc32.h"

#include <stddef.h>

#define SEALS_FROM offsetof(image_header_t, crc32)
#define SEALS_TO (offsetof(image_header_t, seal) + SHA256_BYTES)

void image_seal(uint8_t *image, uint8_t *sha256)
{
    image_header_t *header = (image_header_t *)(void *)image;
    const size_t total = header->total_bytes;

    sha256_t sha = sha256_begin();
    sha256_update(&sha, image, SEALS_FROM);
    sha256_update(&sha, image + SEALS_TO, total - SEALS_TO);
    sha256_end(&sha, header->seal);
    header->crc32 = crc32_update(0, image + IMAGE_CRC32_FROM, total - IMAGE_CRC32_FROM);

    sha = sha256_begin();
    sha256_update(&sha, image, total);
    sha256_end(&sha, sha256);
}
