/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The image: a compiled network as one flat file that runs where it lies.
 *
 *     header | operators | rescale tables | weights
 *
 * Little endian; every part starts at a multiple of IMAGE_ALIGNMENT, and so must the image itself.
 * Offsets into the image count from its first byte, offsets into the arena from the arena's.
 * `boards/compiler.py` writes it; boards/layout.py mirrors the records below.
 *
 * Two seals: crc32 covers everything behind itself and is checked by the device; `seal`, a SHA-256,
 * covers everything but the two seals and is checked by the host.
 */
#ifndef AIRLOOP_IMAGE_IMAGE_H
#define AIRLOOP_IMAGE_IMAGE_H

#include "kernels/rescale.h"

#include <stdint.h>

#define IMAGE_MAGIC 0x4D494C41u /* "ALIM" */
#define IMAGE_VERSION 1u
#define IMAGE_ALIGNMENT 16u
#define IMAGE_MAX_OPERATORS 256u

/** Offset of the first byte that the crc32 covers: the seal. */
#define IMAGE_CRC32_FROM 16u

/** What an operator does; the numbers are the image's own. */
typedef enum {
    OPERATOR_CONV_2D = 1,
    OPERATOR_DEPTHWISE_CONV_2D = 2,
    OPERATOR_ADD = 3,
    OPERATOR_MUL = 4,
} operator_kind_t;

/** The input or the output of the network, int8 [height, width, channels]. */
typedef struct {
    uint32_t offset; /**< into the arena */
    uint16_t height;
    uint16_t width;
    uint16_t channels;
    int16_t zero_point; /**< real = scale * (integer - zero_point) */
    float scale;
} image_tensor_t;

typedef struct {
    uint32_t magic;
    uint16_t version;
    uint16_t header_bytes;
    uint32_t total_bytes;
    uint32_t crc32;
    uint8_t seal[32];
    uint64_t macs; /**< multiply-accumulates of one run */
    uint32_t num_operators;
    uint32_t operators_offset;
    uint32_t arena_bytes;    /**< activations and scratch together */
    uint32_t scratch_offset; /**< into the arena */
    uint32_t scratch_bytes;
    uint32_t reserved;
    image_tensor_t input;
    image_tensor_t output;
    char name[16]; /**< UTF-8, padded with zeros, perhaps cut short */
} image_header_t;

/**
 * One operator. SAME padding and stride 1: output and input have one height and width.
 *
 * Convolutions: one rescale_t a channel of `num_out`, rounded up to a multiple of 4; its bias holds
 * -input_zero_point * sum(weights) too.
 * Weights of CONV_2D: int8 [num_out / 2][depth / 4][2][4] with depth = kernel_height * kernel_width
 * * num_in, num_out and depth rounded up to multiples of 2 and 4 by zeros.
 * Weights of DEPTHWISE_CONV_2D: int8 [kernel_height * kernel_width][channels rounded up to 4].
 * ADD: three rescales (bias 0), of the first input, the second input, and the sum. No weights.
 * MUL: one rescale (bias 0), of the product. No weights.
 */
typedef struct {
    uint8_t kind; /**< operator_kind_t */
    uint8_t kernel_height;
    uint8_t kernel_width;
    uint8_t dilation_height;
    uint8_t dilation_width;
    uint8_t pad_top;
    uint8_t pad_left;
    uint8_t reserved0;
    uint16_t height;
    uint16_t width;
    uint16_t num_in;
    uint16_t num_out;
    uint32_t input_offsets[2]; /**< into the arena; the second is ADD's and MUL's */
    uint32_t output_offset;
    int16_t input_zero_points[2];
    int16_t output_zero_point;
    int16_t activation_min;
    int16_t activation_max;
    int16_t reserved1;
    uint32_t rescales_offset; /**< into the image */
    uint32_t num_rescales;
    uint32_t weights_offset; /**< into the image */
    uint32_t weights_bytes;
    uint32_t macs;
    uint32_t reserved2;
} image_operator_t;

_Static_assert(sizeof(image_tensor_t) == 16, "the layout is the file's");
_Static_assert(sizeof(image_header_t) == 128, "the layout is the file's");
_Static_assert(sizeof(rescale_t) == 12, "the layout is the file's");
_Static_assert(sizeof(image_operator_t) == 64, "the layout is the file's");

#endif
