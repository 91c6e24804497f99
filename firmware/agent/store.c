/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/store.h"

#include "agent/memory.h"
#include "agent/patch.h"
#include "image/seal.h"
#include "image/validate.h"
#include "wire/crc32.h"

#include <string.h>

/** What a slot holds, or will. */
typedef struct {
    load_begin_t announced;
    uint32_t next; /**< all bytes before it have arrived */
} slot_t;

/** What is under way in the other slot than that of the image in force. */
typedef enum { TRANSFER_NONE, TRANSFER_LOAD, TRANSFER_PATCH } transfer_t;

static struct {
    bool is_full;  /**< an image is in force */
    size_t active; /**< the slot of the image in force */
    transfer_t transfer;
    slot_t slots[MEMORY_SLOTS];
} store;

static size_t other(void)
{
    return (store.active + 1) % MEMORY_SLOTS;
}

static bool is_announced(const slot_t *slot, const load_begin_t *load)
{
    return memcmp(&slot->announced, load, sizeof *load) == 0;
}

status_t store_begin(const load_begin_t *load, uint32_t *next)
{
    slot_t *slot = &store.slots[other()];
    RETURN_IF(load->total > AIRLOOP_IMAGE_CAPACITY, STATUS_TOO_LARGE);
    if (store.transfer == TRANSFER_PATCH || !is_announced(slot, load)) {
        *slot = (slot_t){.announced = *load};
    }
    store.transfer = TRANSFER_LOAD;
    *next = slot->next;
    return STATUS_OK;
}

status_t store_append(uint32_t offset, const uint8_t *bytes, size_t length, uint32_t *next)
{
    slot_t *slot = &store.slots[other()];
    RETURN_IF(store.transfer != TRANSFER_LOAD, STATUS_BAD_STATE);
    RETURN_IF(offset != slot->next || length > slot->announced.total - offset, STATUS_BAD_ARG);
    memory_write_slot(other(), offset, bytes, length);
    slot->next += (uint32_t)length;
    *next = slot->next;
    return STATUS_OK;
}

static status_t verified(const slot_t *slot, const uint8_t *bytes)
{
    const uint32_t total = slot->announced.total;
    RETURN_IF(crc32_update(0, bytes, total) != slot->announced.crc32, STATUS_BAD_IMAGE);
    return image_validate(bytes, total, AIRLOOP_ARENA_CAPACITY);
}

/** Put the other slot's image in force if it is whole; forget it if not. */
static status_t commit(void)
{
    slot_t *slot = &store.slots[other()];
    const status_t status = verified(slot, memory_slots[other()]);

    store.transfer = TRANSFER_NONE;
    if (status != STATUS_OK) {
        *slot = (slot_t){0};
        return status;
    }
    slot->next = slot->announced.total;
    store.active = other();
    store.is_full = true;
    return STATUS_OK;
}

status_t store_commit(void)
{
    const slot_t *slot = &store.slots[other()];
    RETURN_IF(store.transfer != TRANSFER_LOAD || slot->next != slot->announced.total,
              STATUS_BAD_STATE);
    return commit();
}

status_t store_patch_begin(const patch_begin_t *patch, uint32_t *next)
{
    slot_t *slot = &store.slots[other()];
    load_begin_t target = {.total = patch->total, .crc32 = patch->crc32};
    memcpy(target.sha256, patch->sha256, sizeof target.sha256);

    RETURN_IF(MEMORY_SLOTS_ARE_FLASH, STATUS_READ_ONLY);
    RETURN_IF(!store.is_full, STATUS_BAD_STATE);
    RETURN_IF(memcmp(patch->base_sha256, store_sha256(), sizeof patch->base_sha256) != 0,
              STATUS_WRONG_BASE);
    RETURN_IF(target.total != store.slots[store.active].announced.total, STATUS_BAD_ARG);
    if (store.transfer != TRANSFER_PATCH || !is_announced(slot, &target)) {
        memcpy(memory_slots[other()], store_image(), target.total);
        *slot = (slot_t){.announced = target};
    }
    store.transfer = TRANSFER_PATCH;
    *next = slot->next;
    return STATUS_OK;
}

status_t store_patch(uint32_t offset, const uint8_t *pieces, size_t length, uint32_t *next)
{
    slot_t *slot = &store.slots[other()];
    RETURN_IF(store.transfer != TRANSFER_PATCH, STATUS_BAD_STATE);
    RETURN_IF(offset != slot->next, STATUS_BAD_ARG);
    RETURN_IF_ERROR(
        patch_apply(memory_slots[other()], slot->announced.total, &slot->next, pieces, length));
    *next = slot->next;
    return STATUS_OK;
}

status_t store_patch_commit(void)
{
    RETURN_IF(store.transfer != TRANSFER_PATCH, STATUS_BAD_STATE);
    return commit();
}

uint8_t *store_copy(void)
{
    slot_t *slot = &store.slots[other()];
    if (MEMORY_SLOTS_ARE_FLASH || !store.is_full) {
        return NULL;
    }
    store.transfer = TRANSFER_NONE;
    *slot = (slot_t){.announced.total = store.slots[store.active].announced.total};
    memcpy(memory_slots[other()], store_image(), slot->announced.total);
    return memory_slots[other()];
}

status_t store_copy_commit(void)
{
    slot_t *slot = &store.slots[other()];
    uint8_t *copy = memory_slots[other()];
    image_seal(copy, slot->announced.sha256);
    slot->announced.crc32 = crc32_update(0, copy, slot->announced.total);
    return commit();
}

void store_reset(void)
{
    memset(&store, 0, sizeof store);
}

const uint8_t *store_sha256(void)
{
    return store.is_full ? store.slots[store.active].announced.sha256 : NULL;
}

const uint8_t *store_image(void)
{
    return store.is_full ? memory_slots[store.active] : NULL;
}
