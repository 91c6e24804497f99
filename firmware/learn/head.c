/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/head.h"

#include "image/validate.h"
#include "kernels/convolution.h"

#include <string.h>

#define BLOCK 4u
#define MAX_RIGHT_SHIFT 62u
#define ONE_Q15 32768

/** Errors and inputs of a few labels at once, so that sums are fetched and stored once for all. */
typedef struct {
    int32_t errors_q15[HEAD_MAX_OUT][BLOCK];
    const int8_t *inputs[BLOCK];
} block_t;

static size_t num_values(size_t num_in, size_t num_out)
{
    return num_out * (num_in + 1);
}

size_t head_values_bytes(size_t num_in, size_t num_out)
{
    return num_values(num_in, num_out) * (sizeof(int64_t) + sizeof(int32_t));
}

size_t head_memory_bytes(size_t num_in, size_t num_out)
{
    return round_up(head_values_bytes(num_in, num_out) + head_settings_bytes(num_in, num_out), 16);
}

size_t head_settings_bytes(size_t num_in, size_t num_out)
{
    return LEARN_TABLE_ENTRIES * sizeof(uint16_t) + (num_in + 1 + num_out) * sizeof(learn_factor_t);
}

static bool is_factor(const learn_factor_t *factor)
{
    return factor->multiplier <= INT32_MAX && factor->right_shift <= MAX_RIGHT_SHIFT;
}

static bool are_factors(const learn_factor_t *factors, size_t count)
{
    bool is_good = true;
    for (size_t i = 0; i < count; i++) {
        is_good = is_good && is_factor(&factors[i]);
    }
    return is_good;
}

static bool is_table(const uint16_t *probability_q15)
{
    bool is_good = true;
    for (size_t i = 0; i < LEARN_TABLE_ENTRIES; i++) {
        is_good = is_good && probability_q15[i] <= ONE_Q15;
    }
    return is_good;
}

static bool has_small_biases(const uint8_t *image, const image_operator_t *op)
{
    bool is_small = true;
    for (size_t o = 0; o < op->parameters.window.num_out; o++) {
        const int64_t bias = head_bias(image, op, o);
        is_small = is_small && bias >= -HEAD_MAX_BIAS && bias <= HEAD_MAX_BIAS;
    }
    return is_small;
}

/** Lay `head` out in memory, and bring the settings there. */
static head_t placed(const image_operator_t *op, void *memory, uint8_t momentum_shift,
                     const uint8_t *settings)
{
    const size_t values = num_values(op->parameters.window.num_in, op->parameters.window.num_out);
    head_t head = {.num_in = op->parameters.window.num_in,
                   .num_out = op->parameters.window.num_out,
                   .momentum_shift = momentum_shift};
    head.velocities = memory;
    head.masters = (int32_t *)(void *)(head.velocities + values);
    head.probability_q15 = (uint16_t *)(void *)(head.masters + values);
    head.inputs = (learn_factor_t *)(void *)(head.probability_q15 + LEARN_TABLE_ENTRIES);
    head.outputs = head.inputs + op->parameters.window.num_in + 1;
    memcpy(head.probability_q15, settings,
           head_settings_bytes(op->parameters.window.num_in, op->parameters.window.num_out));
    return head;
}

status_t head_begin(head_t *head, void *memory, const uint8_t *image, uint8_t momentum_shift,
                    const uint8_t *settings)
{
    const image_operator_t *op = head_of(image);
    RETURN_IF(momentum_shift > HEAD_MAX_MOMENTUM_SHIFT, STATUS_BAD_ARG);
    RETURN_IF(!has_small_biases(image, op), STATUS_TOO_LARGE);
    head_t begun = placed(op, memory, momentum_shift, settings);
    RETURN_IF(!is_table(begun.probability_q15), STATUS_BAD_ARG);
    RETURN_IF(!are_factors(begun.inputs, (size_t)op->parameters.window.num_in + 1 +
                                             op->parameters.window.num_out),
              STATUS_BAD_ARG);

    int32_t *master = begun.masters;
    for (size_t o = 0; o < op->parameters.window.num_out; o++) {
        for (size_t i = 0; i < op->parameters.window.num_in; i++) {
            *master++ = head_weight(image, op, o, i) * (1 << HEAD_WEIGHT_FRACTION_BITS);
        }
        *master++ = (int32_t)head_bias(image, op, o) * (1 << HEAD_BIAS_FRACTION_BITS);
    }
    memset(begun.velocities, 0,
           num_values(op->parameters.window.num_in, op->parameters.window.num_out) *
               sizeof(int64_t));
    *head = begun;
    return STATUS_OK;
}

/** Collect up to BLOCK labels; behind the last one errors are 0. */
static block_t collect(const head_t *head, const image_operator_t *op, const uint8_t *arena,
                       const learn_label_t *labels, size_t num_labels)
{
    block_t block = {.errors_q15 = {{0}}};
    for (size_t i = 0; i < BLOCK; i++) {
        const learn_label_t *label = &labels[i < num_labels ? i : 0];
        const int8_t *y =
            (const int8_t *)(arena + op->output) + (size_t)label->element * head->num_out;
        block.inputs[i] =
            (const int8_t *)(arena + op->inputs[0]) + (size_t)label->element * head->num_in;
        for (size_t o = 0; o < head->num_out && i < num_labels; o++) {
            const int32_t bit = (label->bits >> o) & 1;
            block.errors_q15[o][i] = head->probability_q15[y[o] + 128] - bit * ONE_Q15;
        }
    }
    return block;
}

