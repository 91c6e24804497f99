/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rescaling in the bodies for cores that multiply one value at a time.
 *
 * The constants lie in the caller's scratch, SCALAR_RESCALE_BYTES a channel. If all channels have
 * one of the ways of kernels/fast_rescale.h it is taken, else that of kernels/rescale.h.
 */
#ifndef AIRLOOP_KERNELS_RESCALE_SCALAR_H
#define AIRLOOP_KERNELS_RESCALE_SCALAR_H

#include "kernels/fast_rescale.h"

#if AIRLOOP_SCALAR

#define SCALAR_RESCALE_BYTES 16u

_Static_assert(sizeof(fast_rescale_t) == SCALAR_RESCALE_BYTES, "the scratch has room for it");

typedef struct {
    const rescale_t *rescales;
    output_range_t range;
    rescale_way_t way;
    fast_rescale_t *constants; /**< [num_channels] */
} scalar_rescale_t;

/**
 * Prepare the constants of some channels.
 *
 * @param depth           the most products in a sum
 * @param[out] constants  [num_channels]
 */
static inline scalar_rescale_t scalar_rescale_prepare(const rescale_t *rescales,
                                                      const output_range_t *range, size_t depth,
                                                      size_t num_channels,
                                                      fast_rescale_t *constants)
{
    scalar_rescale_t s = {
        .rescales = rescales, .range = *range, .way = WAY_RIGHT, .constants = constants};
    for (size_t c = 0; c < num_channels; c++) {
        s.way = rescale_way_of_both(s.way, fast_rescale_way(&rescales[c], range, depth));
    }
    for (size_t c = 0; c < num_channels; c++) {
        constants[c] = fast_rescale_constants(&rescales[c], range, s.way);
    }
    return s;
}

/** The rescaling of kernels/fast_rescale.h. */
static inline int8_t scalar_rescale_fast(int32_t sum, fast_rescale_t f)
{
    return fast_rescale(2 * sum + f.bias, f.factor, f.offset, f.n);
}

/** Not inlined: it is rare, and long. */
static __attribute__((noinline)) int8_t scalar_rescale_slowly(const scalar_rescale_t *s,
                                                              int32_t sum, size_t channel)
{
    if (s->way == WAY_ANY) {
        return fast_rescale_any(sum, s->constants[channel]);
    }
    return rescale_to_s8(sum, &s->rescales[channel], &s->range);
}

/** Rescale one sum. */
static inline int8_t scalar_rescale(const scalar_rescale_t *s, int32_t sum, size_t channel)
{
    return s->way == WAY_RIGHT ? scalar_rescale_fast(sum, s->constants[channel])
                               : scalar_rescale_slowly(s, sum, channel);
}

#endif

#endif
