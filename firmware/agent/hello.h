/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who answers: the board, its firmware, and the image in force.
 */
#ifndef AIRLOOP_AGENT_HELLO_H
#define AIRLOOP_AGENT_HELLO_H

#include "agent/requests.h"

/** Answer HELLO; the answer is whole even to a host of another version. */
status_t hello(const frame_t *request, answer_t *answer);

#endif
