/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/cobs.h"

/** A code byte of 255 says: 254 bytes follow and no zero behind them. */
#define LONGEST_BLOCK 0xFFu

size_t cobs_encode(const uint8_t *restrict data, size_t length, uint8_t *restrict encoded)
{
    size_t code_at = 0;
    size_t end = 1;
    uint8_t code = 1;

    for (size_t i = 0; i < length; i++) {
        if (data[i] != 0) {
            encoded[end++] = data[i];
            code++;
        }
        if (data[i] == 0 || (code == LONGEST_BLOCK && i + 1 < length)) {
            encoded[code_at] = code;
            code_at = end++;
            code = 1;
        }
    }
    encoded[code_at] = code;
    return end;
}

size_t cobs_decode(uint8_t *data, size_t length)
{
    size_t from = 0;
    size_t to = 0;

    while (from < length) {
        const uint8_t code = data[from++];
        if (code == 0 || code - 1u > length - from) {
            return SIZE_MAX;
        }
        for (uint8_t i = 1; i < code; i++) {
            if (data[from] == 0) {
                return SIZE_MAX;
            }
            data[to++] = data[from++];
        }
        if (code != LONGEST_BLOCK && from < length) {
            data[to++] = 0;
        }
    }
    return to;
}
