/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/memory.h"

#include "ports/port.h"

#include <string.h>

_Alignas(16) __attribute__((section(".bss.image_slots"))) uint8_t
    memory_slots[MEMORY_SLOTS][AIRLOOP_IMAGE_CAPACITY];

_Alignas(16) __attribute__((section(".bss.arena"))) uint8_t memory_arena[AIRLOOP_ARENA_CAPACITY];

_Static_assert(AIRLOOP_IMAGE_CAPACITY % 16 == 0, "both slots are aligned");

#if MEMORY_SLOTS_ARE_FLASH
_Static_assert(AIRLOOP_IMAGE_CAPACITY % AIRLOOP_FLASH_PAGE_BYTES == 0, "a page is of one slot");
#endif

void memory_write_slot(size_t i_slot, uint32_t offset, const uint8_t *bytes, size_t length)
{
    uint8_t *place = memory_slots[i_slot] + offset;
#if MEMORY_SLOTS_ARE_FLASH
    port_flash_write(place, bytes, length);
#else
    memcpy(place, bytes, length);
#endif
}
