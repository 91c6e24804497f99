/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/hello.h"

#include "agent/fault.h"
#include "agent/memory.h"
#include "agent/store.h"
#include "image/validate.h"
#include "kernels/simd.h"
#include "ports/port.h"

#include <string.h>

#define MAX_NAME_BYTES 63u

#ifndef AIRLOOP_FIRMWARE_HASH
#error "define AIRLOOP_FIRMWARE_HASH: the first 8 bytes of the digest of the sources, as UINT64_C"
#endif

static void append_tail(answer_t *answer)
{
    const port_info_t *info = port_info();
    const uint8_t *sha256 = store_sha256();
    hello_tail_t tail = {.agent_ram_bytes = info->agent_ram_bytes,
                         .agent_flash_bytes = info->agent_flash_bytes};
    if (sha256 != NULL) {
        memcpy(tail.image_hash, sha256, sizeof tail.image_hash);
        tail.arena_bytes = (uint32_t)image_arena_bytes(store_image());
    }
    answer_append(answer, &tail, sizeof tail);
}

static uint8_t name_bytes(const char *name)
{
    const size_t length = strlen(name);
    return (uint8_t)(length < MAX_NAME_BYTES ? length : MAX_NAME_BYTES);
}

status_t hello(const frame_t *request, answer_t *answer)
{
    const port_info_t *info = port_info();
    const uint64_t hash = AIRLOOP_FIRMWARE_HASH;
    hello_answer_t mine = {.wire_version = WIRE_VERSION,
                           .max_payload = WIRE_MAX_PAYLOAD,
                           .image_capacity = AIRLOOP_IMAGE_CAPACITY,
                           .arena_capacity = AIRLOOP_ARENA_CAPACITY,
                           .clock_hz = info->clock_hz,
                           .tick_bits = info->tick_bits,
                           .flags = AIRLOOP_FAULTS * HELLO_FLAG_FAULT_INJECTION +
                                    AIRLOOP_SIMD * HELLO_FLAG_SIMD +
                                    MEMORY_SLOTS_ARE_FLASH * HELLO_FLAG_READ_ONLY,
                           .name_bytes = name_bytes(info->name)};
    hello_t theirs;

    for (size_t i = 0; i < sizeof mine.firmware_hash; i++) {
        mine.firmware_hash[i] = (uint8_t)(hash >> (56u - 8u * i));
    }
    answer_append(answer, &mine, sizeof mine);
    answer_append(answer, info->name, mine.name_bytes);
    append_tail(answer);
    memcpy(&theirs, request->payload, sizeof theirs);
    return theirs.wire_version == WIRE_VERSION ? STATUS_OK : STATUS_WRONG_VERSION;
}
