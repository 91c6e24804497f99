/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes that move: copied in runs, looked up, gathered from rows and columns.
 *
 * Twin:   boards/kernels/movement.py, boards/kernels/lookup.py (tests/firmware/test_operators.py)
 * Memory: no heap, no statics, no scratch; the caller owns every buffer.
 * Time:   O(n).
 */
#ifndef AIRLOOP_KERNELS_MOVE_H
#define AIRLOOP_KERNELS_MOVE_H

#include <stddef.h>
#include <stdint.h>

/** Runs of bytes in four nested loops, and the steps of either side. */
typedef struct {
    uint16_t sizes[4];
    uint32_t run_bytes;
    uint32_t from_steps[4];
    uint32_t to_steps[4];
} copy_params_t;

/** Copy; the sides may not overlap. */
void copy_runs(const copy_params_t *p, const int8_t *restrict from, int8_t *restrict to);

/** Replace each value by an entry of a table [256] for -128, -127, ... 127. `to` may be `from`. */
void look_up_s8(const int8_t table[256], const int8_t *from, int8_t *to, size_t num_values);

/** A plane whose rows and columns are some of another's. */
typedef struct {
    size_t width; /**< of the plane that is read */
    size_t num_channels;
    size_t out_height;
    size_t out_width;
    const uint16_t *rows;    /**< [out_height] */
    const uint16_t *columns; /**< [out_width] */
} gather_params_t;

/** Gather; the sides may not overlap. */
void gather_pixels(const gather_params_t *p, const int8_t *restrict from, int8_t *restrict to);

#endif
