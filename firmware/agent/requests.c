/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/requests.h"

#include "agent/fault.h"
#include "agent/hello.h"
#include "agent/learning.h"
#include "agent/link.h"
#include "agent/memory.h"
#include "agent/network.h"
#include "agent/spikes.h"
#include "agent/store.h"
#include "agent/text.h"
#include "ports/loader.h"
#include "ports/port.h"
#include "wire/spikes.h"
#include "wire/text.h"

#include <string.h>

typedef struct {
    uint8_t type;
    uint8_t payload_bytes; /**< of the fixed fields */
    bool has_data;         /**< bytes follow the fixed fields */
    status_t (*execute)(const frame_t *request, answer_t *answer);
} request_entry_t;

static agent_counters_t counters;

agent_counters_t *requests_counters(void)
{
    return &counters;
}

static void append_next(answer_t *answer, uint32_t next)
{
    const next_offset_t body = {.next_offset = next};
    answer_append(answer, &body, sizeof body);
}

static status_t load_begin(const frame_t *request, answer_t *answer)
{
    load_begin_t load;
    uint32_t next = 0;
    memcpy(&load, request->payload, sizeof load);
    RETURN_IF_ERROR(store_begin(&load, &next));
    append_next(answer, next);
    return STATUS_OK;
}

/** Hand the bytes of LOAD_CHUNK, PATCH_CHUNK or INPUT to who takes them; answer where they end. */
static status_t take_chunk(const frame_t *request, answer_t *answer,
                           status_t (*take)(uint32_t, const uint8_t *, size_t, uint32_t *))
{
    chunk_t chunk;
    uint32_t next = 0;
    memcpy(&chunk, request->payload, sizeof chunk);
    RETURN_IF_ERROR(
        take(chunk.offset, request->payload + sizeof chunk, request->length - sizeof chunk, &next));
    append_next(answer, next);
    return STATUS_OK;
}

static status_t load_chunk(const frame_t *request, answer_t *answer)
{
    return take_chunk(request, answer, store_append);
}

/** Another image is in force, or none. */
static void forget(void)
{
    network_forget();
    learning_forget();
}

static status_t load_commit(const frame_t *request, answer_t *answer)
{
    (void)request;
    (void)answer;
    RETURN_IF_ERROR(store_commit());
    forget();
    return STATUS_OK;
}

static status_t patch_begin(const frame_t *request, answer_t *answer)
{
    patch_begin_t patch;
    uint32_t next = 0;
    memcpy(&patch, request->payload, sizeof patch);
    RETURN_IF_ERROR(store_patch_begin(&patch, &next));
    append_next(answer, next);
    return STATUS_OK;
}

static status_t patch_chunk(const frame_t *request, answer_t *answer)
{
    return take_chunk(request, answer, store_patch);
}

static status_t patch_commit(const frame_t *request, answer_t *answer)
{
    patch_answer_t body;
    (void)request;
    RETURN_IF_ERROR(store_patch_commit());
    forget();
    memcpy(body.image_hash, store_sha256(), sizeof body.image_hash);
    answer_append(answer, &body, sizeof body);
    return STATUS_OK;
}

static status_t input(const frame_t *request, answer_t *answer)
{
    return take_chunk(request, answer, network_input);
}

static status_t run(const frame_t *request, answer_t *answer)
{
    uint64_t ticks;
    view_t result;
    run_t wanted;
    memcpy(&wanted, request->payload, sizeof wanted);
    RETURN_IF((wanted.flags & ~RUN_FLAG_PROFILE) != 0, STATUS_BAD_ARG);
    RETURN_IF_ERROR(network_run((wanted.flags & RUN_FLAG_PROFILE) != 0, &ticks));
    RETURN_IF_ERROR(network_output(&result));

    const run_answer_t body = {.ticks = ticks, .output_bytes = (uint32_t)result.length};
    answer_append(answer, &body, sizeof body);
    if (result.length <= REQUESTS_MAX_ANSWER - sizeof body) {
        answer_append(answer, result.bytes, result.length);
    }
    return STATUS_OK;
}

static status_t output(const frame_t *request, answer_t *answer)
{
    output_t wanted;
    view_t all;
    memcpy(&wanted, request->payload, sizeof wanted);
    RETURN_IF_ERROR(network_output(&all));
    RETURN_IF(wanted.length > REQUESTS_MAX_ANSWER, STATUS_BAD_ARG);
    RETURN_IF(wanted.offset > all.length || wanted.length > all.length - wanted.offset,
              STATUS_BAD_ARG);
    answer_append(answer, all.bytes + wanted.offset, wanted.length);
    return STATUS_OK;
}

