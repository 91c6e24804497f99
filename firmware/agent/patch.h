/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The pieces of a patch, as wire/messages.h lays them out, and what they do to an image.
 */
#ifndef AIRLOOP_AGENT_PATCH_H
#define AIRLOOP_AGENT_PATCH_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

/**
 * Write the bytes of whole pieces over an image.
 *
 * @param[in,out] image   [total], not the one in force
 * @param[in,out] offset  the first skip counts from here, 0 .. total; moves to the last piece's end
 * @return STATUS_OK, or STATUS_BAD_ARG with image and offset untouched: a piece is cut short,
 *         empty, or leaves the image
 */
status_t patch_apply(uint8_t *image, uint32_t total, uint32_t *offset, const uint8_t *pieces,
                     size_t length);

#endif
