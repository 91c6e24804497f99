/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Learning of the head, the 1 x 1 convolution a network ends in, from elements whose bits are told.
 *
 * With x the input of the head at a label, y its output, z the zero point of x, b a bit and
 * p(y) the probability that it is 1, the gradient of the cross-entropy is
 *
 *     e[o] = p(y[o]) - b[o]                      g[o, c] = sum e[o] * (x[c] - z)
 *
 * and for the bias g[o] = sum e[o]. A step takes from every master value
 *
 *     rate * output[o] * input[c] * g[o, c]
 *
 * where input[c] is about 1 / E[(x[c] - z)^2], so that all channels learn at one rate. Masters are
 * rounded to the weights and biases of the image; the scales of the network never change.
 *
 *     quantity      format  range                            why it cannot overflow
 *     p(y)          Q15     0 .. 2^15                        refused beyond
 *     e             Q15     -2^15 .. 2^15
 *     velocity      Q15     below 2^45, int64                65,535 labels a step, times 2^7 for x,
 *                                                            times 2^7 for the longest momentum
 *     g             Q7      int32                            saturated
 *     factor        Q31     multiplier / 2^right_shift, its product by g is below 2^62
 *     master weight Q20     -127 .. 127 int8 steps           clipped
 *     master bias   Q8      -2^22 .. 2^22 steps of the sum   clipped; a head beyond is refused
 *
 * Momentum: after a step velocity -= velocity >> momentum_shift; shift 0 forgets all of it. Shifts
 * to the right round: g and what is taken from a master to the nearest, ties up; factors and
 * momentum down. Factors whose right shifts add up beyond 62 behind the multiplier take nothing.
 *
 * Twin:   boards/head_learning.py (equal bit for bit, tests/firmware/test_head.py)
 * Memory: no heap, no statics; the caller owns what lies behind `head_t`.
 * Time:   no branch that depends on data; on a Cortex-M4 5 instructions a label, output and input
 *         (benchmarks/test_bench_learning.py).
 */
#ifndef AIRLOOP_LEARN_HEAD_H
#define AIRLOOP_LEARN_HEAD_H

#include "learn/head_image.h"
#include "status.h"
#include "wire/messages.h"

#include <stdbool.h>
#include <stddef.h>

#define HEAD_MAX_LABELS 65535u
#define HEAD_MAX_MOMENTUM_SHIFT 7u
#define HEAD_MAX_BIAS (1 << 22)
#define HEAD_MAX_VELOCITY (INT64_C(1) << 45)

#define HEAD_WEIGHT_FRACTION_BITS 20
#define HEAD_BIAS_FRACTION_BITS 8
#define HEAD_GRADIENT_SHIFT 8
#define HEAD_MAX_MASTER_WEIGHT (127 << HEAD_WEIGHT_FRACTION_BITS)
#define HEAD_MAX_MASTER_BIAS (HEAD_MAX_BIAS << HEAD_BIAS_FRACTION_BITS)

/** What is learned, between `head_begin` and whoever ends it. */
typedef struct {
    uint16_t num_in;
    uint16_t num_out;
    uint8_t momentum_shift;
    uint32_t num_labels;       /**< since the last step */
    int64_t *velocities;       /**< Q15 [num_out][num_in + 1], the bias last */
    int32_t *masters;          /**< Q20 [num_out][num_in + 1], the bias Q8 and last */
    learn_factor_t *inputs;    /**< [num_in + 1], the bias last */
    learn_factor_t *outputs;   /**< [num_out] */
    uint16_t *probability_q15; /**< p(y), [256] from y = -128 on */
} head_t;

/** Return the bytes that `head_begin` needs for a head of this size; a multiple of 16. */
size_t head_memory_bytes(size_t num_in, size_t num_out);

/** Return the bytes of the settings for a head of this size, as wire/messages.h lays them out. */
size_t head_settings_bytes(size_t num_in, size_t num_out);

/**
 * Begin to learn from the weights and biases of an image.
 *
 * @param[out] head      untouched unless STATUS_OK
 * @param[out] memory    [head_memory_bytes], 16-byte aligned, lives as long as `head`
 * @param      image     valid, has a head
 * @param      settings  [head_settings_bytes], any alignment
 * @return STATUS_OK; STATUS_BAD_ARG if a setting is out of its range; STATUS_TOO_LARGE if a bias is
 */
status_t head_begin(head_t *head, void *memory, const uint8_t *image, uint8_t momentum_shift,
                    const uint8_t *settings);

/**
 * Add the gradient of some labels. Input and output of the head must lie in the arena as the last
 * run of `image` left them; no kernel of a valid image lets the two overlap.
 *
 * @param labels  [num_labels], any alignment
 * @return STATUS_OK; STATUS_BAD_ARG with nothing added if a label leaves the network's output;
 *         STATUS_TOO_LARGE if there are more than HEAD_MAX_LABELS a step
 */
status_t head_teach(head_t *head, const uint8_t *image, const uint8_t *arena,
                    const learn_label_t *labels, size_t num_labels);

/** Return the bytes of what a head of this size has learned: its velocities, then its masters. */
size_t head_values_bytes(size_t num_in, size_t num_out);

/**
 * Copy what was learned.
 *
 * @param[out] values  [head_values_bytes], any alignment
 */
void head_tell_values(const head_t *head, uint8_t *values);

/**
 * Go on from the values of another learner, whose image is the one that `head` began with.
 *
 * @param values      [head_values_bytes], any alignment
 * @param num_labels  that it took since its last step
 * @return STATUS_OK; STATUS_BAD_ARG with nothing changed if a value is out of its range
 */
status_t head_resume(head_t *head, const uint8_t *values, uint32_t num_labels);

/** Whether a step can be taken at a rate: no product of factors may shift to the left. */
bool head_takes(const head_t *head, const learn_factor_t *rate);

/**
 * Take a step, and write weights and biases over those of an image; its seals are then wrong.
 *
 * @param         rate   that `head_takes`
 * @param[in,out] image  the one that `head` began with, or one of its steps
 */
void head_step(head_t *head, const learn_factor_t *rate, uint8_t *image);

#endif
