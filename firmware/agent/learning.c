/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/learning.h"

#include "agent/memory.h"
#include "agent/network.h"
#include "agent/store.h"
#include "image/validate.h"
#include "kernels/convolution.h"
#include "learn/head.h"
#include "ports/port.h"

#include <string.h>

static struct {
    bool is_open;
    head_t head;
} learning;

void learning_forget(void)
{
    learning.is_open = false;
}

/** Check that settings for `begin` lie behind it, and that there is room for what they ask. */
static status_t check(const learn_begin_t *begin, const image_operator_t *op, size_t length)
{
    const size_t arena_bytes = image_arena_bytes(store_image());
    RETURN_IF(begin->num_in != op->parameters.window.num_in ||
                  begin->num_out != op->parameters.window.num_out,
              STATUS_BAD_ARG);
    RETURN_IF(length !=
                  head_settings_bytes(op->parameters.window.num_in, op->parameters.window.num_out),
              STATUS_BAD_ARG);
    RETURN_IF(arena_bytes + head_memory_bytes(op->parameters.window.num_in,
                                              op->parameters.window.num_out) >
                  AIRLOOP_ARENA_CAPACITY,
              STATUS_TOO_LARGE);
    RETURN_IF(sizeof(learn_step_answer_t) +
                      head_told_bytes(op->parameters.window.num_in, op->parameters.window.num_out) >
                  REQUESTS_MAX_ANSWER,
              STATUS_TOO_LARGE);
    return STATUS_OK;
}

status_t learning_begin(const frame_t *request, answer_t *answer)
{
    learn_begin_t begin;
    const uint8_t *image = store_image();
    (void)answer;
    memcpy(&begin, request->payload, sizeof begin);
    RETURN_IF(MEMORY_SLOTS_ARE_FLASH, STATUS_READ_ONLY);
    RETURN_IF(image == NULL, STATUS_BAD_STATE);
    RETURN_IF(memcmp(begin.base_sha256, store_sha256(), sizeof begin.base_sha256) != 0,
              STATUS_WRONG_BASE);
    const image_operator_t *op = head_of(image);
    RETURN_IF(op == NULL, STATUS_NO_HEAD);
    RETURN_IF_ERROR(check(&begin, op, request->length - sizeof begin));

    learning_forget();
    uint8_t *memory = memory_arena + image_arena_bytes(image);
    RETURN_IF_ERROR(head_begin(&learning.head, memory, image, begin.momentum_shift,
                               request->payload + sizeof begin));
    learning.is_open = true;
    return STATUS_OK;
}

status_t learning_resume(const frame_t *request, answer_t *answer)
{
    learn_resume_t resume;
    const head_t *head = &learning.head;
    (void)answer;
    memcpy(&resume, request->payload, sizeof resume);
    RETURN_IF(!learning.is_open, STATUS_BAD_STATE);
    RETURN_IF(request->length - sizeof resume != head_values_bytes(head->num_in, head->num_out),
              STATUS_BAD_ARG);
    return head_resume(&learning.head, request->payload + sizeof resume, resume.num_labels);
}

status_t learning_labels(const frame_t *request, answer_t *answer)
{
    view_t output;
    const size_t num_labels = request->length / sizeof(learn_label_t);
    const learn_label_t *labels = (const learn_label_t *)request->payload;
    RETURN_IF(!learning.is_open, STATUS_BAD_STATE);
    RETURN_IF_ERROR(network_output(&output));
    RETURN_IF(request->length % sizeof(learn_label_t) != 0, STATUS_BAD_ARG);

    const uint64_t start = port_ticks();
    RETURN_IF_ERROR(head_teach(&learning.head, store_image(), memory_arena, labels, num_labels));
    const learn_labels_answer_t body = {.ticks = port_ticks() - start,
                                        .num_labels = learning.head.num_labels};
    memcpy(answer->bytes, &body, sizeof body);
    answer->length = sizeof body;
    return STATUS_OK;
}

status_t learning_step(const frame_t *request, answer_t *answer)
{
    learn_factor_t rate;
    learn_step_answer_t body;
    memcpy(&rate, request->payload, sizeof rate);
    RETURN_IF(!learning.is_open, STATUS_BAD_STATE);
    RETURN_IF(!head_takes(&learning.head, &rate), STATUS_BAD_ARG);

    const uint64_t start = port_ticks();
    head_step(&learning.head, &rate, store_copy());
    const status_t status = store_copy_commit();
    body.ticks = port_ticks() - start;
    if (status != STATUS_OK) {
        learning_forget();
        return status;
    }
    network_forget();
    memcpy(body.sha256, store_sha256(), sizeof body.sha256);
    memcpy(answer->bytes, &body, sizeof body);
    head_tell(store_image(), answer->bytes + sizeof body);
    answer->length = sizeof body + head_told_bytes(learning.head.num_in, learning.head.num_out);
    return STATUS_OK;
}
