/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/text_network.h"

#include "agent/memory.h"
#include "agent/network.h"
#include "agent/store.h"
#include "agent/text_clock.h"
#include "agent/text_input.h"
#include "agent/text_line.h"
#include "agent/text_output.h"
#include "agent/text_values.h"
#include "image/spiking.h"
#include "image/validate.h"
#include "ports/port.h"

#include <string.h>

#define KNOWN_FLAGS (TEXT_FLAG_ENERGY | TEXT_FLAG_SCORE | TEXT_FLAG_UNSIGNED)
#define MIN_RIGHT_SHIFT 32u
#define MAX_RIGHT_SHIFT 62u
#define MAX_SCORED UINT16_MAX
#define DEFAULT_WARMUP_RUNS 10u
#define PULSE_LOOPS 2000u /* a microsecond at 480 MHz many times over, a millisecond at 16 MHz */

static struct {
    uint8_t flags;
    bool has_clock;
    bool has_output;
} front;

static const image_header_t *header(void)
{
    return image_header(store_image());
}

static size_t tensor_bytes(const image_tensor_t *t)
{
    return (size_t)t->height * t->width * t->channels;
}

static bool values_of(const image_tensor_t *tensor, const uint8_t *place, text_values_t *values)
{
    uint32_t float_bits;
    memcpy(&float_bits, &tensor->scale, sizeof float_bits);
    values->integers = (const int8_t *)place;
    values->zero_point = tensor->zero_point;
    return tensor->zero_point >= INT8_MIN && tensor->zero_point <= INT8_MAX &&
           text_scale(float_bits, &values->scale);
}

/** Find what the network says, and with what a score compares it. @return false if none prints */
static bool find_values(text_values_t *output, text_values_t *input)
{
    return values_of(&header()->output, memory_arena + header()->output.offset, output) &&
           values_of(&header()->input, text_input_place(), input);
}

static bool is_scorable(void)
{
    return text_input_bytes() == tensor_bytes(&header()->output) &&
           text_input_bytes() <= MAX_SCORED;
}

status_t text_network_begin(const text_t *wanted)
{
    const bool has_clock = wanted->us_multiplier != 0;
    text_values_t output;
    text_values_t input;
    RETURN_IF(store_image() == NULL || spiking_is_image(store_image()), STATUS_BAD_STATE);
    RETURN_IF((wanted->flags & ~KNOWN_FLAGS) != 0, STATUS_BAD_ARG);
    RETURN_IF(wanted->us_right_shift < MIN_RIGHT_SHIFT, STATUS_BAD_ARG);
    RETURN_IF(wanted->us_right_shift > MAX_RIGHT_SHIFT, STATUS_BAD_ARG);
    RETURN_IF(has_clock && port_info()->tick_bits == 0, STATUS_BAD_ARG);
    RETURN_IF((wanted->flags & TEXT_FLAG_SCORE) != 0 && !is_scorable(), STATUS_BAD_ARG);
    RETURN_IF(!find_values(&output, &input), STATUS_BAD_IMAGE);
    RETURN_IF(text_input_bytes() > AIRLOOP_ARENA_CAPACITY - image_arena_bytes(store_image()),
              STATUS_TOO_LARGE);

    memset(&front, 0, sizeof front);
    front.flags = wanted->flags;
    front.has_clock = has_clock;
    text_input_begin((wanted->flags & TEXT_FLAG_UNSIGNED) != 0);
    text_clock_begin(wanted->us_multiplier, wanted->us_right_shift);
    return STATUS_OK;
}

void text_network_forget(void)
{
    front.has_output = false;
}

static bool is_for_energy(void)
{
    return (front.flags & TEXT_FLAG_ENERGY) != 0;
}

/** Make the falling edge that a meter takes for a timestamp; the pin stays high. */
static void pulse(void)
{
    port_trigger(false);
    for (volatile uint32_t i = 0; i < PULSE_LOOPS; i++) {
    }
    port_trigger(true);
}

static void put_lap(uint64_t us)
{
    if (!front.has_clock) {
        text_put_error("No clock");
        return;
    }
    text_put("m-lap-us-");
    text_put_number(us, 0);
    text_put("\r\n");
}

void text_network_timestamp(void)
{
    if (is_for_energy()) {
        pulse();
    } else {
        put_lap(text_clock_us());
    }
}

void text_network_announce(void)
{
    text_put(is_for_energy() ? "m-timestamp-mode-energy\r\n" : "m-timestamp-mode-performance\r\n");
    text_network_timestamp();
}

static void put_values(const text_values_t *output)
{
    const size_t num_values = tensor_bytes(&header()->output);
    for (size_t i = 0; i < num_values; i++) {
        const int32_t steps = output->integers[i] - output->zero_point;
        text_put(i > 0 ? "," : "");
        text_put(steps < 0 ? "-" : "");
        text_put_number(text_thousandths(&output->scale, (uint32_t)(steps < 0 ? -steps : steps)),
                        3);
    }
}

void text_network_results(void)
{
    text_values_t output;
    text_values_t input;
    if (!front.has_output) {
        text_put_error("No results");
        return;
    }
    (void)find_values(&output, &input);
    text_put("m-results-[");
    if ((front.flags & TEXT_FLAG_SCORE) != 0) {
        text_put_number(text_mean_square(&output, &input, text_input_bytes()), 3);
    } else {
        put_values(&output);
    }
    text_put("]\r\n");
}

/** Run so often, each time on the whole input. */
static status_t run(uint32_t num_runs)
{
    uint8_t *place = memory_arena + header()->input.offset;
    for (; num_runs > 0; num_runs--) {
        memcpy(place, text_input_place(), text_input_bytes());
        RETURN_IF_ERROR(network_execute(NULL));
        text_clock_advance();
    }
    return STATUS_OK;
}

/** Run between two timestamps, which are told behind the second one: telling takes time, too. */
static status_t run_measured(uint32_t num_runs)
{
    if (is_for_energy()) {
        pulse();
        const status_t status = run(num_runs);
        pulse();
        return status;
    }
    port_trigger(true);
    const uint64_t begin_us = text_clock_us();
    const status_t status = run(num_runs);
    const uint64_t end_us = text_clock_us();
    port_trigger(false);
    put_lap(begin_us);
    put_lap(end_us);
    return status;
}

static status_t infer(uint32_t num_runs, uint32_t num_warmup_runs)
{
    front.has_output = false;
    text_put_counted("m-warmup-start-", num_warmup_runs, "\r\n");
    text_flush();
    RETURN_IF_ERROR(run(num_warmup_runs));
    text_put_counted("m-warmup-done\r\nm-infer-start-", num_runs, "\r\n");
    text_flush();
    RETURN_IF_ERROR(run_measured(num_runs));
    front.has_output = true;
    text_put("m-infer-done\r\n");
    text_network_results();
    return STATUS_OK;
}

void text_network_infer(void)
{
    const text_word_t runs = text_line_word();
    const text_word_t warmup_runs = text_line_word();
    uint32_t num_runs = 1;
    uint32_t num_warmup_runs = DEFAULT_WARMUP_RUNS;
    if (runs.length > 0 && (!text_word_number(&runs, &num_runs) || num_runs == 0)) {
        text_put_error("Inference iterations must be 1..999999");
    } else if (warmup_runs.length > 0 && !text_word_number(&warmup_runs, &num_warmup_runs)) {
        text_put_error("Inference warmup must be 0..999999");
    } else if (!text_input_is_whole()) {
        text_put_error("Input is not loaded");
    } else if (infer(num_runs, num_warmup_runs) != STATUS_OK) {
        text_put_error("Inference failed");
    }
}
