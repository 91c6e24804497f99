/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/link.h"

#include "agent/fault.h"
#include "ports/port.h"

#define CHUNK_BYTES 256u

/** Bytes as the port gave them; those before `next` are dealt with. */
static struct {
    uint8_t bytes[CHUNK_BYTES];
    size_t next;
    size_t end;
} chunk;

/** Encoded bytes since the last frame end, and room for the frame end of an answer. */
static struct {
    uint8_t bytes[FRAME_MAX_ENCODED_BYTES + 1u];
    size_t length;
} encoded;

static uint8_t answer[FRAME_MAX_BYTES];
static size_t answer_bytes;
static link_counters_t counters;

static bool refill(void)
{
    if (chunk.next == chunk.end) {
        chunk.next = 0;
        chunk.end = port_read(chunk.bytes, sizeof chunk.bytes);
    }
    return chunk.end != 0;
}

/** Collect bytes up to a frame end; what is too long is counted on, but not kept. */
static bool collect(void)
{
    encoded.length = 0;
    while (refill()) {
        const uint8_t byte = chunk.bytes[chunk.next++];
        if (byte == FRAME_END) {
            return true;
        }
        if (encoded.length < FRAME_MAX_ENCODED_BYTES) {
            encoded.bytes[encoded.length] = byte;
        }
        encoded.length += encoded.length <= FRAME_MAX_ENCODED_BYTES;
    }
    return false;
}

static bool is_lost(uint8_t *bytes, size_t length)
{
#if AIRLOOP_FAULTS
    return fault_strikes(bytes, length);
#else
    (void)bytes;
    (void)length;
    return false;
#endif
}

bool link_receive(frame_t *frame)
{
    while (collect()) {
        if (encoded.length > FRAME_MAX_ENCODED_BYTES) {
            counters.overruns++;
        } else if (encoded.length > 0 && !is_lost(encoded.bytes, encoded.length)) {
            if (frame_decode(encoded.bytes, encoded.length, frame)) {
                return true;
            }
            counters.bad_frames++;
        }
    }
    return false;
}

uint8_t *link_answer(void)
{
    answer_bytes = 0;
    return answer + FRAME_HEADER_BYTES;
}

void link_send(uint8_t type, uint16_t seq, size_t length)
{
    answer_bytes = frame_seal(answer, type, seq, length);
    link_send_again();
}

void link_send_again(void)
{
    size_t length = cobs_encode(answer, answer_bytes, encoded.bytes);
    if (!is_lost(encoded.bytes, length)) {
        encoded.bytes[length++] = FRAME_END;
        port_write(encoded.bytes, length);
    }
}

size_t link_receive_raw(const uint8_t **bytes, size_t limit)
{
    if (!refill()) {
        return 0;
    }
    const size_t there = chunk.end - chunk.next;
    const size_t length = there < limit ? there : limit;
    *bytes = chunk.bytes + chunk.next;
    chunk.next += length;
    return length;
}

link_counters_t link_counters(void)
{
    return counters;
}
