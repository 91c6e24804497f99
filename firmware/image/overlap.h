/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How far the output of an operator may reach into its input, which nobody needs any more.
 *
 * Kernels read and write in ascending order, so the output may begin a distance before the input
 * and overlap the rest, if no byte is written that is still to be read. All bodies keep to this:
 *
 *     CONV_2D            four pixels or fewer are read whole, then their outputs are written
 *     FULLY_CONNECTED    a row is read whole, then its outputs are written
 *     AVERAGE_POOL_2D    a window is read whole, then its output is written
 *     MAX_POOL_2D        a window is read while its output is written
 *     DEPTHWISE_CONV_2D  one filter a channel: some channels are read, then they are written; pixel
 *                        by pixel, or all pixels before the next channels. So a channel may lie
 *                        over itself alone. Else as AVERAGE_POOL_2D.
 *
 * With a pixel of output i, which is the first in its row x and its column y, written when those
 * before it are, and its window beginning where it does, the distance is
 *
 *     max over y, x of  (y * out_width + x) * num_out
 *                       - (max(0, y * stride - pad) * width + max(0, x * stride - pad)) * num_in
 *
 * and a pixel more for MAX_POOL_2D. Rows and columns are apart in it, and either part is concave.
 *
 * Twin:   boards/overlap.py (tests/firmware/test_overlap.py)
 * Source: A. Blacker et al., Diagonal memory optimisation, arXiv 2010.01668, of which this is the
 *         closed form for these kernels.
 */
#ifndef AIRLOOP_IMAGE_OVERLAP_H
#define AIRLOOP_IMAGE_OVERLAP_H

#include "image/image.h"

#include <stdbool.h>

/**
 * Return whether the output of an operator may overlap its first input.
 *
 * @param op        one whose sizes `operator_extents` has found to be possible
 * @param distance  bytes from the output's first to the input's first
 */
bool operator_may_overlap(const image_operator_t *op, uint32_t distance);

#endif
