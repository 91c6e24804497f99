/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whether the loads of an image bring what its operators need, where nothing else is written.
 */
#ifndef AIRLOOP_IMAGE_LOADS_H
#define AIRLOOP_IMAGE_LOADS_H

#include "image/image.h"

#include <stdbool.h>
#include <stddef.h>

/** Return load `i` of an image whose table of loads lies in it. */
const image_load_t *image_load(const uint8_t *bytes, size_t i);

/** Return how many loads, the first ones, are made once. */
size_t image_num_loads_once(const uint8_t *bytes);

/**
 * Check order, places and contents of all loads.
 *
 * An operator with a load finds what it finds in the image: its constants are part of the load,
 * which is under way before it runs, and from then on nobody writes there until it has run.
 *
 * @param bytes        everything else about it is valid, but for where activations lie
 * @param end_of_loads bytes of the arena, from its start on, where loads may lie
 */
bool image_has_valid_loads(const uint8_t *bytes, uint64_t end_of_loads);

#endif
