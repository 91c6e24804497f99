/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A resource element of several users, as the host packs it, and the products of its columns.
 *
 *     y int16 [num_rx_ant][2] | h int16 [num_tx][num_rx_ant][2] | noise variance, float32
 *
 * real and imaginary part side by side; y, h and the noise's standard deviation share a scale,
 * which changes no belief. Where no column's squared norm exceeds 2^31 - 1, every product is exact,
 * by the inequality of Cauchy and Schwarz; else it wraps.
 *
 * Twin:   receivers/mimo/integer/elements.py (equal bit for bit, tests/firmware/test_detectors.py)
 * Memory: no heap, no statics; the caller owns every buffer.
 */
#ifndef AIRLOOP_KERNELS_ELEMENT_H
#define AIRLOOP_KERNELS_ELEMENT_H

#include <stddef.h>
#include <stdint.h>

#define ELEMENT_MAX_RX_ANT 64u
#define ELEMENT_MAX_TX 8u

typedef struct {
    size_t num_rx_ant; /**< 1 .. ELEMENT_MAX_RX_ANT */
    size_t num_tx;     /**< 1 .. ELEMENT_MAX_TX */
} element_shape_t;

/** A complex integer. */
typedef struct {
    int32_t re;
    int32_t im;
} element_product_t;

/** Return the bytes of an element. */
static inline size_t element_bytes(element_shape_t shape)
{
    return shape.num_rx_ant * (1u + shape.num_tx) * 4u + sizeof(float);
}

/** Return how many products `element_products` writes. */
static inline size_t element_num_products(element_shape_t shape)
{
    return shape.num_tx * (shape.num_tx + 1u);
}

/**
 * Multiply the columns of an element with each other.
 *
 * @param[in]  element   4-byte aligned
 * @param[out] products  [num_tx][num_tx + 1]; row k has h_k^H y, then h_k^H h_j for j = 0 .. k;
 * what is behind these is not written
 */
void element_products(element_shape_t shape, const uint8_t *element, element_product_t *products);

/** Return the noise variance of an element; whatever bits it has. */
float element_noise(element_shape_t shape, const uint8_t *element);

/** Return the integer that is nearest, ties away from zero, within +-limit; -limit of no number.
 * @param limit  an integer below 2^24 */
static inline int32_t element_rounded(float value, float limit)
{
    if (!(value > -limit)) {
        return -(int32_t)limit;
    }
    return value < limit ? (int32_t)(value < 0.0f ? value - 0.5f : value + 0.5f) : (int32_t)limit;
}

#endif
