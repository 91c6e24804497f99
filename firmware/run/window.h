/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A window of events, run through a spiking network step by step; in one piece or several.
 *
 * Packed, every step is the number of its events and then the channel of each, in any order and
 * as often as it has events; all are numbers of one to four bytes (wire/number.h).
 */
#ifndef AIRLOOP_RUN_WINDOW_H
#define AIRLOOP_RUN_WINDOW_H

#include "kernels/spiking.h"
#include "run/interpreter.h"

/** Some steps of a window. */
typedef struct {
    const uint8_t *packed; /**< [length] */
    size_t length;
    uint32_t num_steps;
} window_piece_t;

/** Return the steps of the longest window that an image of a spiking network takes. */
uint32_t window_max_steps(const uint8_t *image);

/**
 * Look through a piece of any origin.
 *
 * @param[out] arena  only the list of the network's input is written, which no step keeps
 * @return STATUS_OK; STATUS_TOO_LARGE if a step has more events than the image has room for, else
 *         STATUS_BAD_ARG: a channel that does not exist, too few bytes or too many
 */
status_t window_check(const uint8_t *image, uint8_t *arena, const window_piece_t *piece);

/** Bring a network to rest. */
void window_begin(const uint8_t *image, uint8_t *arena);

/**
 * Run a piece that was checked. The output is that of all steps since the network was at rest.
 *
 * @param stopwatch  NULL when nobody wants to know; told of every operator at every step
 */
status_t window_run(const uint8_t *image, uint8_t *arena, const window_piece_t *piece,
                    const stopwatch_t *stopwatch);

/** Return what an operator did since the network was at rest. */
const spiking_tally_t *window_tally(const uint8_t *image, const uint8_t *arena, size_t i_operator);

#endif
