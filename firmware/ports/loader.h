/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a port may offer to networks that are streamed. Those that do not answer NULL and false.
 */
#ifndef AIRLOOP_PORTS_LOADER_H
#define AIRLOOP_PORTS_LOADER_H

#include "run/stream.h"

/** Return how the board copies from the memory of images while it computes; NULL if it cannot. */
const loader_t *port_loader(void);

/**
 * Set how slow the memory of images is, on a board that models it.
 *
 * @param latency_ticks  from the beginning of a copy to its first byte
 * @return false, and nothing has changed, if the board has a memory of its own
 */
bool port_model_flash(uint32_t latency_ticks, uint32_t ticks_per_kib);

#endif
