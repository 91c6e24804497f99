/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where the head of a network, the 1 x 1 convolution it ends in, lies in its image.
 */
#ifndef AIRLOOP_LEARN_HEAD_IMAGE_H
#define AIRLOOP_LEARN_HEAD_IMAGE_H

#include "image/image.h"

#include <stddef.h>

#define HEAD_MAX_OUT 8u
#define HEAD_MAX_PIXELS 65536u

/**
 * Return the head of a valid image.
 *
 * NULL if the last operator cannot learn: it is no 1 x 1 convolution to the network's output, has
 * an activation, more than HEAD_MAX_OUT outputs or HEAD_MAX_PIXELS pixels, writes over its input,
 * or its constants are not its own: they overlap each other or the operators.
 */
const image_operator_t *head_of(const uint8_t *image);

/** Return a weight of the head `op`, the last operator of `image` or a copy of it. */
int8_t head_weight(const uint8_t *image, const image_operator_t *op, size_t output, size_t input);

/** Return the bias of an output; it holds no zero point. */
int64_t head_bias(const uint8_t *image, const image_operator_t *op, size_t output);

/** Write a weight; the bias of its output is then wrong until it is written. */
void head_set_weight(uint8_t *image, const image_operator_t *op, size_t output, size_t input,
                     int8_t weight);

/** Write the bias of an output whose weights are final, -2^22 .. 2^22. */
void head_set_bias(uint8_t *image, const image_operator_t *op, size_t output, int32_t bias);

/** Return the bytes that `head_tell` writes. */
size_t head_told_bytes(size_t num_in, size_t num_out);

/**
 * Copy weights int8 [num_out][num_in], then biases int32 [num_out].
 *
 * @param[out] told  [head_told_bytes], any alignment
 */
void head_tell(const uint8_t *image, uint8_t *told);

#endif
