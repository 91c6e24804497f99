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
/** Where in a row the value of an int16 lies, and that of a byte. */
static const uint8_t LANES[DENSE_DEPTH] = {0, 1, 2, 3};
static const uint8_t PLACES[DENSE_DEPTH] = {0, 2, 1, 3};
#else
typedef int16_t value_t;
static const uint8_t LANES[DENSE_DEPTH] = {0, 2, 1, 3};
static const uint8_t PLACES[DENSE_DEPTH] = {0, 1, 2, 3};
#endif

int32_t dense_narrow_spread(const int8_t *restrict input, size_t num_in, unsigned bits, void *row)
{
    (void)bits;
    return dense_spread(input, num_in, row);
}

static inline int32_t lane_at(const int8_t *from, size_t i)
{
    int16_t lane;
    memcpy(&lane, from + sizeof lane * i, sizeof lane);
    return lane;
}

static void part_of_4(const value_t *x, const int8_t *w, size_t depth, int32_t sums[DENSE_OUTPUTS])
{
    uint32_t whole = 0; /* wraps */
    int32_t low12 = 0, low8 = 0, low4 = 0;
    for (size_t k = 0; k < depth; k += DENSE_DEPTH) {
        for (size_t i = 0; i < DENSE_DEPTH; i++) {
            const int32_t value = x[LANES[i]];
            const int32_t lane = lane_at(w, i);
            whole += (uint32_t)(value * lane);
            low12 += value * (lane & 0xFFF);
            low8 += value * (lane & 0xFF);
            low4 += value * (lane & 0xF);
        }
        x += DENSE_DEPTH;
        w += 2 * DENSE_DEPTH;
    }
    sums[0] += low4;
    sums[1] += (low8 - low4) >> 4;
    sums[2] += (low12 - low8) >> 8;
    sums[3] += (int32_t)(whole - (uint32_t)low12) >> 12;
}

static void part_of_2(const value_t *x, const int8_t *w, size_t depth, int32_t sums[DENSE_OUTPUTS])
{
    int32_t whole = 0, low6 = 0, low4 = 0, low2 = 0;
    for (size_t k = 0; k < depth; k += DENSE_DEPTH) {
        for (size_t i = 0; i < DENSE_DEPTH; i++) {
            const int32_t value = x[PLACES[i]];
            whole += value * w[i];
            low6 += value * (w[i] & 0x3F);
            low4 += value * (w[i] & 0xF);
            low2 += value * (w[i] & 0x3);
        }
        x += DENSE_DEPTH;
        w += DENSE_DEPTH;
    }
    sums[0] += low2;
    sums[1] += (low4 - low2) >> 2;
    sums[2] += (low6 - low4) >> 4;
    sums[3] += (whole - low6) >> 6;
}

static void part_of_6(const value_t *x, const int8_t *w, size_t depth, int32_t sums[DENSE_OUTPUTS])
{
    uint32_t whole = 0; /* wraps */
    int32_t low12 = 0, low6 = 0, byte = 0, byte_low6 = 0;
    for (size_t k = 0; k < depth; k += DENSE_DEPTH) {
        for (size_t i = 0; i < DENSE_DEPTH; i++) {
            const int32_t lane = lane_at(w, i);
            const int32_t of_lane = x[LANES[i]];
            const int32_t of_byte = x[PLACES[i]];
            const uint8_t packed = (uint8_t)w[2 * DENSE_DEPTH + i];
            whole += (uint32_t)(of_lane * lane);
            low12 += of_lane * (lane & 0xFFF);
            low6 += of_lane * (lane & 0x3F);
            byte += of_byte * packed;
            byte_low6 += of_byte * (packed & 0x3F);
        }
        x += DENSE_DEPTH;
        w += 3 * DENSE_DEPTH;
    }
    sums[0] += low6;
    sums[1] += (low12 - low6) >> 6;
    sums[2] += ((int32_t)(whole - (uint32_t)low12) >> 12) * 4 + ((byte - byte_low6) >> 6);
    sums[3] += byte_low6;
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
