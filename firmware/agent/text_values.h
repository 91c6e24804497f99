/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Real numbers of the text front, in integers: what prints as "%.3f" does, without floating point.
 */
#ifndef AIRLOOP_AGENT_TEXT_VALUES_H
#define AIRLOOP_AGENT_TEXT_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The largest exponent of a scale, so that no thousandth of a value exceeds 64 bits. */
#define TEXT_MAX_SCALE_EXPONENT (-7)

/** A scale, mantissa * 2^exponent, with a mantissa of 24 bits. */
typedef struct {
    uint32_t mantissa;
    int32_t exponent;
} text_scale_t;

/** Integers of a tensor and what they stand for, scale * (integer - zero_point). */
typedef struct {
    const int8_t *integers;
    text_scale_t scale;
    int32_t zero_point;
} text_values_t;

/** Take the bits of a float32 apart. @return false if it is not normal, positive and below 2^17 */
bool text_scale(uint32_t float_bits, text_scale_t *scale);

/**
 * Return the thousandths of scale * steps, which is rounded to float32 first, as a dequantized
 * value is; both roundings take ties to even.
 *
 * @param steps  |integer - zero_point|, at most 2^16
 */
uint64_t text_thousandths(const text_scale_t *scale, uint32_t steps);

/**
 * Return the thousandths of the mean squared difference of two tensors of as many values.
 *
 * The differences are rounded to 2^-29 of the larger scale's range; their squares' mean is then
 * rounded once. Twin: tests/firmware/test_text_values.py
 *
 * @param num_values  1 .. 65535
 */
uint64_t text_mean_square(const text_values_t *a, const text_values_t *b, size_t num_values);

/** Divide by a small number. @param[out] rest  the remainder */
uint64_t text_divide(uint64_t value, uint16_t divisor, uint16_t *rest);

#endif
