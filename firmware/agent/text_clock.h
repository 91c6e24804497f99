/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Microseconds of the clock that the host declares, counted in ticks of the board.
 */
#ifndef AIRLOOP_AGENT_TEXT_CLOCK_H
#define AIRLOOP_AGENT_TEXT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/** Begin to count; a tick is worth multiplier / 2^right_shift microseconds, right_shift 32 .. 62.
 */
void text_clock_begin(uint32_t multiplier, uint8_t right_shift);

/** Count on; more often than the tick counter wraps, nothing is lost. */
void text_clock_advance(void);

/** Return the time since the beginning [microseconds]. */
uint64_t text_clock_us(void);

#endif