static status_t profile(const frame_t *request, answer_t *answer)
{
    profile_t wanted;
    size_t num_operators;
    memcpy(&wanted, request->payload, sizeof wanted);
    RETURN_IF_ERROR(network_profile(&num_operators));
    RETURN_IF(wanted.first_operator > num_operators, STATUS_BAD_ARG);

    const profile_answer_t body = {.num_operators = (uint16_t)num_operators};
    answer_append(answer, &body, sizeof body);
    for (size_t i = wanted.first_operator; i < num_operators; i++) {
        const profile_entry_t entry = {.kind = network_operator_kind(i),
                                       .ticks = network_operator_ticks(i)};
        if (answer->length + sizeof entry > REQUESTS_MAX_ANSWER) {
            break;
        }
        answer_append(answer, &entry, sizeof entry);
    }
    return STATUS_OK;
}

static status_t reset(const frame_t *request, answer_t *answer)
{
    (void)request;
    (void)answer;
    store_reset();
    forget();
    return STATUS_OK;
}

static status_t model_flash(const frame_t *request, answer_t *answer)
{
    flash_t wanted;
    (void)answer;
    memcpy(&wanted, request->payload, sizeof wanted);
    return port_model_flash(wanted.latency_ticks, wanted.ticks_per_kib) ? STATUS_OK
                                                                        : STATUS_UNKNOWN;
}

static status_t tell_counters(const frame_t *request, answer_t *answer)
{
    const link_counters_t link = link_counters();
    const counters_answer_t body = {.executed = counters.executed,
                                    .cached_answers = counters.cached_answers,
                                    .bad_frames = link.bad_frames,
                                    .overruns = link.overruns + port_overruns()};
    (void)request;
    answer_append(answer, &body, sizeof body);
    return STATUS_OK;
}

/** The bytes themselves flow behind the answer; agent/agent.c sees to it. */
static status_t raw(const frame_t *request, answer_t *answer)
{
    raw_t wanted;
    (void)answer;
    memcpy(&wanted, request->payload, sizeof wanted);
    return wanted.direction <= RAW_TO_HOST ? STATUS_OK : STATUS_BAD_ARG;
}

#if AIRLOOP_FAULTS
static status_t fault(const frame_t *request, answer_t *answer)
{
    fault_t wanted;
    (void)answer;
    memcpy(&wanted, request->payload, sizeof wanted);
    return fault_set(&wanted);
}
#endif

static const request_entry_t REQUESTS[] = {
    {MESSAGE_HELLO, sizeof(hello_t), false, hello},
    {MESSAGE_LOAD_BEGIN, sizeof(load_begin_t), false, load_begin},
    {MESSAGE_LOAD_CHUNK, sizeof(chunk_t), true, load_chunk},
    {MESSAGE_LOAD_COMMIT, 0, false, load_commit},
    {MESSAGE_INPUT, sizeof(chunk_t), true, input},
    {MESSAGE_RUN, sizeof(run_t), false, run},
    {MESSAGE_OUTPUT, sizeof(output_t), false, output},
    {MESSAGE_PROFILE, sizeof(profile_t), false, profile},
    {MESSAGE_RESET, 0, false, reset},
    {MESSAGE_COUNTERS, 0, false, tell_counters},
#if AIRLOOP_FAULTS
    {MESSAGE_FAULT, sizeof(fault_t), false, fault},
#endif
    {MESSAGE_RAW, sizeof(raw_t), false, raw},
    {MESSAGE_PATCH_BEGIN, sizeof(patch_begin_t), false, patch_begin},
    {MESSAGE_PATCH_CHUNK, sizeof(chunk_t), true, patch_chunk},
    {MESSAGE_PATCH_COMMIT, 0, false, patch_commit},
    {MESSAGE_LEARN_BEGIN, sizeof(learn_begin_t), true, learning_begin},
    {MESSAGE_LEARN_LABELS, 0, true, learning_labels},
    {MESSAGE_LEARN_STEP, sizeof(learn_step_t), false, learning_step},
    {MESSAGE_LEARN_RESUME, sizeof(learn_resume_t), true, learning_resume},
    {MESSAGE_FLASH, sizeof(flash_t), false, model_flash},
    {MESSAGE_EVENTS, sizeof(events_t), true, spikes_events},
    {MESSAGE_TALLY, sizeof(tally_t), false, spikes_tally},
    {MESSAGE_TEXT, sizeof(text_t), false, text_begin},
};

status_t requests_execute(const frame_t *request, answer_t *answer)
{
    for (size_t i = 0; i < sizeof REQUESTS / sizeof REQUESTS[0]; i++) {
        const request_entry_t *entry = &REQUESTS[i];
        if (entry->type == request->type) {
            const bool is_whole = entry->has_data ? request->length >= entry->payload_bytes
                                                  : request->length == entry->payload_bytes;
            return is_whole ? entry->execute(request, answer) : STATUS_BAD_ARG;
        }
    }
    return STATUS_UNKNOWN;
}
