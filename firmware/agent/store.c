/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/store.h"

#include "agent/memory.h"
#include "image/validate.h"
#include "wire/crc32.h"

#include <string.h>

static struct {
    bool is_full;       /**< an image is in force */
    size_t active;      /**< the slot of the image in force */
    uint8_t sha256[32]; /**< of the image in force */
    bool is_loading;
    load_begin_t load;
    uint32_t next;
} store;

static uint8_t *loading_slot(void)
{
    return memory_slots[(store.active + 1) % MEMORY_SLOTS];
}

status_t store_begin(const load_begin_t *load, uint32_t *next)
{
    RETURN_IF(load->total > AIRLOOP_IMAGE_CAPACITY, STATUS_TOO_LARGE);
    if (!store.is_loading || memcmp(&store.load, load, sizeof *load) != 0) {
        store.load = *load;
        store.next = 0;
        store.is_loading = true;
    }
    *next = store.next;
    return STATUS_OK;
}

status_t store_append(uint32_t offset, const uint8_t *bytes, size_t length, uint32_t *next)
{
    RETURN_IF(!store.is_loading, STATUS_BAD_STATE);
    RETURN_IF(offset != store.next || length > store.load.total - offset, STATUS_BAD_ARG);
    memcpy(loading_slot() + offset, bytes, length);
    store.next += (uint32_t)length;
    *next = store.next;
    return STATUS_OK;
}

static status_t verify(const uint8_t *bytes)
{
    const uint32_t total = store.load.total;
    RETURN_IF(crc32_update(0, bytes, total) != store.load.crc32, STATUS_BAD_IMAGE);
    return image_validate(bytes, total, AIRLOOP_ARENA_CAPACITY);
}

status_t store_commit(void)
{
    RETURN_IF(!store.is_loading || store.next != store.load.total, STATUS_BAD_STATE);
    store.is_loading = false;
    RETURN_IF_ERROR(verify(loading_slot()));
    store.active = (store.active + 1) % MEMORY_SLOTS;
    memcpy(store.sha256, store.load.sha256, sizeof store.sha256);
    store.is_full = true;
    return STATUS_OK;
}

void store_reset(void)
{
    store.is_full = false;
    store.is_loading = false;
}

const uint8_t *store_sha256(void)
{
    return store.is_full ? store.sha256 : NULL;
}

const uint8_t *store_image(void)
{
    return store.is_full ? memory_slots[store.active] : NULL;
}
