/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A slow flash with a copying machine of its own, as a model: the board has neither.
 *
 * A copy is ready `latency_ticks` after the one before it, or after it was begun, and
 * `ticks_per_kib` for each KiB later. The core makes it at once, and the time it takes for that
 * does not count.
 */
#ifndef AIRLOOP_PORTS_MPS2_FLASH_H
#define AIRLOOP_PORTS_MPS2_FLASH_H

#include <stdint.h>

/** Return the board's own counter. */
uint64_t port_raw_ticks(void);

/** The ticks that copying has taken so far, which no one is to see. A variable: reading the clock
 * must cost next to nothing. */
extern uint64_t flash_hidden_ticks;

#endif
