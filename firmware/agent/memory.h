/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The two large pieces of memory: slots for images and the arena for activations.
 *
 * The linker script of a board decides where they lie.
 */
#ifndef AIRLOOP_AGENT_MEMORY_H
#define AIRLOOP_AGENT_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#ifndef AIRLOOP_IMAGE_CAPACITY
#error "define AIRLOOP_IMAGE_CAPACITY: bytes of the largest image, a multiple of 16"
#endif
#ifndef AIRLOOP_ARENA_CAPACITY
#error "define AIRLOOP_ARENA_CAPACITY: bytes of the largest arena, a multiple of 16"
#endif

#ifndef AIRLOOP_FLASH_PAGE_BYTES
#define AIRLOOP_FLASH_PAGE_BYTES 0
#endif

#define MEMORY_SLOTS 2u

/** Whether slots lie in flash, which only whole loads can change. */
#define MEMORY_SLOTS_ARE_FLASH (AIRLOOP_FLASH_PAGE_BYTES != 0)

extern uint8_t memory_slots[MEMORY_SLOTS][AIRLOOP_IMAGE_CAPACITY];
extern uint8_t memory_arena[AIRLOOP_ARENA_CAPACITY];

/** Write bytes into a slot; in flash they come in ascending order from 0 on. */
void memory_write_slot(size_t i_slot, uint32_t offset, const uint8_t *bytes, size_t length);

#endif
