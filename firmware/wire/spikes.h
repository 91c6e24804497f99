/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How a spiking network is streamed; see wire/messages.h.
 *
 * A window is told in pieces of one or more steps, and the network keeps its states between them.
 * Packed, a step is the number of its events and then the channel of each, all of them numbers of
 * one to four bytes: seven bits a byte, the least significant first, bit 7 set in all but the last.
 */
#ifndef AIRLOOP_WIRE_SPIKES_H
#define AIRLOOP_WIRE_SPIKES_H

#include "wire/messages.h"

/**
 * Followed by the packed steps. first_step 0 begins a window, the network at rest; any other must
 * be the next one of the window that is under way, or it is STATUS_BAD_ARG, as are a channel that
 * does not exist, and too few or too many bytes. STATUS_TOO_LARGE if a step has more events, or the
 * window more steps, than the image has room for. STATUS_BAD_STATE if no spiking network is in
 * force; INPUT, RUN and TEXT are that if one is. A piece is taken whole or not at all: after any
 * error the window goes on from where it was. Flags are those of run_t.
 */
typedef struct WIRE_PACKED {
    uint32_t first_step;
    uint16_t num_steps;
    uint8_t flags;
} events_t;

/** Followed by the scores after the last step, int32 [num_classes], if they fit into this frame;
 * OUTPUT has them as well. */
typedef struct WIRE_PACKED {
    uint64_t ticks; /**< of this piece */
    uint32_t next_step;
    uint32_t output_bytes;
} events_answer_t;

typedef struct WIRE_PACKED {
    uint16_t first_operator;
} tally_t;

/** Followed by as many entries, from the first asked for, as fit into this frame. */
typedef struct WIRE_PACKED {
    uint16_t num_operators;
} tally_answer_t;

/** What an operator did since the window began, modulo 2^32. */
typedef struct WIRE_PACKED {
    uint32_t events;      /**< rows of weights that were added */
    uint32_t spikes;      /**< that went out */
    uint32_t saturations; /**< values that a limit changed */
} tally_entry_t;

#endif
