/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/text.h"

#include "agent/learning.h"
#include "agent/link.h"
#include "agent/network.h"
#include "agent/text_input.h"
#include "agent/text_line.h"
#include "agent/text_network.h"
#include "agent/text_output.h"
#include "ports/port.h"

#include <string.h>

typedef struct {
    const char *name;
    void (*execute)(void);
} command_t;

static uint8_t model[sizeof((text_t *)NULL)->model];

status_t text_begin(const frame_t *request, answer_t *answer)
{
    text_t wanted;
    (void)answer;
    memcpy(&wanted, request->payload, sizeof wanted);
    RETURN_IF_ERROR(text_network_begin(&wanted));
    network_forget();
    learning_forget();
    memcpy(model, wanted.model, sizeof model);
    text_line_clear();
    return STATUS_OK;
}

static void put_enclosed(const char *key, const uint8_t *bytes, size_t length)
{
    text_put(key);
    text_put_printable(bytes, length);
    text_put("]\r\n");
}

static void name(void)
{
    const char *board = port_info()->name;
    put_enclosed("m-name-dut-[", (const uint8_t *)board, strlen(board));
}

static void profile(void)
{
    size_t length = 0;
    while (length < sizeof model && model[length] != 0) {
        length++;
    }
    text_put("m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\n");
    put_enclosed("m-model-[", model, length);
}

static void help(void)
{
    text_put("name profile timestamp help results\r\n"
             "db load N, db HH.., db print, infer N [W=10]\r\n");
}

static const command_t COMMANDS[] = {
    {"name", name},
    {"timestamp", text_network_timestamp},
    {"profile", profile},
    {"help", help},
    {"db", text_input_db},
    {"infer", text_network_infer},
    {"results", text_network_results},
};

static void execute(void)
{
    const text_word_t word = text_line_word();
    if (word.length == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        if (text_word_is(&word, COMMANDS[i].name)) {
            COMMANDS[i].execute();
            return;
        }
    }
    put_enclosed("e-[Unknown command: ", word.bytes, word.length);
}

/** Say that the next command may come. */
static void become_ready(void)
{
    text_put("m-ready\r\n");
    text_flush();
    text_line_clear();
}

static void answer_line(void)
{
    if (text_line_is_too_long()) {
        text_put_error("Command is too long");
    } else {
        execute();
    }
    become_ready();
}

void text_serve(void)
{
    static const uint8_t END_OF_TEXT = FRAME_END;
    const uint8_t *byte;
    text_network_announce();
    text_put("m-init-done\r\n");
    become_ready();
    while (link_receive_raw(&byte, 1) != 0 && *byte != FRAME_END) {
        if (*byte == '%') {
            answer_line();
        } else {
            text_line_append(*byte);
        }
    }
    port_trigger(false);
    port_write(&END_OF_TEXT, 1);
}
