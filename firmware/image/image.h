/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The image: a compiled network as one flat file that runs where it lies.
 *
 *     header | operators | constants of each: inputs, rescale tables, weights | loads
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
#define IMAGE_VERSION 4u
#define IMAGE_ALIGNMENT 16u
#define IMAGE_MAX_OPERATORS 256u
#define IMAGE_MAX_LOADS 256u

/** Offset of the first byte that the crc32 covers: the seal. */
#define IMAGE_CRC32_FROM 16u

/** What an operator does; the numbers are the image's own. */
typedef enum {
    OPERATOR_CONV_2D = 1,
    OPERATOR_DEPTHWISE_CONV_2D = 2,
    OPERATOR_ADD = 3,
    OPERATOR_MUL = 4,
    OPERATOR_SUB = 5,
    OPERATOR_FULLY_CONNECTED = 6,
    OPERATOR_AVERAGE_POOL_2D = 7,
    OPERATOR_MAX_POOL_2D = 8,
    OPERATOR_MEAN = 9,
    OPERATOR_SOFTMAX = 10,
    OPERATOR_LOOKUP = 11,
    OPERATOR_COPY = 12,
    OPERATOR_FILL = 13,
    OPERATOR_GATHER = 14,
    OPERATOR_SPIKING_LAYER = 15,
    OPERATOR_SPIKE_READOUT = 16,
    OPERATOR_LMMSE_DETECTOR = 17,
    OPERATOR_GNN_SIC = 18,
    OPERATOR_LORA_UNFOLDED = 19,
} operator_kind_t;

/** The input or the output of the network, int8 [height, width, channels]; those of a spiking
 * network are the bytes of its list of events and of its scores. */
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
    uint32_t activation_bytes; /**< of the arena */
    uint32_t scratch_offset; /**< into the arena; how much kernels need there depends on the core */
    uint32_t loads_offset;   /**< into the image; image_load_t [num_loads] */
    uint32_t num_loads;
    image_tensor_t input;
    image_tensor_t output;
    char name[16]; /**< UTF-8, padded with zeros, perhaps cut short */
} image_header_t;

/**
 * Of convolutions and pools: output row i meets input rows i * stride + k * dilation - pad, and
 * columns likewise; what lies outside the input is its zero point, or takes no part in a pool.
 *
 * CONV_2D: groups of num_in / num_groups and num_out / num_groups channels. DEPTHWISE_CONV_2D:
 * num_groups is num_in, and num_out a multiple of it. GATHER uses the sizes alone.
 * A CONV_2D of one group may be part of one with more outputs, pixel_bytes of them a pixel.
 */
typedef struct {
    uint16_t height;
    uint16_t width;
    uint16_t num_in;
    uint16_t out_height;
    uint16_t out_width;
    uint16_t num_out;
    uint16_t kernel_height;
    uint16_t kernel_width;
    uint16_t dilation_height;
    uint16_t dilation_width;
    uint16_t stride_height;
    uint16_t stride_width;
    uint16_t pad_top;
    uint16_t pad_left;
    uint16_t num_groups;
    uint16_t pixel_bytes; /**< of all outputs, if these are a part of them; 0 = num_out */
} image_window_t;

/** Of FULLY_CONNECTED: rows [num_rows, num_in] become [num_rows, num_out]. */
typedef struct {
    uint32_t num_rows;
    uint32_t num_in;
    uint32_t num_out;
    uint32_t row_bytes; /**< of all outputs, if these are a part of them; 0 = num_out */
} image_dense_t;

/** Of ADD, SUB and MUL: sizes of the output, and each input's steps along them; 0 repeats. */
typedef struct {
    uint32_t sizes[4];
    uint32_t first_steps[4];
    uint32_t second_steps[4];
} image_join_t;

/** Of MEAN: sizes of what is kept and what is summed, and the input's steps along both. */
typedef struct {
    uint32_t kept[2];
    uint32_t summed[2];
    uint32_t kept_steps[2];
    uint32_t summed_steps[2];
} image_reduction_t;

/** Of SOFTMAX: rows of values. Of LOOKUP and FILL: one row. */
typedef struct {
    uint32_t num_rows;
    uint32_t num_values;
} image_rows_t;

/** Of COPY: runs of bytes in four nested loops, and the steps of either side. */
typedef struct {
    uint16_t sizes[4];
    uint32_t run_bytes;
    uint32_t from_steps[4];
    uint32_t to_steps[4];
} image_copy_t;

/**
 * Of SPIKING_LAYER and SPIKE_READOUT, of which an image has nothing else, the read-out last: one
 * run is one step. inputs[0] is a list of events (kernels/spiking.h), inputs[1] a tally and, behind
 * it, the states int32 [num_out][num_states] or the sums int32 [num_out]: what lies there stays
 * from step to step. The output is a list of spikes or the scores int32 [num_out]. All lie at
 * multiples of IMAGE_ALIGNMENT.
 *
 * Weights of SPIKING_LAYER: the neurons as in kernels/spiking_neurons.h, then rows of num_in
 * inputs, then, if recurrent, rows of num_out neurons, as in kernels/spiking_synapses.h. Of
 * SPIKE_READOUT: biases int32 [num_out], then rows int8 [num_in][num_out]. Either part begins at a
 * multiple of 16.
 */
typedef struct {
    uint16_t max_events; /**< room in the list of inputs */
    uint16_t num_in;
    uint16_t num_out;
    uint16_t num_states;
    uint16_t is_recurrent;
    uint16_t weights_shift;
    uint16_t recurrent_shift;
    uint16_t leak_shift;
    int32_t threshold;
    int32_t sum_limit;
    uint32_t max_steps; /**< of a window; of SPIKE_READOUT */
} image_spiking_t;

