/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The network behind the text front: its runs, their time, their results.
 */
#ifndef AIRLOOP_AGENT_TEXT_NETWORK_H
#define AIRLOOP_AGENT_TEXT_NETWORK_H

#include "status.h"
#include "wire/text.h"

/** Make the network in force ready; nothing changes unless STATUS_OK is returned. */
status_t text_network_begin(const text_t *wanted);

/** Forget the output: new input comes. */
void text_network_forget(void);

/** Say which kind of timestamps there are, and make the first one. */
void text_network_announce(void);

/** The commands of those names; their arguments are the next words of the line. */
void text_network_timestamp(void);
void text_network_infer(void);
void text_network_results(void);

#endif
