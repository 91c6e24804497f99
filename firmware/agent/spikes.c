/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/spikes.h"

#include "agent/memory.h"
#include "agent/network.h"
#include "agent/store.h"
#include "image/validate.h"
#include "wire/spikes.h"

#include <string.h>

status_t spikes_events(const frame_t *request, answer_t *answer)
{
    events_t wanted;
    view_t scores;
    uint64_t ticks = 0;
    memcpy(&wanted, request->payload, sizeof wanted);
    RETURN_IF((wanted.flags & ~RUN_FLAG_PROFILE) != 0, STATUS_BAD_ARG);
    const window_piece_t piece = {.packed = request->payload + sizeof wanted,
                                  .length = request->length - sizeof wanted,
                                  .num_steps = wanted.num_steps};
    RETURN_IF_ERROR(
        network_events(wanted.first_step, &piece, (wanted.flags & RUN_FLAG_PROFILE) != 0, &ticks));
    RETURN_IF_ERROR(network_output(&scores));

    const events_answer_t body = {.ticks = ticks,
                                  .next_step = wanted.first_step + wanted.num_steps,
                                  .output_bytes = (uint32_t)scores.length};
    answer_append(answer, &body, sizeof body);
    if (scores.length <= REQUESTS_MAX_ANSWER - sizeof body) {
        answer_append(answer, scores.bytes, scores.length);
    }
    return STATUS_OK;
}

status_t spikes_tally(const frame_t *request, answer_t *answer)
{
    tally_t wanted;
    memcpy(&wanted, request->payload, sizeof wanted);
    RETURN_IF(!network_has_window(), STATUS_BAD_STATE);
    const size_t num_operators = image_header(store_image())->num_operators;
    RETURN_IF(wanted.first_operator > num_operators, STATUS_BAD_ARG);

    const tally_answer_t body = {.num_operators = (uint16_t)num_operators};
    answer_append(answer, &body, sizeof body);
    for (size_t i = wanted.first_operator; i < num_operators; i++) {
        const spiking_tally_t *tally = window_tally(store_image(), memory_arena, i);
        const tally_entry_t entry = {
            .events = tally->events, .spikes = tally->spikes, .saturations = tally->saturations};
        if (answer->length + sizeof entry > REQUESTS_MAX_ANSWER) {
            break;
        }
        answer_append(answer, &entry, sizeof entry);
    }
    return STATUS_OK;
}
