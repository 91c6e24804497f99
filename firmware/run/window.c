/* SPDX-License-Identifier: Apache-2.0 */
#include "run/window.h"

#include "image/spiking.h"
#include "image/validate.h"
#include "wire/number.h"

#include <string.h>

uint32_t window_max_steps(const uint8_t *image)
{
    const size_t num_operators = image_header(image)->num_operators;
    return image_operator(image, num_operators - 1u)->parameters.spiking.max_steps;
}

/** Take one step off a piece, checking it. */
static status_t check_step(const image_spiking_t *first, number_rest_t *rest)
{
    uint32_t num_events;
    RETURN_IF(!number_take(rest, &num_events), STATUS_BAD_ARG);
    RETURN_IF(num_events > first->max_events, STATUS_TOO_LARGE);
    for (uint32_t i = 0; i < num_events; i++) {
        uint32_t channel;
        RETURN_IF(!number_take(rest, &channel) || channel >= first->num_in, STATUS_BAD_ARG);
    }
    return STATUS_OK;
}

status_t window_check(const uint8_t *image, const window_piece_t *piece)
{
    const image_spiking_t *first = &image_operator(image, 0)->parameters.spiking;
    number_rest_t rest = {.next = piece->packed, .length = piece->length};
    for (uint32_t i = 0; i < piece->num_steps; i++) {
        RETURN_IF_ERROR(check_step(first, &rest));
    }
    return rest.length == 0 ? STATUS_OK : STATUS_BAD_ARG;
}

void window_begin(const uint8_t *image, uint8_t *arena)
{
    for (size_t i = 0; i < image_header(image)->num_operators; i++) {
        const image_operator_t *op = image_operator(image, i);
        extents_t e = {0};
        (void)operator_extents(op, &e);
        memset(arena + op->inputs[1], 0, (size_t)e.inputs[1]);
        memset(arena + op->output, 0, (size_t)e.output);
    }
}

/** Unpack one step into the list of the network's input. */
static void take_step(number_rest_t *rest, uint16_t *list)
{
    uint32_t number = 0;
    (void)number_take(rest, &number);
    const size_t num_events = number;
    list[0] = (uint16_t)num_events;
    for (size_t i = 1; i <= num_events; i++) {
        (void)number_take(rest, &number);
        list[i] = (uint16_t)number;
    }
}

status_t window_run(const uint8_t *image, uint8_t *arena, const window_piece_t *piece,
                    const stopwatch_t *stopwatch)
{
    uint16_t *list = (uint16_t *)(void *)(arena + image_header(image)->input.offset);
    number_rest_t rest = {.next = piece->packed, .length = piece->length};
    for (uint32_t i = 0; i < piece->num_steps; i++) {
        take_step(&rest, list);
        RETURN_IF_ERROR(interpreter_run(image, arena, NULL, stopwatch));
    }
    return STATUS_OK;
}

const spiking_tally_t *window_tally(const uint8_t *image, const uint8_t *arena, size_t i_operator)
{
    const image_operator_t *op = image_operator(image, i_operator);
    return (const spiking_tally_t *)(const void *)(arena + op->inputs[1]);
}
