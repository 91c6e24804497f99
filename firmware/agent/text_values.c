/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/text_values.h"

#define MANTISSA_BITS 23u
#define IMPLICIT_BIT (UINT32_C(1) << MANTISSA_BITS)
#define EXPONENT_BIAS 150 /* 127, and 23 bits behind the point */
#define SQUARE_SHIFT 16u  /* of the squares, so that 65535 of them fit 64 bits */
#define THOUSANDTHS 1000u

bool text_scale(uint32_t float_bits, text_scale_t *scale)
{
    const uint32_t exponent = float_bits >> MANTISSA_BITS; /* a sign would make it large */
    scale->mantissa = (float_bits & (IMPLICIT_BIT - 1u)) | IMPLICIT_BIT;
    scale->exponent = (int32_t)exponent - EXPONENT_BIAS;
    return exponent != 0 && scale->exponent <= TEXT_MAX_SCALE_EXPONENT;
}

/** Divide by 2^shift, ties to even. */
static uint64_t shift_right(uint64_t value, uint32_t shift)
{
    if (shift == 0) {
        return value;
    }
    if (shift > 63u) {
        return 0;
    }
    const uint64_t half = UINT64_C(1) << (shift - 1u);
    const uint64_t whole = value >> shift;
    const uint64_t rest = value & (half | (half - 1u));
    return whole + (rest > half || (rest == half && (whole & 1u) != 0));
}

/** Multiply by 2^exponent, ties to even. */
static uint64_t scale_by(uint64_t value, int32_t exponent)
{
    return exponent < 0 ? shift_right(value, (uint32_t)-exponent) : value << exponent;
}

uint64_t text_thousandths(const text_scale_t *scale, uint32_t steps)
{
    const uint64_t product = (uint64_t)scale->mantissa * steps;
    uint32_t excess = 0;
    while ((product >> excess) >= 2 * (uint64_t)IMPLICIT_BIT) {
        excess++;
    }
    const uint64_t value = shift_right(product, excess);
    return scale_by(value * THOUSANDTHS, scale->exponent + (int32_t)excess);
}

/** Return scale * (integer - zero_point) / 2^exponent, at most 2^30. */
static int64_t value_at(const text_values_t *v, size_t i, int32_t exponent)
{
    const int32_t steps = v->integers[i] - v->zero_point;
    const uint32_t size = (uint32_t)(steps < 0 ? -steps : steps);
    const int64_t value =
        (int64_t)scale_by((uint64_t)v->scale.mantissa * size, v->scale.exponent - exponent);
    return steps < 0 ? -value : value;
}

uint64_t text_mean_square(const text_values_t *a, const text_values_t *b, size_t num_values)
{
    const bool is_first = a->scale.exponent > b->scale.exponent;
    const int32_t exponent = (is_first ? a : b)->scale.exponent + 2;
    uint64_t sum = 0;
    uint16_t rest;
    if (num_values == 0) {
        return 0;
    }
    for (size_t i = 0; i < num_values; i++) {
        const int64_t difference = value_at(a, i, exponent) - value_at(b, i, exponent);
        sum += (uint64_t)(difference * difference) >> SQUARE_SHIFT;
    }
    const uint64_t mean = text_divide(sum, (uint16_t)num_values, &rest);
    return scale_by(mean * THOUSANDTHS, 2 * exponent + (int32_t)SQUARE_SHIFT);
}

uint64_t text_divide(uint64_t value, uint16_t divisor, uint16_t *rest)
{
    uint64_t quotient = 0;
    uint32_t part = 0;
    for (uint32_t shift = 64u; shift > 0;) {
        shift -= 16u;
        part = (part << 16) | (uint32_t)((value >> shift) & 0xFFFFu);
        quotient = (quotient << 16) | part / divisor;
        part %= divisor;
    }
    *rest = (uint16_t)part;
    return quotient;
}
