/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/event_list.h"

/** Take the channels. Most are of one byte; a longer one is left to `number_take`. */
static bool take_channels(number_rest_t *rest, uint32_t num_channels, uint16_t *next,
                          const uint16_t *end)
{
    const uint8_t *byte = rest->next;
    const uint8_t *const last = byte + rest->length;
    uint32_t channel;
    for (; next != end; *next++ = (uint16_t)channel) {
        if (byte != last && *byte < 0x80u) {
            channel = *byte++;
        } else {
            number_rest_t long_one = {.next = byte, .length = (size_t)(last - byte)};
            if (!number_take(&long_one, &channel)) {
                return false;
            }
            byte = long_one.next;
        }
        if (channel >= num_channels) {
            return false;
        }
    }
    rest->next = byte;
    rest->length = (size_t)(last - byte);
    return true;
}

status_t event_list_take(number_rest_t *rest, size_t num_channels, size_t room, uint16_t *list)
{
    uint32_t num_events;
    RETURN_IF(!number_take(rest, &num_events), STATUS_BAD_ARG);
    RETURN_IF(num_events > room, STATUS_TOO_LARGE);
    list[0] = (uint16_t)num_events;
    return take_channels(rest, (uint32_t)num_channels, list + 1, list + 1 + num_events)
               ? STATUS_OK
               : STATUS_BAD_ARG;
}
