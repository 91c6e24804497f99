/* SPDX-License-Identifier: Apache-2.0 */
/**
 * CRC-32 as in zlib: reflected polynomial 0xEDB88320, initial value and final xor 0xFFFFFFFF.
 */
#ifndef AIRLOOP_WIRE_CRC32_H
#define AIRLOOP_WIRE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/**
 * Return the checksum of `data` behind what `crc` already covers.
 *
 * @param crc  0, or the checksum of the bytes before
 */
uint32_t crc32_update(uint32_t crc, const uint8_t *data, size_t length);

#endif
