/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/agent.h"

#include "agent/link.h"
#include "agent/requests.h"
#include "agent/text.h"
#include "ports/port.h"
#include "wire/crc32.h"

#include <string.h>

#define RAW_CHUNK_BYTES 256u

/** The request that was executed last. */
static struct {
    bool is_set;
    uint16_t seq;
} last;

/** Send `num_bytes` bytes, byte i being i & 0xFF. */
static void send_raw(uint32_t num_bytes)
{
    uint8_t pattern[RAW_CHUNK_BYTES];
    for (size_t i = 0; i < sizeof pattern; i++) {
        pattern[i] = (uint8_t)i;
    }
    while (num_bytes > 0) {
        const size_t length = num_bytes < sizeof pattern ? num_bytes : sizeof pattern;
        port_write(pattern, length);
        num_bytes -= (uint32_t)length;
    }
}

/** Take `num_bytes` bytes and answer with their checksum. */
static void receive_raw(uint16_t seq, uint32_t num_bytes)
{
    raw_answer_t body = {.crc32 = 0};
    while (num_bytes > 0) {
        const uint8_t *bytes;
        const size_t length = link_receive_raw(&bytes, num_bytes);
        if (length == 0) {
            return;
        }
        body.crc32 = crc32_update(body.crc32, bytes, length);
        num_bytes -= (uint32_t)length;
    }
    uint8_t *payload = link_answer();
    payload[0] = STATUS_OK;
    memcpy(payload + 1, &body, sizeof body);
    link_send(MESSAGE_RAW | WIRE_ANSWER_BIT, seq, 1 + sizeof body);
}

/** Let the unframed bytes flow that a RAW announced. */
static void follow_raw(uint16_t seq, const raw_t *raw)
{
    if (raw->direction == RAW_TO_HOST) {
        send_raw(raw->num_bytes);
    } else {
        receive_raw(seq, raw->num_bytes);
    }
}

static void execute(const frame_t *request)
{
    uint8_t *payload = link_answer();
    answer_t answer = {.bytes = payload + 1, .length = 0};
    raw_t raw = {0};

    const uint8_t type = request->type;
    requests_counters()->executed += type != MESSAGE_HELLO;
    const status_t status = requests_execute(request, &answer);
    const bool is_raw = type == MESSAGE_RAW && status == STATUS_OK;
    if (is_raw) {
        memcpy(&raw, request->payload, sizeof raw);
    }
    last.is_set = true;
    last.seq = request->seq;
    payload[0] = (uint8_t)status;
    const bool has_body = status == STATUS_OK || type == MESSAGE_HELLO;
    link_send(type | WIRE_ANSWER_BIT, request->seq, 1 + (has_body ? answer.length : 0));
    if (is_raw) {
        follow_raw(last.seq, &raw);
    } else if (type == MESSAGE_TEXT && status == STATUS_OK) {
        text_serve();
    }
}

/** Whether a request is answered once more as it was. Text has overwritten the answer to TEXT. */
static bool is_repeated(const frame_t *request)
{
    return request->type != MESSAGE_HELLO && request->type != MESSAGE_TEXT && last.is_set &&
           request->seq == last.seq;
}

void agent_run(void)
{
    frame_t request;
    while (link_receive(&request)) {
        if (is_repeated(&request)) {
            requests_counters()->cached_answers++;
            link_send_again();
        } else {
            execute(&request);
        }
    }
}
