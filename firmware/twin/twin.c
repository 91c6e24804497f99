/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the twin, a shared library of the host, offers: the device's validator and interpreter.
 *
 * `sim/twin.py` calls these functions; nothing here keeps state, so threads may share the library.
 */
#include "image/seal.h"
#include "image/spiking.h"
#include "image/validate.h"
#include "kernels/convolution.h"
#include "learn/head.h"
#include "run/interpreter.h"

#include <string.h>

#define TWIN_EXPORT __attribute__((visibility("default")))

TWIN_EXPORT int32_t twin_validate(const uint8_t *image, size_t length);
TWIN_EXPORT size_t twin_arena_bytes(const uint8_t *image);
TWIN_EXPORT int32_t twin_run(const uint8_t *image, uint8_t *arena, const int8_t *inputs,
                             int8_t *outputs, size_t num_runs);

/** Check an image of any origin, 16-byte aligned. @return a status_t */
int32_t twin_validate(const uint8_t *image, size_t length)
{
    return image_validate(image, length, SIZE_MAX);
}

/** Return the bytes of arena that a valid image takes. */
size_t twin_arena_bytes(const uint8_t *image)
{
    return image_arena_bytes(image);
}

TWIN_EXPORT size_t twin_learner_bytes(const uint8_t *image);
TWIN_EXPORT int32_t twin_learn_begin(head_t *head, const uint8_t *image, uint8_t momentum_shift,
                                     const uint8_t *settings);
TWIN_EXPORT int32_t twin_learn_labels(head_t *head, const uint8_t *image, const uint8_t *arena,
                                      const learn_label_t *labels, size_t num_labels);
TWIN_EXPORT int32_t twin_learn_step(head_t *head, const learn_factor_t *rate, uint8_t *image);
TWIN_EXPORT size_t twin_learned_bytes(const head_t *head);
TWIN_EXPORT void twin_learned(const head_t *head, uint8_t *values);
TWIN_EXPORT int32_t twin_learn_resume(head_t *head, const uint8_t *values, uint32_t num_labels);

/** Behind `head_t`, in its memory, lies what the caller of `head_begin` owns. */
#define LEARNER_HEAD_BYTES round_up(sizeof(head_t), 16)

static size_t tensor_bytes(const image_tensor_t *t)
{
    return (size_t)t->height * t->width * t->channels;
}

/**
 * Run a valid image on inputs that lie one behind the other.
 *
 * @param[in,out] arena    [twin_arena_bytes], 16-byte aligned; one a thread
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

    RETURN_IF(spiking_is_image(image), STATUS_BAD_STATE);
    stream_load_once(image, arena, NULL);
    for (size_t i = 0; i < num_runs; i++) {
        memcpy(arena + input->offset, inputs + i * input_bytes, input_bytes);
        RETURN_IF_ERROR(interpreter_run(image, arena, NULL, NULL));
        memcpy(outputs + i * output_bytes, arena + output->offset, output_bytes);
    }
    return STATUS_OK;
}

/** Return the bytes of a learner of a valid image; 0 if it has no head that can learn. */
size_t twin_learner_bytes(const uint8_t *image)
{
    const image_operator_t *op = head_of(image);
    return op == NULL ? 0
                      : LEARNER_HEAD_BYTES + head_memory_bytes(op->parameters.window.num_in,
                                                               op->parameters.window.num_out);
}

/**
 * Begin to learn the head of an image that has one.
 *
 * @param[out] head      [twin_learner_bytes], 16-byte aligned; stays where it is
 * @param      settings  of the size that the head needs
 * @return a status_t
 */
int32_t twin_learn_begin(head_t *head, const uint8_t *image, uint8_t momentum_shift,
                         const uint8_t *settings)
{
    return head_begin(head, (uint8_t *)head + LEARNER_HEAD_BYTES, image, momentum_shift, settings);
}

/** Take labels of the run that left the arena as it is. @return a status_t */
int32_t twin_learn_labels(head_t *head, const uint8_t *image, const uint8_t *arena,
                          const learn_label_t *labels, size_t num_labels)
{
    return head_teach(head, image, arena, labels, num_labels);
}

/** Take a step in the image, and seal it. @return a status_t; on error nothing has changed */
int32_t twin_learn_step(head_t *head, const learn_factor_t *rate, uint8_t *image)
{
    uint8_t sha256[32];
    RETURN_IF(!head_takes(head, rate), STATUS_BAD_ARG);
    head_step(head, rate, image);
    image_seal(image, sha256);
    return STATUS_OK;
}

/** Return the bytes of `twin_learned`. */
size_t twin_learned_bytes(const head_t *head)
{
    return head_values_bytes(head->num_in, head->num_out);
}

/** Copy what was learned, to resume from. */
void twin_learned(const head_t *head, uint8_t *values)
{
    head_tell_values(head, values);
}

/** Go on where another learner of the same image was. @return a status_t */
int32_t twin_learn_resume(head_t *head, const uint8_t *values, uint32_t num_labels)
{
    return head_resume(head, values, num_labels);
}
