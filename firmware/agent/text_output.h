/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the text front says: ASCII, collected where the answers of frames lie.
 */
#ifndef AIRLOOP_AGENT_TEXT_OUTPUT_H
#define AIRLOOP_AGENT_TEXT_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

void text_put(const char *words);

/** Put bytes of any origin; what is no printable ASCII becomes a question mark. */
void text_put_printable(const uint8_t *bytes, size_t length);

/** Put a number with the point before its last `num_decimals` digits. */
void text_put_number(uint64_t value, uint32_t num_decimals);

/** Put a whole number between words. */
void text_put_counted(const char *before, uint32_t number, const char *behind);

/** Put two hexadecimal digits. */
void text_put_hex(uint8_t byte);

/** Put an error, e-[...], as a line. */
void text_put_error(const char *problem);

/** Send what was put so far. */
void text_flush(void);

#endif
