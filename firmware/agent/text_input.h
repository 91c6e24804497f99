/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The input of the text front, as the commands of `db` bring it.
 *
 * A run eats the input of a network, for activations take its place. What came therefore waits
 * behind the arena of the network, where nothing else lies, and is copied before each run.
 */
#ifndef AIRLOOP_AGENT_TEXT_INPUT_H
#define AIRLOOP_AGENT_TEXT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Begin without any. @param is_unsigned  bytes come as uint8, 128 above the network's int8 */
void text_input_begin(bool is_unsigned);

/** Return how many bytes the network in force takes. */
size_t text_input_bytes(void);

/** Return where they wait; there must be room behind the arena. */
uint8_t *text_input_place(void);

bool text_input_is_whole(void);

/** The command `db`; its arguments are the next words of the line. */
void text_input_db(void);

#endif