/**
 * Of LMMSE_DETECTOR, GNN_SIC and LORA_UNFOLDED: elements as in kernels/element.h become LLRs int8
 * [num_elements] [num_tx][2 num_axis_bits] with llr_bits behind the point. Input and weights lie at
 * multiples of IMAGE_ALIGNMENT.
 *
 * Weights of LMMSE_DETECTOR: its levels, float32 [2^num_axis_bits]. Of the others: the parts of
 * image/detector.h. GNN_SIC has the fields from num_iterations to message_shift, LORA_UNFOLDED has
 * num_iterations, which are its stages, num_hidden, and the ranks; all others are 0.
 */
typedef struct {
    uint16_t num_elements;
    uint16_t num_rx_ant;
    uint16_t num_tx;
    uint16_t num_axis_bits;
    uint16_t llr_bits;
    uint16_t num_iterations;
    uint16_t num_memory;
    uint16_t num_messages;
    uint16_t num_hidden;
    uint16_t message_shift;
    uint16_t ranks[3]; /**< of the factors of stages, layer by layer */
    uint16_t channel_rank;
} image_detector_t;

typedef union {
    image_window_t window;
    image_dense_t dense;
    image_join_t join;
    image_reduction_t reduction;
    image_rows_t rows;
    image_copy_t copy;
    image_spiking_t spiking;
    image_detector_t detector;
    uint32_t words[12];
} image_parameters_t;

/** Bits of image_operator_t.flags: the input is a constant, and its place one in the image. */
#define IMAGE_FIRST_IN_IMAGE 1u
#define IMAGE_SECOND_IN_IMAGE 2u

/**
 * One operator. Rescales have bias 0 and weights are absent where nothing else is said.
 *
 * CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED: one rescale_t a channel of num_out, rounded up to a
 * multiple of 4; its bias holds -input_zero_point * sum(weights) too.
 * Weights of CONV_2D: group by group int8 [num_out / 2][depth / 4][2][4] with depth = kernel_height
 * * kernel_width * num_in of a group; num_out and depth rounded up to multiples of 2 and 4 by
 * zeros. Weights of DEPTHWISE_CONV_2D: int8 [kernel_height * kernel_width][num_out rounded up to
 * 4]. Weights of FULLY_CONNECTED: [num_out / 2][num_in / 4][8] as in kernels/dense_s8.h, num_out
 * and num_in rounded up to multiples of 4 by zeros. Where weight_bits is less than 8, weights of
 * convolutions are packed as kernels/narrow.h says, in the same order; of CONV_2D with a depth that
 * is rounded up to a multiple of 8, of DEPTHWISE_CONV_2D with zeros behind up to a multiple of 16.
 * Those of FULLY_CONNECTED lie as in kernels/dense_narrow.h. ADD, SUB: three rescales, of the first
 * input, the second input, and the sum. MUL: one. MEAN: one rescale; its bias takes the input's
 * zero points away from the sum. SOFTMAX: for weights int32 [256], what counts of a value that is
 * 0, 1,
 * ... below the greatest. LOOKUP: for weights int8 [256], what becomes of -128, -127, ... 127.
 * FILL: fills with output_zero_point.
 * GATHER: for weights uint16 [out_height + out_width], the row and the column of the input.
 */
typedef struct {
    uint8_t kind; /**< operator_kind_t */
    uint8_t flags;
    uint16_t weight_bits; /**< 8; of what has weights also 6, 4 or 2; 0 of all others; 8 or 4 of
                             SPIKING; 8 of GNN_SIC and LORA_UNFOLDED */
    uint32_t inputs[2];   /**< into the arena, or the image; the second is that of ADD, SUB, MUL */
    uint32_t output;      /**< into the arena */
    uint32_t rescales_offset; /**< into the image */
    uint32_t num_rescales;
    uint32_t weights_offset; /**< into the image */
    uint32_t weights_bytes;
    uint32_t macs;
    int16_t input_zero_points[2];
    int16_t output_zero_point;
    int16_t activation_min;
    int16_t activation_max;
    uint16_t load; /**< that brings rescales and weights, from 1 on; 0 = they stay in the image */
    image_parameters_t parameters;
} image_operator_t;

/** A load with this step is made once, when the image is put in force, and stays. */
#define IMAGE_LOAD_ONCE 0xFFFFu

/**
 * Bytes of the image that are brought into the arena. Loads are in order of their steps, those that
 * stay first. From its step on, until the last operator that needs it has run, nothing else is
 * written where a load lies; so what an operator finds there is what the image holds.
 */
typedef struct {
    uint32_t from; /**< into the image */
    uint32_t to;   /**< into the arena */
    uint32_t num_bytes;
    uint16_t step; /**< the operator before which it begins at the earliest, or IMAGE_LOAD_ONCE */
    uint16_t reserved;
} image_load_t;

_Static_assert(sizeof(image_tensor_t) == 16, "the layout is the file's");
_Static_assert(sizeof(image_header_t) == 128, "the layout is the file's");
_Static_assert(sizeof(rescale_t) == 12, "the layout is the file's");
_Static_assert(sizeof(image_parameters_t) == 48, "the layout is the file's");
_Static_assert(sizeof(image_operator_t) == 96, "the layout is the file's");
_Static_assert(sizeof(image_load_t) == 16, "the layout is the file's");

#endif
