/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the kernels of spiking networks hand to each other: lists of events, and tallies.
 *
 * A list is uint16 [1 + room]: how many events, then for each the row of weights that it adds.
 * Kernels believe it: nobody but them and run/window.c writes one, as image/spiking.c proves.
 */
#ifndef AIRLOOP_KERNELS_SPIKING_H
#define AIRLOOP_KERNELS_SPIKING_H

#include <stddef.h>
#include <stdint.h>

/** Most events of a step and neurons of a layer, so that lists and sums have room for them. */
#define SPIKING_MAX_EVENTS 32767u

/** What an operator did since the window began, modulo 2^32; in front of its states. */
typedef struct {
    uint32_t events;      /**< rows of weights that were added */
    uint32_t spikes;      /**< that went out */
    uint32_t saturations; /**< values that a limit changed */
    uint32_t steps;
} spiking_tally_t;

_Static_assert(sizeof(spiking_tally_t) == 16, "states stay aligned");

/** Return the bytes of a list. */
static inline size_t spiking_list_bytes(size_t room)
{
    return (1 + room) * sizeof(uint16_t);
}

#endif
