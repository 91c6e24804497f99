/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What asks a device for text instead of frames; see wire/messages.h.
 */
#ifndef AIRLOOP_WIRE_TEXT_H
#define AIRLOOP_WIRE_TEXT_H

#include "wire/messages.h"

/**
 * Flags of text_t. ENERGY: a time stamp is a falling edge of the trigger pin, and no text. SCORE:
 * the result is the mean squared error between output and input. UNSIGNED: input comes as uint8,
 * 128 above the int8 of the network.
 */
#define TEXT_FLAG_ENERGY 1u
#define TEXT_FLAG_SCORE 2u
#define TEXT_FLAG_UNSIGNED 4u

/**
 * From the answer on, the link carries the text commands of MLPerf Tiny for the network in force,
 * as docs/mlperf-tiny.md describes them, beginning with the lines of a device that boots. A zero
 * byte, which no text holds, leads back to frames; the device answers it by one, so that what it
 * said before is no part of its next frame.
 *
 * Input, output and learning are forgotten. The input waits behind the activations in the arena:
 * STATUS_TOO_LARGE if there is no room for it. Times are those of the tick counter, of which a tick
 * is worth us_multiplier / 2^us_right_shift microseconds; with a multiplier of 0 there are none,
 * and where the board has no tick counter another one is STATUS_BAD_ARG.
 */
typedef struct WIRE_PACKED {
    uint8_t flags;
    uint32_t us_multiplier;
    uint8_t us_right_shift; /**< 32 .. 62 */
    uint8_t model[16];      /**< what `profile` tells, ASCII, padded with zeros */
} text_t;

#endif
