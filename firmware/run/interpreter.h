/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Runs the operators of an image, one after the other.
 */
#ifndef AIRLOOP_RUN_INTERPRETER_H
#define AIRLOOP_RUN_INTERPRETER_H

#include "run/stream.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

/** Where the time goes. */
typedef struct {
    uint64_t (*now)(void);                             /**< [ticks] */
    void (*report)(size_t i_operator, uint64_t ticks); /**< after each operator */
} stopwatch_t;

/**
 * Run a network once.
 *
 * @param[in]     image      valid (image/validate.h), 16-byte aligned
 * @param[in,out] arena      16-byte aligned; holds the input, then the output, at their offsets,
 *                           and what `stream_load_once` has brought
 * @param[in]     loader     NULL: what is streamed is copied when it is due
 * @param[in]     stopwatch  NULL when nobody wants to know
 */
status_t interpreter_run(const uint8_t *image, uint8_t *arena, const loader_t *loader,
                         const stopwatch_t *stopwatch);

#endif
