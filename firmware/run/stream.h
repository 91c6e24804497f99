/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Brings constants from slow memory into the arena while operators run.
 */
#ifndef AIRLOOP_RUN_STREAM_H
#define AIRLOOP_RUN_STREAM_H

#include "run/operators.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * How a board copies while it computes. Copies are made one behind the other, in the order in which
 * they were begun.
 */
typedef struct {
    void (*begin)(uint8_t *to, const uint8_t *from, size_t num_bytes);
    void (*wait)(size_t num_copies); /**< until as many have been made since the last `wait_all` */
    void (*wait_all)(void);
} loader_t;

/** The loads of one run. */
typedef struct {
    const loader_t *loader; /**< NULL: they are made at once */
    size_t num_once;
    size_t next; /**< load of the image */
} stream_t;

/** Make the loads that stay, and wait for them. An image without loads needs none. */
void stream_load_once(const uint8_t *image, uint8_t *arena, const loader_t *loader);

/** Begin a run, behind `stream_load_once`. */
stream_t stream_begin(const uint8_t *image, const loader_t *loader);

/** Begin the loads that are due before an operator, wait for its own, and say where its constants
 * are. */
void stream_before(stream_t *stream, place_t *place, size_t i_operator);

#endif
