/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Loses and damages frames on purpose, so that tests can see the host get over it.
 *
 * Only builds with AIRLOOP_FAULTS have it.
 */
#ifndef AIRLOOP_AGENT_FAULT_H
#define AIRLOOP_AGENT_FAULT_H

#include "status.h"
#include "wire/messages.h"

#include <stdbool.h>
#include <stddef.h>

#ifndef AIRLOOP_FAULTS
#define AIRLOOP_FAULTS 0
#endif

#if AIRLOOP_FAULTS

/** Set how often; probabilities above one million are STATUS_BAD_ARG and change nothing. */
status_t fault_set(const fault_t *fault);

/**
 * Decide the fate of an encoded frame, and flip one of its bits if that is it.
 *
 * @param[in,out] encoded  [length], without the frame end; no byte is zero, and none becomes it
 * @return true if the frame is lost
 */
bool fault_strikes(uint8_t *encoded, size_t length);

#endif

#endif
