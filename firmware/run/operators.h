/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The operator table: which kernel does what an operator of an image says.
 */
#ifndef AIRLOOP_RUN_OPERATORS_H
#define AIRLOOP_RUN_OPERATORS_H

#include "image/image.h"
#include "status.h"

#include <stddef.h>

/** Where an operator finds its data. */
typedef struct {
    const uint8_t *image;
    const uint8_t
        *constants; /**< rescales and weights: here lies the image from constants_from on */
    uint32_t constants_from;
    uint8_t *arena;
    void *scratch; /**< inside the arena, 16-byte aligned */
} place_t;

/** Return the bytes of scratch the operator needs, 0 for a kind that is not known. */
size_t operator_scratch_bytes(const image_operator_t *op);

/** Run one operator of an image that is valid. */
status_t operator_run(const image_operator_t *op, const place_t *place);

#endif
