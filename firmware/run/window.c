/* SPDX-License-Identifier: Apache-2.0 */
#include "run/window.h"

#include "image/spiking.h"
#include "image/validate.h"
#include "kernels/event_list.h"

#include <string.h>

uint32_t window_max_steps(const uint8_t *image)
{
    const size_t num_operators = image_header(image)->num_operators;
    return image_operator(image, num_operators - 1u)->parameters.spiking.max_steps;
}

/** Take one step off a piece into the list of the network's input. */
static status_t take_step(const uint8_t *image, uint8_t *arena, number_rest_t *rest)
{
    const image_operator_t *first = image_operator(image, 0);
    const image_spiking_t *s = &first->parameters.spiking;
    uint16_t *list = (uint16_t *)(void *)(arena + first->inputs[0]);
    return event_list_take(rest, s->num_in, s->max_events, list);
}

status_t window_check(const uint8_t *image, uint8_t *arena, const window_piece_t *piece)
{
    number_rest_t rest = {.next = piece->packed, .length = piece->length};
    for (uint32_t i = 0; i < piece->num_steps; i++) {
        RETURN_IF_ERROR(take_step(image, arena, &rest));
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

status_t window_run(const uint8_t *image, uint8_t *arena, const window_piece_t *piece,
                    const stopwatch_t *stopwatch)
{
    number_rest_t rest = {.next = piece->packed, .length = piece->length};
    for (uint32_t i = 0; i < piece->num_steps; i++) {
        RETURN_IF_ERROR(take_step(image, arena, &rest));
        RETURN_IF_ERROR(interpreter_run(image, arena, NULL, stopwatch));
    }
    return STATUS_OK;
}

const spiking_tally_t *window_tally(const uint8_t *image, const uint8_t *arena, size_t i_operator)
{
    const image_operator_t *op = image_operator(image, i_operator);
    return (const spiking_tally_t *)(const void *)(arena + op->inputs[1]);
}