/** Add the products of one output: at most 4 * 2^15 * 2^7 = 2^24 before they are widened. */
static void accumulate(int64_t *restrict velocities, const block_t *block, size_t output,
                       size_t num_in)
{
    const int32_t *e = block->errors_q15[output];
    const int8_t *a = block->inputs[0];
    const int8_t *b = block->inputs[1];
    const int8_t *c = block->inputs[2];
    const int8_t *d = block->inputs[3];
    for (size_t i = 0; i < num_in; i++) {
        velocities[i] += e[0] * a[i] + e[1] * b[i] + e[2] * c[i] + e[3] * d[i];
    }
    velocities[num_in] += e[0] + e[1] + e[2] + e[3];
}

static bool are_labels(const head_t *head, const image_operator_t *op, const learn_label_t *labels,
                       size_t num_labels)
{
    const uint32_t num_pixels =
        (uint32_t)op->parameters.window.height * op->parameters.window.width;
    for (size_t i = 0; i < num_labels; i++) {
        if (labels[i].element >= num_pixels || labels[i].bits >> head->num_out != 0) {
            return false;
        }
    }
    return true;
}

status_t head_teach(head_t *head, const uint8_t *image, const uint8_t *arena,
                    const learn_label_t *labels, size_t num_labels)
{
    const image_operator_t *op = head_of(image);
    RETURN_IF(!are_labels(head, op, labels, num_labels), STATUS_BAD_ARG);
    RETURN_IF(num_labels > HEAD_MAX_LABELS - head->num_labels, STATUS_TOO_LARGE);
    for (size_t i = 0; i < num_labels; i += BLOCK) {
        const block_t block = collect(head, op, arena, labels + i, num_labels - i);
        for (size_t o = 0; o < head->num_out; o++) {
            accumulate(head->velocities + o * (head->num_in + 1u), &block, o, head->num_in);
        }
    }
    head->num_labels += (uint32_t)num_labels;
    return STATUS_OK;
}

/** Return the product of two factors; its shift may be below 0 or beyond MAX_RIGHT_SHIFT. */
static uint32_t high(uint32_t a, uint32_t b)
{
    return (uint32_t)(((uint64_t)a * b) >> 31);
}

static int32_t clip(int64_t value, int32_t limit)
{
    const int64_t low = value < -limit ? -limit : value;
    return (int32_t)(low > limit ? limit : low);
}

/** Return value / 2^shift, nearest, ties up; shift is 0 .. 62, |value| at most 2^62. */
static int64_t shift_down(int64_t value, uint32_t shift)
{
    return (value + ((INT64_C(1) << shift) >> 1)) >> shift;
}

/** Return what a gradient, Q15, takes from a master. */
static int64_t change(int64_t gradient, uint32_t multiplier, uint32_t right_shift)
{
    const int32_t g = clip(shift_down(gradient, HEAD_GRADIENT_SHIFT), INT32_MAX);
    return right_shift > MAX_RIGHT_SHIFT ? 0 : shift_down((int64_t)g * multiplier, right_shift);
}

/** The rate of one output: its multiplier, and the shift of its product by an input's factor. */
typedef struct {
    uint32_t multiplier;
    int32_t right_shift;
} output_rate_t;

static output_rate_t rate_of(const head_t *head, const learn_factor_t *rate, size_t output)
{
    const learn_factor_t *factor = &head->outputs[output];
    return (output_rate_t){.multiplier = high(rate->multiplier, factor->multiplier),
                           .right_shift = rate->right_shift + factor->right_shift - 62};
}

bool head_takes(const head_t *head, const learn_factor_t *rate)
{
    bool is_good = is_factor(rate);
    for (size_t o = 0; o < head->num_out; o++) {
        const int32_t right_shift = rate_of(head, rate, o).right_shift;
        for (size_t i = 0; i <= head->num_in; i++) {
            is_good = is_good && right_shift + head->inputs[i].right_shift >= 0;
        }
    }
    return is_good;
}

/** Move the masters of one output, and let its velocities decay. */
static void descend(const head_t *head, const learn_factor_t *rate, size_t output, int32_t z)
{
    const output_rate_t own = rate_of(head, rate, output);
    int64_t *velocities = head->velocities + output * (head->num_in + 1u);
    int32_t *masters = head->masters + output * (head->num_in + 1u);
    const int64_t sum_of_errors = velocities[head->num_in];

    for (size_t i = 0; i <= head->num_in; i++) {
        const bool is_bias = i == head->num_in;
        const int64_t gradient = velocities[i] - (is_bias ? 0 : z * sum_of_errors);
        const uint32_t multiplier = high(own.multiplier, head->inputs[i].multiplier);
        const uint32_t right_shift = (uint32_t)(own.right_shift + head->inputs[i].right_shift);
        const int64_t moved = masters[i] - change(gradient, multiplier, right_shift);
        masters[i] = clip(moved, is_bias ? HEAD_MAX_MASTER_BIAS : HEAD_MAX_MASTER_WEIGHT);
        velocities[i] -= velocities[i] >> head->momentum_shift;
    }
}

/** Round the masters of one output into the image. */
static void write(const head_t *head, const image_operator_t *op, size_t output, uint8_t *image)
{
    const int32_t *masters = head->masters + output * (head->num_in + 1u);
    for (size_t i = 0; i < head->num_in; i++) {
        const int64_t weight = shift_down(masters[i], HEAD_WEIGHT_FRACTION_BITS);
        head_set_weight(image, op, output, i, (int8_t)weight);
    }
    const int64_t bias = shift_down(masters[head->num_in], HEAD_BIAS_FRACTION_BITS);
    head_set_bias(image, op, output, (int32_t)bias);
}

void head_step(head_t *head, const learn_factor_t *rate, uint8_t *image)
{
    const image_operator_t *op = head_of(image);
    for (size_t o = 0; o < head->num_out; o++) {
        descend(head, rate, o, op->input_zero_points[0]);
        write(head, op, o, image);
    }
    head->num_labels = 0;
}
