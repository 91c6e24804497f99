/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/text_output.h"

#include "agent/link.h"
#include "agent/text_values.h"
#include "ports/port.h"

#define BUFFER_BYTES 256u
#define MAX_DIGITS 20u

static size_t num_collected;

static void put(uint8_t letter)
{
    link_answer()[num_collected++] = letter;
    if (num_collected == BUFFER_BYTES) {
        text_flush();
    }
}

void text_flush(void)
{
    port_write(link_answer(), num_collected);
    num_collected = 0;
}

void text_put(const char *words)
{
    while (*words != '\0') {
        put((uint8_t)*words++);
    }
}

void text_put_printable(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        put(bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : (uint8_t)'?');
    }
}

void text_put_number(uint64_t value, uint32_t num_decimals)
{
    uint8_t digits[MAX_DIGITS];
    uint32_t num_digits = 0;
    while (value != 0 || num_digits <= num_decimals) {
        uint16_t digit;
        value = text_divide(value, 10u, &digit);
        digits[num_digits++] = (uint8_t)('0' + digit);
    }
    while (num_digits > 0) {
        put(digits[--num_digits]);
        if (num_digits == num_decimals && num_decimals > 0) {
            put('.');
        }
    }
}

void text_put_hex(uint8_t byte)
{
    static const char DIGITS[] = "0123456789abcdef";
    put((uint8_t)DIGITS[byte >> 4]);
    put((uint8_t)DIGITS[byte & 15u]);
}

void text_put_error(const char *problem)
{
    text_put("e-[");
    text_put(problem);
    text_put("]\r\n");
}

void text_put_counted(const char *before, uint32_t number, const char *behind)
{
    text_put(before);
    text_put_number(number, 0);
    text_put(behind);
}
