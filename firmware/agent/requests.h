/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The request table: what each message of wire/messages.h makes the device do.
 */
#ifndef AIRLOOP_AGENT_REQUESTS_H
#define AIRLOOP_AGENT_REQUESTS_H

#include "status.h"
#include "wire/frame.h"

#include <string.h>

/** What is said back behind the status. */
typedef struct {
    uint8_t *bytes; /**< [REQUESTS_MAX_ANSWER] */
    size_t length;
} answer_t;

#define REQUESTS_MAX_ANSWER (WIRE_MAX_PAYLOAD - 1u)

/** Append bytes to an answer, which has room for them. */
static inline void answer_append(answer_t *answer, const void *bytes, size_t length)
{
    memcpy(answer->bytes + answer->length, bytes, length);
    answer->length += length;
}

/** Execute a request. @return the status to answer with; `answer` counts if it is STATUS_OK */
status_t requests_execute(const frame_t *request, answer_t *answer);

/** What the agent itself has counted. */
typedef struct {
    uint32_t executed;
    uint32_t cached_answers;
} agent_counters_t;

agent_counters_t *requests_counters(void);

#endif
