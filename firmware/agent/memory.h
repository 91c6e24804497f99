/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The two large pieces of memory: slots for images and the arena for activations.
 *
 * The linker script of a board decides where they lie.
 */
#ifndef AIRLOOP_AGENT_MEMORY_H
#define AIRLOOP_AGENT_MEMORY_H

#include <stdint.h>

#ifndef AIRLOOP_IMAGE_CAPACITY
#error "define AIRLOOP_IMAGE_CAPACITY: bytes of the largest image, a multiple of 16"
#endif
#ifndef AIRLOOP_ARENA_CAPACITY
#error "define AIRLOOP_ARENA_CAPACITY: bytes of the largest arena, a multiple of 16"
#endif

#define MEMORY_SLOTS 2u

extern uint8_t memory_slots[MEMORY_SLOTS][AIRLOOP_IMAGE_CAPACITY];
extern uint8_t memory_arena[AIRLOOP_ARENA_CAPACITY];

#endif
