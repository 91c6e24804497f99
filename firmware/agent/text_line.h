/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The command that is coming in, and its words.
 */
#ifndef AIRLOOP_AGENT_TEXT_LINE_H
#define AIRLOOP_AGENT_TEXT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes between spaces, or whatever ASCII counts among the control characters. */
typedef struct {
    const uint8_t *bytes;
    size_t length;
} text_word_t;

void text_line_clear(void);

/** Take a byte; what exceeds 80 is counted, not kept. */
void text_line_append(uint8_t byte);

bool text_line_is_too_long(void);

/** Return the next word of the command; its length is 0 behind the last one. */
text_word_t text_line_word(void);

bool text_word_is(const text_word_t *word, const char *name);

/** Read a word of one to six decimal digits. @return false if it is something else */
bool text_word_number(const text_word_t *word, uint32_t *number);

#endif
