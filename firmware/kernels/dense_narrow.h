/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The heart of FULLY_CONNECTED with weights of 6, 4 and 2 bits: a row of the input times four
 * outputs, of which a word of weights serves several by multiplying it as it is.
 *
 * With a, b, c, d the weights of the four outputs for one value of the input, and a prime for one
 * that is raised by half its range, so that it is not negative:
 *
 *     4 bits   an int16 a value, 4096 d + 256 c' + 16 b' + a': a word of values 0 and 2, then one
 *              of values 1 and 3
 *     2 bits   a byte a value, 64 d + 16 c' + 4 b' + a': a word of values 0, 1, 2, 3
 *     6 bits   an int16 a value, 4096 (c >> 2) + 64 b' + a', in two words as with 4 bits, and a
 *              byte a value, 64 (c & 3) + d', in a word as with 2 bits
 *
 * A product with the whole int16 is 4096 D + 256 C' + ...; one with its lower 12 bits what is to be
 * taken away from it, and so on: each mask yields one output more. The uppermost is told mod 2^20,
 * so sums are split up in parts of at most DENSE_S8_PART values, where that stands in its header.
 * What weights were raised by costs a sum over the input, once a row.
 *
 * Twin:   boards/narrow.py
 */
#ifndef AIRLOOP_KERNELS_DENSE_NARROW_H
#define AIRLOOP_KERNELS_DENSE_NARROW_H

#include "kernels/dense_rows.h"

#include <stdint.h>

/** Spread a row out as `dense_spread` does, for weights of so many bits. @return its sum */
int32_t dense_narrow_spread(const int8_t *restrict input, size_t num_in, unsigned bits, void *row);

/** Return what multiplies a row by four outputs' weights of so many bits, told the row's sum. */
dense_multiply_t dense_narrow_multiplier(unsigned bits);

#endif
