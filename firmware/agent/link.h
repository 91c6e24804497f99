/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Frames over the port: one request at a time comes in, one answer at a time goes out.
 *
 * Two buffers are all it needs: one holds what comes in, and the encoded form of what goes out;
 * the other holds the last answer, so that it can be sent again.
 */
#ifndef AIRLOOP_AGENT_LINK_H
#define AIRLOOP_AGENT_LINK_H

#include "wire/frame.h"

/** Since the start. */
typedef struct {
    uint32_t bad_frames; /**< damaged */
    uint32_t overruns;   /**< longer than any request */
} link_counters_t;

/** Wait for a frame that is whole. @return false when the host is gone for good */
bool link_receive(frame_t *frame);

/** Return where the payload of the next answer goes, [WIRE_MAX_PAYLOAD]; forgets the last one. */
uint8_t *link_answer(void);

/** Send the answer whose payload lies at `link_answer()`. The last request is overwritten. */
void link_send(uint8_t type, uint16_t seq, size_t length);

/** Send the last answer again. */
void link_send_again(void);

/**
 * Wait for unframed bytes.
 *
 * @param[out] bytes  points to them until the next call
 * @return how many, 1 .. limit; 0 when the host is gone for good
 */
size_t link_receive_raw(const uint8_t **bytes, size_t limit);

link_counters_t link_counters(void);

#endif
