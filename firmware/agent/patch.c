/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/patch.h"

#include "wire/number.h"

#include <string.h>

/** Bytes of one piece, and where they go. */
typedef struct {
    uint32_t offset;
    uint32_t length;
    const uint8_t *bytes;
} piece_t;

/** Take one piece off `rest`, whose skip counts from `from` <= `total`. */
static bool take_piece(number_rest_t *rest, uint32_t from, uint32_t total, piece_t *piece)
{
    uint32_t skip;
    if (!number_take(rest, &skip) || !number_take(rest, &piece->length)) {
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
    for (number_rest_t rest = {.next = pieces, .length = length}; rest.length > 0;) {
        RETURN_IF(!take_piece(&rest, end, total, &piece), STATUS_BAD_ARG);
        end = piece.offset + piece.length;
    }

    for (number_rest_t rest = {.next = pieces, .length = length}; rest.length > 0;) {
        (void)take_piece(&rest, *offset, total, &piece);
        memcpy(image + piece.offset, piece.bytes, piece.length);
        *offset = piece.offset + piece.length;
    }
    return STATUS_OK;
}
