/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/memory.h"

_Alignas(16) __attribute__((section(".bss.image_slots"))) uint8_t
    memory_slots[MEMORY_SLOTS][AIRLOOP_IMAGE_CAPACITY];

_Alignas(16) __attribute__((section(".bss.arena"))) uint8_t memory_arena[AIRLOOP_ARENA_CAPACITY];

_Static_assert(AIRLOOP_IMAGE_CAPACITY % 16 == 0, "both slots are aligned");
