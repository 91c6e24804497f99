/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Numbers of one to four bytes, LEB128: seven bits a byte, the least significant first, bit 7 set
 * in all bytes but the last.
 */
#ifndef AIRLOOP_WIRE_NUMBER_H
#define AIRLOOP_WIRE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBER_MAX_BITS 28u

/** What is left of a payload. */
typedef struct {
    const uint8_t *next;
    size_t length;
} number_rest_t;

/** Take a number off `rest`. @return false if there is no whole one of at most four bytes */
static inline bool number_take(number_rest_t *rest, uint32_t *number)
{
    *number = 0;
    for (uint32_t shift = 0; shift < NUMBER_MAX_BITS && rest->length > 0; shift += 7) {
        const uint8_t byte = *rest->next++;
        rest->length--;
        *number |= (uint32_t)(byte & 0x7Fu) << shift;
        if (byte < 0x80u) {
            return true;
        }
    }
    return false;
}

#endif
