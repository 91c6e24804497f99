/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the twin, a shared library of the host, offers: the device's validator and interpreter.
 *
 * `sim/twin.py` calls these functions; nothing here keeps state, so threads may share the library.
 */
#include "image/validate.h"
#include "run/interpreter.h"

#include <string.h>

#define TWIN_EXPORT __attribute__((visibility("default")))

TWIN_EXPORT int32_t twin_validate(const uint8_t *image, size_t length);
TWIN_EXPORT int32_t twin_run(const uint8_t *image, uint8_t *arena, const int8_t *inputs,
                             int8_t *outputs, size_t num_runs);

/** Check an image of any origin, 16-byte aligned. @return a status_t */
int32_t twin_validate(const uint8_t *image, size_t length)
{
    return image_validate(image, length, SIZE_MAX);
}

static size_t tensor_bytes(const image_tensor_t *t)
{
    return (size_t)t->height * t->width * t->channels;
}

/**
 * Run a valid image on inputs that lie one behind the other.
 *
 * @param[in,out] arena    [arena_bytes of the image], 16-byte aligned; one a thread
 * @param[in]     inputs   int8 [num_runs, height, width, channels]
 * @param[out]    outputs  int8 [num_runs, height, width, channels]
 * @return a status_t
 */
int32_t twin_run(const uint8_t *image, uint8_t *arena, const int8_t *inputs, int8_t *outputs,
                 size_t num_runs)
{
    const image_tensor_t *input = &image_header(image)->input;
    const image_tensor_t *output = &image_header(image)->output;
    const size_t input_bytes = tensor_bytes(input);
    const size_t output_bytes = tensor_bytes(output);

    for (size_t i = 0; i < num_runs; i++) {
        memcpy(arena + input->offset, inputs + i * input_bytes, input_bytes);
        RETURN_IF_ERROR(interpreter_run(image, arena, NULL));
        memcpy(outputs + i * output_bytes, arena + output->offset, output_bytes);
    }
    return STATUS_OK;
}
