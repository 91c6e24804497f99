/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/text_line.h"

#include <string.h>

#define MAX_BYTES 80u
#define MAX_DIGITS 6u

static struct {
    uint8_t bytes[MAX_BYTES];
    uint8_t length; /**< MAX_BYTES + 1 = too long */
    uint8_t next;   /**< first byte behind the words read so far */
} line;

void text_line_clear(void)
{
    line.length = 0;
    line.next = 0;
}

void text_line_append(uint8_t byte)
{
    if (line.length < MAX_BYTES) {
        line.bytes[line.length] = byte;
    }
    line.length = (uint8_t)(line.length + (line.length <= MAX_BYTES));
}

bool text_line_is_too_long(void)
{
    return line.length > MAX_BYTES;
}

text_word_t text_line_word(void)
{
    while (line.next < line.length && line.bytes[line.next] <= ' ') {
        line.next++;
    }
    text_word_t word = {.bytes = line.bytes + line.next, .length = 0};
    while (line.next < line.length && line.bytes[line.next] > ' ') {
        line.next++;
        word.length++;
    }
    return word;
}

bool text_word_is(const text_word_t *word, const char *name)
{
    return word->length == strlen(name) && memcmp(word->bytes, name, word->length) == 0;
}

bool text_word_number(const text_word_t *word, uint32_t *number)
{
    *number = 0;
    for (size_t i = 0; i < word->length; i++) {
        const uint32_t digit = (uint32_t)word->bytes[i] - '0';
        if (digit > 9u) {
            return false;
        }
        *number = *number * 10u + digit;
    }
    return word->length >= 1u && word->length <= MAX_DIGITS;
}
