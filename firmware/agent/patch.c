/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/patch.h"

#include <stdbool.h>
#include <string.h>

#define MAX_NUMBER_BITS 28u

/** What is left of the pieces. */
typedef struct {
    const uint8_t *next;
    size_t length;
} rest_t;

/** Bytes of one piece, and where they go. */
typedef struct {
    uint32_t offset;
    uint32_t length;
    const uint8_t *bytes;
} piece_t;

static bool take_number(rest_t *rest, uint32_t *number)
{
    *number = 0;
    for (uint32_t shift = 0; shift < MAX_NUMBER_BITS && rest->length > 0; shift += 7) {
        const uint8_t byte = *rest->next++;
        rest->length--;
        *number |= (uint32_t)(byte & 0x7Fu) << shift;
        if (byte < 0x80u) {
            return true;
        }
    }
    return false;
}

/** Take one piece off `rest`, whose skip counts from `from` <= `total`. */
static bool take_piece(rest_t *rest, uint32_t from, uint32_t total, piece_t *piece)
{
    uint32_t skip;
    if (!take_number(rest, &skip) || !take_number(rest, &piece->length)) {
        return false;
    }
    if (skip > total - from || piece->length > total - from - skip) {
        return false;
    }
    if (piece->length == 0 || piece->length > rest->length) {
        return false;
    }
    piece->offset = from + skip;
    piece->bytes = rest->next;
    rest->next += piece->length;
    rest->length -= piece->length;
    return true;
}

status_t patch_apply(uint8_t *image, uint32_t total, uint32_t *offset, const uint8_t *pieces,
                     size_t length)
{
    piece_t piece;
    uint32_t end = *offset;
    for (rest_t rest = {.next = pieces, .length = length}; rest.length > 0;) {
        RETURN_IF(!take_piece(&rest, end, total, &piece), STATUS_BAD_ARG);
        end = piece.offset + piece.length;
    }

    for (rest_t rest = {.next = pieces, .length = length}; rest.length > 0;) {
        (void)take_piece(&rest, *offset, total, &piece);
        memcpy(image + piece.offset, piece.bytes, piece.length);
        *offset = piece.offset + piece.length;
    }
    return STATUS_OK;
}
