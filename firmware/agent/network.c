/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/network.h"

#include "agent/memory.h"
#include "agent/store.h"
#include "image/spiking.h"
#include "image/validate.h"
#include "ports/loader.h"
#include "ports/port.h"

#include <string.h>

static struct {
    uint32_t input_bytes; /**< received so far */
    uint32_t next_step;   /**< of the window that is under way */
    bool has_output;
    bool has_profile;
    bool is_loaded;                      /**< what stays in the arena is there */
    uint32_t ticks[IMAGE_MAX_OPERATORS]; /**< of each operator in the last profiled run */
} network;

void network_forget(void)
{
    network.input_bytes = 0;
    network.next_step = 0;
    network.has_output = false;
    network.has_profile = false;
    network.is_loaded = false;
}

static size_t tensor_bytes(const image_tensor_t *t)
{
    return (size_t)t->height * t->width * t->channels;
}

status_t network_input(uint32_t offset, const uint8_t *bytes, size_t length, uint32_t *next)
{
    const uint8_t *image = store_image();
    RETURN_IF(image == NULL || spiking_is_image(image), STATUS_BAD_STATE);
    const image_tensor_t *input = &image_header(image)->input;
    RETURN_IF(offset != network.input_bytes && offset != 0, STATUS_BAD_ARG);
    RETURN_IF(length > tensor_bytes(input) - offset, STATUS_BAD_ARG);

    memcpy(memory_arena + input->offset + offset, bytes, length);
    network.input_bytes = offset + (uint32_t)length;
    network.has_output = false;
    *next = network.input_bytes;
    return STATUS_OK;
}

static void report(size_t i_operator, uint64_t ticks)
{
    network.ticks[i_operator] = ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
}

status_t network_execute(const stopwatch_t *stopwatch)
{
    const uint8_t *image = store_image();
    const loader_t *loader = port_loader();
    if (image_header(image)->num_loads != 0 && !network.is_loaded) {
        stream_load_once(image, memory_arena, loader);
        network.is_loaded = true;
    }
    return interpreter_run(image, memory_arena, loader, stopwatch);
}

status_t network_run(bool is_profiled, uint64_t *ticks)
{
    static const stopwatch_t STOPWATCH = {.now = port_ticks, .report = report};
    const uint8_t *image = store_image();
    RETURN_IF(image == NULL, STATUS_BAD_STATE);
    RETURN_IF(network.input_bytes != tensor_bytes(&image_header(image)->input), STATUS_BAD_STATE);

    port_trigger(true);
    const uint64_t start = port_ticks();
    const status_t status = network_execute(is_profiled ? &STOPWATCH : NULL);
    const uint64_t end = port_ticks();
    port_trigger(false);

    network.input_bytes = 0;
    network.has_output = status == STATUS_OK;
    network.has_profile = network.has_profile || is_profiled;
    *ticks = end - start;
    return status;
}

static void report_more(size_t i_operator, uint64_t ticks)
{
    report(i_operator, network.ticks[i_operator] + ticks);
}

status_t network_events(uint32_t first_step, const window_piece_t *piece, bool is_profiled,
                        uint64_t *ticks)
{
    static const stopwatch_t STOPWATCH = {.now = port_ticks, .report = report_more};
    const uint8_t *image = store_image();
    RETURN_IF(image == NULL || !spiking_is_image(image), STATUS_BAD_STATE);
    RETURN_IF(first_step != network.next_step && first_step != 0, STATUS_BAD_ARG);
    RETURN_IF(piece->num_steps > window_max_steps(image) - first_step, STATUS_TOO_LARGE);
    RETURN_IF_ERROR(window_check(image, memory_arena, piece));

    if (first_step == 0) {
        window_begin(image, memory_arena);
    }
    if (is_profiled) {
        memset(network.ticks, 0, sizeof network.ticks);
    }
    port_trigger(true);
    const uint64_t start = port_ticks();
    const status_t status = window_run(image, memory_arena, piece, is_profiled ? &STOPWATCH : NULL);
    *ticks = port_ticks() - start;
    port_trigger(false);

    network.next_step = first_step + piece->num_steps;
    network.has_output = status == STATUS_OK;
    network.has_profile = network.has_profile || is_profiled;
    return status;
}

bool network_has_window(void)
{
    const uint8_t *image = store_image();
    return image != NULL && spiking_is_image(image) && network.has_output;
}

status_t network_output(view_t *output)
{
    const uint8_t *image = store_image();
    RETURN_IF(image == NULL || !network.has_output, STATUS_BAD_STATE);
    const image_tensor_t *tensor = &image_header(image)->output;
    *output = (view_t){.bytes = memory_arena + tensor->offset, .length = tensor_bytes(tensor)};
    return STATUS_OK;
}

status_t network_profile(size_t *num_operators)
{
    const uint8_t *image = store_image();
    RETURN_IF(image == NULL || !network.has_profile, STATUS_BAD_STATE);
    *num_operators = image_header(image)->num_operators;
    return STATUS_OK;
}

uint8_t network_operator_kind(size_t i_operator)
{
    return image_operator(store_image(), i_operator)->kind;
}

uint32_t network_operator_ticks(size_t i_operator)
{
    return network.ticks[i_operator];
}
