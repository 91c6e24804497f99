/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Seals an image that the device itself has changed, as `boards/layout.py` seals one.
 */
#ifndef AIRLOOP_IMAGE_SEAL_H
#define AIRLOOP_IMAGE_SEAL_H

#include "image/image.h"

/**
 * Put both seals in.
 *
 * @param[in,out] image   header and total_bytes are those of a valid image
 * @param[out]    sha256  [32] of the sealed file, which names it
 */
void image_seal(uint8_t *image, uint8_t *sha256);

#endif
