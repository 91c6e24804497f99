/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Learning of the image in force: what the LEARN messages of wire/messages.h make the device do.
 *
 * The learner's memory is what the image leaves of the arena.
 */
#ifndef AIRLOOP_AGENT_LEARNING_H
#define AIRLOOP_AGENT_LEARNING_H

#include "agent/requests.h"

/** Begin to learn the head of the image in force. */
status_t learning_begin(const frame_t *request, answer_t *answer);

/** Take labels of the slot of the last run. */
status_t learning_labels(const frame_t *request, answer_t *answer);

/** Take a step, and put the image it leads to in force. On any error the old image stays. */
status_t learning_step(const frame_t *request, answer_t *answer);

/** Go on where another learner of the image in force was. */
status_t learning_resume(const frame_t *request, answer_t *answer);

/** End it: another image is in force than a step led to, or none. */
void learning_forget(void);

#endif
