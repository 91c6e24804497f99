/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whether an image may be run: everything an operator will touch lies where it may.
 *
 * The bytes may be anything. After STATUS_OK running the image reads and writes only the image,
 * the arena, and nothing beyond, whatever the activations are.
 */
#ifndef AIRLOOP_IMAGE_VALIDATE_H
#define AIRLOOP_IMAGE_VALIDATE_H

#include "image/image.h"
#include "status.h"

#include <stddef.h>

/**
 * Check checksum, version, every offset and every shape.
 *
 * @param bytes           [length], aligned to IMAGE_ALIGNMENT
 * @param arena_capacity  bytes of arena there are
 * @return STATUS_OK, STATUS_TOO_LARGE if only the arena is too small, STATUS_WRONG_VERSION if the
 *         image is of another version, else STATUS_BAD_IMAGE
 */
status_t image_validate(const uint8_t *bytes, size_t length, size_t arena_capacity);

/** Return the bytes of arena that a valid image takes on this core; a multiple of 16. */
size_t image_arena_bytes(const uint8_t *bytes);

/** Return the header of an image that is valid. */
const image_header_t *image_header(const uint8_t *bytes);

/** Return operator `i` of an image that is valid. */
const image_operator_t *image_operator(const uint8_t *bytes, size_t i);

#endif
