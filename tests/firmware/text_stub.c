/* SPDX-License-Identifier: Apache-2.0 */
/**
 * All that the text front of the agent leans on, for tests: a port that keeps a
 * diary, a clock that a test sets, and a network that turns its input around
 * and eats it.
 */
#include "agent/learning.h"
#include "agent/memory.h"
#include "agent/network.h"
#include "agent/store.h"
#include "agent/text.h"
#include "image/spiking.h"
#include "image/validate.h"
#include "ports/port.h"
#include "wire/text.h"

#include <string.h>

#define DIARY_BYTES (1u << 20)

/** r = a run began on its input, i = on another one, 0 and 1 = the pin, w =
 * something was said */
char stub_diary[DIARY_BYTES];
size_t stub_diary_length;
char stub_said[DIARY_BYTES];
size_t stub_said_length;
uint64_t stub_ticks;
uint64_t stub_ticks_of_run;
uint64_t stub_tick_mask = UINT64_MAX;
uint8_t stub_first_input;
port_info_t stub_info = {.name = "stub", .tick_bits = 56};
image_header_t stub_image;

static const uint8_t *heard;
static size_t heard_length;

static void note(char letter) {
  stub_diary[stub_diary_length++ % DIARY_BYTES] = letter;
}

const port_info_t *port_info(void) { return &stub_info; }

size_t port_read(uint8_t *bytes, size_t capacity) {
  const size_t length = heard_length < capacity ? heard_length : capacity;
  memcpy(bytes, heard, length);
  heard += length;
  heard_length -= length;
  return length;
}

void port_write(const uint8_t *bytes, size_t length) {
  note('w');
  memcpy(stub_said + stub_said_length, bytes, length);
  stub_said_length += length;
}

uint32_t port_overruns(void) { return 0; }

uint64_t port_ticks(void) { return stub_ticks & stub_tick_mask; }

void port_trigger(bool is_running) { note(is_running ? '1' : '0'); }

void network_forget(void) {}

void learning_forget(void) {}

const uint8_t *store_image(void) {
  return stub_image.total_bytes != 0 ? (const uint8_t *)&stub_image : NULL;
}

const image_header_t *image_header(const uint8_t *bytes) {
  return (const image_header_t *)(const void *)bytes;
}

bool spiking_is_image(const uint8_t *bytes) {
  (void)bytes;
  return false;
}

size_t image_arena_bytes(const uint8_t *bytes) {
  return image_header(bytes)->activation_bytes;
}

/** The output, which lies where the input does, is the input backwards; the
 * rest is eaten. */
status_t network_execute(const stopwatch_t *stopwatch) {
  uint8_t *const arena = memory_arena;
  const size_t num_values = stub_image.input.channels;
  uint8_t input[UINT16_MAX];
  (void)stopwatch;
  memcpy(input, arena, num_values);
  note(input[0] == stub_first_input ? 'r' : 'i');
  memset(arena, 0xEE, stub_image.activation_bytes);
  for (size_t i = 0; i < stub_image.output.channels && i < num_values; i++) {
    arena[i] = input[num_values - 1 - i];
  }
  stub_ticks += stub_ticks_of_run;
  return STATUS_OK;
}

/** Begin with a TEXT of `payload`. @return the status */
int32_t stub_begin(const uint8_t *payload) {
  const frame_t request = {
      .type = MESSAGE_TEXT, .length = sizeof(text_t), .payload = payload};
  return text_begin(&request, NULL);
}

/** Serve what is heard, to its end or a zero byte. @return how many bytes are
 * left */
size_t stub_serve(const uint8_t *bytes, size_t length) {
  heard = bytes;
  heard_length = length;
  text_serve();
  return heard_length;
}
