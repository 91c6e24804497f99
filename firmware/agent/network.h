/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The network in force: its input, its runs, its output.
 *
 * Input and output share the arena, so new input invalidates the output, and a run eats the input.
 */
#ifndef AIRLOOP_AGENT_NETWORK_H
#define AIRLOOP_AGENT_NETWORK_H

#include "run/window.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A stretch of memory that is only read. */
typedef struct {
    const uint8_t *bytes;
    size_t length;
} view_t;

/** Forget input, output and profile: another image is in force, or none. */
void network_forget(void);

/** Take bytes of the input, from where the last ones ended or from 0. @param[out] next  offset */
status_t network_input(uint32_t offset, const uint8_t *bytes, size_t length, uint32_t *next);

/** Run once on the whole input. @param[out] ticks  it took */
status_t network_run(bool is_profiled, uint64_t *ticks);

/** Run a spiking network on the next piece of a window, or on the first one of another.
 * @param[out] ticks  it took */
status_t network_events(uint32_t first_step, const window_piece_t *piece, bool is_profiled,
                        uint64_t *ticks);

/** Whether a spiking network is under way in a window. */
bool network_has_window(void);

/** Run once on whatever lies in the arena; `stopwatch` may be NULL. The first run of a network
 * brings what stays in the arena. */
status_t network_execute(const stopwatch_t *stopwatch);

/** Find the output of the last run. */
status_t network_output(view_t *output);

/** Find out how many operators the last profiled run had. */
status_t network_profile(size_t *num_operators);

/** Return kind and ticks of an operator of the last profiled run. */
uint8_t network_operator_kind(size_t i_operator);
uint32_t network_operator_ticks(size_t i_operator);

#endif
