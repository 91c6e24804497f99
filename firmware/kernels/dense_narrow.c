/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for cores without vectors, and for everything but Arm cores.
 */
#include "kernels/dense_narrow.h"

#include "kernels/dense_s8.h"
#include "kernels/simd.h"

#if !AIRLOOP_SIMD

#if AIRLOOP_SCALAR
typedef int32_t value_t;
/** Where in a row the values of the int16 lie, and those of bytes: all constants in the end. */
static const uint8_t LANES[DENSE_DEPTH] = {0, 1, 2, 3};
static const uint8_t PLACES[DENSE_DEPTH] = {0, 2, 1, 3};
#else
typedef int16_t value_t;
static const uint8_t LANES[DENSE_DEPTH] = {0, 2, 1, 3};
static const uint8_t PLACES[DENSE_DEPTH] = {0, 1, 2, 3};
#endif

/** Sums of products with the weights as they are, and with what less and less bits of them are. */
typedef struct {
    uint32_t whole; /**< wraps */
    int32_t more, some, least, rest;
} masked_t;

int32_t dense_narrow_spread(const int8_t *restrict input, size_t num_in, unsigned bits, void *row)
{
    (void)bits;
    return dense_spread(input, num_in, row);
}

static inline int32_t lane_at(const int8_t *from, size_t i)
{
    return ((const int16_t *)(const void *)from)[i];
}

static inline void add_4(masked_t *s, int32_t value, int32_t lane)
{
    s->whole += (uint32_t)(value * lane);
    s->more += value * (lane & 0xFFF);
    s->some += value * (lane & 0xFF);
    s->least += value * (lane & 0xF);
}

static void part_of_4(const value_t *x, const int8_t *w, size_t depth, int32_t sums[DENSE_OUTPUTS])
{
    masked_t s = {0};
    for (const value_t *const end = x + depth; x != end; x += DENSE_DEPTH) {
        add_4(&s, x[LANES[0]], lane_at(w, 0));
        add_4(&s, x[LANES[1]], lane_at(w, 1));
        add_4(&s, x[LANES[2]], lane_at(w, 2));
        add_4(&s, x[LANES[3]], lane_at(w, 3));
        w += (size_t)2 * DENSE_DEPTH;
    }
    sums[0] += s.least;
    sums[1] += (s.some - s.least) >> 4;
    sums[2] += (s.more - s.some) >> 8;
    sums[3] += (int32_t)(s.whole - (uint32_t)s.more) >> 12;
}

static inline void add_2(masked_t *s, int32_t value, int32_t byte)
{
    s->whole += (uint32_t)(value * byte);
    s->more += value * (byte & 0x3F);
    s->some += value * (byte & 0xF);
    s->least += value * (byte & 0x3);
}

static void part_of_2(const value_t *x, const int8_t *w, size_t depth, int32_t sums[DENSE_OUTPUTS])
{
    masked_t s = {0};
    for (const value_t *const end = x + depth; x != end; x += DENSE_DEPTH) {
        add_2(&s, x[PLACES[0]], w[0]);
        add_2(&s, x[PLACES[1]], w[1]);
        add_2(&s, x[PLACES[2]], w[2]);
        add_2(&s, x[PLACES[3]], w[3]);
        w += DENSE_DEPTH;
    }
    sums[0] += s.least;
    sums[1] += (s.some - s.least) >> 2;
    sums[2] += (s.more - s.some) >> 4;
    sums[3] += (int32_t)(s.whole - (uint32_t)s.more) >> 6;
}

static inline void add_6(masked_t *s, int32_t value, int32_t lane)
{
    s->whole += (uint32_t)(value * lane);
    s->more += value * (lane & 0xFFF);
    s->some += value * (lane & 0x3F);
}

static inline void add_byte_6(masked_t *s, int32_t value, int32_t byte)
{
    s->least += value * byte;
    s->rest += value * (byte & 0x3F);
}

static void part_of_6(const value_t *x, const int8_t *w, size_t depth, int32_t sums[DENSE_OUTPUTS])
{
    masked_t s = {0};
    for (const value_t *const end = x + depth; x != end; x += DENSE_DEPTH) {
        const uint8_t *bytes = (const uint8_t *)w + (size_t)2 * DENSE_DEPTH;
        add_6(&s, x[LANES[0]], lane_at(w, 0));
        add_6(&s, x[LANES[1]], lane_at(w, 1));
        add_6(&s, x[LANES[2]], lane_at(w, 2));
        add_6(&s, x[LANES[3]], lane_at(w, 3));
        add_byte_6(&s, x[PLACES[0]], bytes[0]);
        add_byte_6(&s, x[PLACES[1]], bytes[1]);
        add_byte_6(&s, x[PLACES[2]], bytes[2]);
        add_byte_6(&s, x[PLACES[3]], bytes[3]);
        w += (size_t)3 * DENSE_DEPTH;
    }
    sums[0] += s.some;
    sums[1] += (s.more - s.some) >> 6;
    sums[2] += ((int32_t)(s.whole - (uint32_t)s.more) >> 12) * 4 + ((s.least - s.rest) >> 6);
    sums[3] += s.rest;
}

typedef void (*part_t)(const value_t *x, const int8_t *w, size_t depth,
                       int32_t sums[DENSE_OUTPUTS]);

static inline void multiply(part_t part, const void *row, const int8_t *weights, size_t depth,
                            unsigned bits, int32_t sums[DENSE_OUTPUTS])
{
    const value_t *x = row;
    for (size_t k = 0; k < depth; k += DENSE_S8_PART) {
        const size_t left = depth - k;
        part(x + k, weights + k * bits / 2, left < DENSE_S8_PART ? left : DENSE_S8_PART, sums);
    }
}

static void multiply_2(const void *row, const int8_t *weights, size_t depth, int32_t told,
                       int32_t sums[DENSE_OUTPUTS])
{
    sums[0] = sums[1] = sums[2] = -2 * told;
    sums[3] = 0;
    multiply(part_of_2, row, weights, depth, 2, sums);
}

static void multiply_4(const void *row, const int8_t *weights, size_t depth, int32_t told,
                       int32_t sums[DENSE_OUTPUTS])
{
    sums[0] = sums[1] = sums[2] = -8 * told;
    sums[3] = 0;
    multiply(part_of_4, row, weights, depth, 4, sums);
}

static void multiply_6(const void *row, const int8_t *weights, size_t depth, int32_t told,
                       int32_t sums[DENSE_OUTPUTS])
{
    sums[0] = sums[1] = sums[3] = -32 * told;
    sums[2] = 0;
    multiply(part_of_6, row, weights, depth, 6, sums);
}

dense_multiply_t dense_narrow_multiplier(unsigned bits)
{
    return bits == 2 ? multiply_2 : bits == 4 ? multiply_4 : multiply_6;
}

#endif
