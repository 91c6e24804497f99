/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/text_input.h"

#include "agent/memory.h"
#include "agent/store.h"
#include "agent/text_line.h"
#include "agent/text_network.h"
#include "agent/text_output.h"
#include "image/validate.h"

#define BYTES_A_LINE 8u
#define BIAS_OF_UNSIGNED 0x80u
#define NO_DIGIT 16u

static struct {
    uint32_t num_received;
    bool is_expected; /**< `db load` has come */
    uint8_t bias;     /**< between a byte and the network's */
} input;

void text_input_begin(bool is_unsigned)
{
    input.num_received = 0;
    input.is_expected = false;
    input.bias = is_unsigned ? BIAS_OF_UNSIGNED : 0;
}

size_t text_input_bytes(void)
{
    const image_tensor_t *t = &image_header(store_image())->input;
    return (size_t)t->height * t->width * t->channels;
}

uint8_t *text_input_place(void)
{
    return memory_arena + image_arena_bytes(store_image());
}

bool text_input_is_whole(void)
{
    return input.is_expected && input.num_received == text_input_bytes();
}

static void begin_load(void)
{
    const text_word_t word = text_line_word();
    uint32_t number;
    input.num_received = 0;
    text_network_forget();
    input.is_expected = text_word_number(&word, &number) && number == text_input_bytes();
    if (input.is_expected) {
        text_put_counted("m-[Expecting ", number, " bytes]\r\n");
    } else {
        text_put_counted("e-[Command 'db load' must be ", (uint32_t)text_input_bytes(),
                         " bytes]\r\n");
    }
}

static void print_input(void)
{
    for (uint32_t i = 0; i < input.num_received; i++) {
        const bool ends_line = i % BYTES_A_LINE == BYTES_A_LINE - 1u;
        text_put(i % BYTES_A_LINE == 0 ? "m-buffer-" : "-");
        text_put_hex(text_input_place()[i] ^ input.bias);
        if (ends_line || i + 1u == input.num_received) {
            text_put("\r\n");
        }
    }
}

/** Return the value of a hexadecimal digit; 16 if it is none. */
static uint32_t digit_of(uint8_t letter)
{
    const uint32_t decimal = (uint32_t)letter - '0';
    const uint32_t above_nine = ((uint32_t)letter | 0x20u) - 'a';
    if (decimal <= 9u) {
        return decimal;
    }
    return above_nine <= 5u ? above_nine + 10u : NO_DIGIT;
}

/** Look for two digits that are none, and say so. */
static bool has_bad_digit(const text_word_t *word)
{
    for (size_t i = 0; i < word->length; i += 2) {
        if ((digit_of(word->bytes[i]) | digit_of(word->bytes[i + 1])) >= NO_DIGIT) {
            text_put("e-[Invalid hex digit '");
            text_put_printable(word->bytes + i, 2);
            text_put("']\r\n");
            return true;
        }
    }
    return false;
}

static void take_bytes(const text_word_t *word)
{
    for (size_t i = 0; i < word->length; i += 2) {
        const uint32_t byte = digit_of(word->bytes[i]) << 4 | digit_of(word->bytes[i + 1]);
        text_input_place()[input.num_received++] = (uint8_t)byte ^ input.bias;
    }
    if (text_input_is_whole()) {
        text_put("m-load-done\r\n");
    }
}

/** Take the bytes of a command, all or none. */
static void receive(const text_word_t *word)
{
    const size_t num_left = input.is_expected ? text_input_bytes() - input.num_received : 0;
    if (word->length % 2u != 0) {
        text_put_error("Insufficent number of hex digits");
    } else if (has_bad_digit(word)) {
        return;
    } else if (text_line_word().length != 0) {
        text_put_error("Spaces between hex digits");
    } else if (word->length / 2u > num_left) {
        text_put_error("More bytes than 'db load' expects");
    } else {
        take_bytes(word);
    }
}

void text_input_db(void)
{
    const text_word_t word = text_line_word();
    if (word.length == 0) {
        text_put_error("Command 'db' requires a subcommand");
    } else if (text_word_is(&word, "load")) {
        begin_load();
    } else if (text_word_is(&word, "print")) {
        print_input();
    } else {
        receive(&word);
    }
}
