/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One message on the wire: type, seq, payload, checksum; see wire/messages.h.
 */
#ifndef AIRLOOP_WIRE_FRAME_H
#define AIRLOOP_WIRE_FRAME_H

#include "wire/cobs.h"
#include "wire/messages.h"

#include <stdbool.h>

#define FRAME_HEADER_BYTES 5u
#define FRAME_CHECKSUM_BYTES 4u
#define FRAME_MAX_BYTES (FRAME_HEADER_BYTES + WIRE_MAX_PAYLOAD + FRAME_CHECKSUM_BYTES)
#define FRAME_MAX_ENCODED_BYTES COBS_MAX_ENCODED(FRAME_MAX_BYTES)
#define FRAME_END 0u

typedef struct {
    uint8_t type;
    uint16_t seq;
    uint16_t length;        /**< of the payload [bytes] */
    const uint8_t *payload; /**< points into the decoded bytes */
} frame_t;

/**
 * Decode the bytes between two frame ends, in place.
 *
 * @param[in,out] encoded  [length]; destroyed
 * @param[out]    frame    points into `encoded`; untouched if false is returned
 * @return false if stuffing, length or checksum do not agree
 */
bool frame_decode(uint8_t *encoded, size_t length, frame_t *frame);

/**
 * Put header and checksum around a payload that already lies at its place.
 *
 * @param[in,out] bytes  [FRAME_MAX_BYTES]; the payload lies behind the header
 * @param length         of the payload, at most WIRE_MAX_PAYLOAD
 * @return length of the whole frame, still to be encoded
 */
size_t frame_seal(uint8_t *bytes, uint8_t type, uint16_t seq, size_t length);

#endif
