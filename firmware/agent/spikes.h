/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Spiking networks: what EVENTS and TALLY of wire/spikes.h make the device do.
 */
#ifndef AIRLOOP_AGENT_SPIKES_H
#define AIRLOOP_AGENT_SPIKES_H

#include "agent/requests.h"

/** Run a piece of a window. */
status_t spikes_events(const frame_t *request, answer_t *answer);

/** Tell what the operators did since the window began. */
status_t spikes_tally(const frame_t *request, answer_t *answer);

#endif
