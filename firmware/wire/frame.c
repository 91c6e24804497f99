/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/frame.h"

#include "wire/crc32.h"

#include <string.h>

typedef struct WIRE_PACKED {
    uint8_t type;
    uint16_t seq;
    uint16_t length;
} header_t;

_Static_assert(sizeof(header_t) == FRAME_HEADER_BYTES, "the header is packed");

bool frame_decode(uint8_t *encoded, size_t length, frame_t *frame)
{
    const size_t decoded = cobs_decode(encoded, length);
    header_t header;
    uint32_t checksum;

    if (decoded == SIZE_MAX || decoded < FRAME_HEADER_BYTES + FRAME_CHECKSUM_BYTES) {
        return false;
    }
    const size_t body = decoded - FRAME_CHECKSUM_BYTES;
    memcpy(&header, encoded, sizeof header);
    memcpy(&checksum, encoded + body, sizeof checksum);
    if (header.length != body - FRAME_HEADER_BYTES || checksum != crc32_update(0, encoded, body)) {
        return false;
    }
    *frame = (frame_t){.type = header.type,
                       .seq = header.seq,
                       .length = header.length,
                       .payload = encoded + FRAME_HEADER_BYTES};
    return true;
}

size_t frame_seal(uint8_t *bytes, uint8_t type, uint16_t seq, size_t length)
{
    const header_t header = {.type = type, .seq = seq, .length = (uint16_t)length};
    const size_t body = FRAME_HEADER_BYTES + length;

    memcpy(bytes, &header, sizeof header);
    const uint32_t checksum = crc32_update(0, bytes, body);
    memcpy(bytes + body, &checksum, sizeof checksum);
    return body + FRAME_CHECKSUM_BYTES;
}
