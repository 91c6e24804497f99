/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/element.h"

#include "kernels/simd.h"

#include <string.h>

/** Return a^H b of columns whose words hold a real part, low, and an imaginary part, high. */
#if AIRLOOP_SIMD
static element_product_t product(const uint32_t *a, const uint32_t *b, size_t num_rx_ant)
{
    int32_t re = 0;
    int32_t im = 0;
    for (size_t n = 0; n < num_rx_ant; n++) {
        re = simd_dot2(a[n], b[n], re);
        im = simd_cross2(a[n], b[n], im);
    }
    return (element_product_t){.re = re, .im = im};
}
#else
static element_product_t product(const uint32_t *a, const uint32_t *b, size_t num_rx_ant)
{
    uint32_t re = 0;
    uint32_t im = 0;
    for (size_t n = 0; n < num_rx_ant; n++) {
        const int32_t a_re = (int16_t)a[n];
        const int32_t a_im = (int16_t)(a[n] >> 16);
        const int32_t b_re = (int16_t)b[n];
        const int32_t b_im = (int16_t)(b[n] >> 16);
        re += (uint32_t)(a_re * b_re) + (uint32_t)(a_im * b_im);
        im += (uint32_t)(a_re * b_im) - (uint32_t)(a_im * b_re);
    }
    return (element_product_t){.re = (int32_t)re, .im = (int32_t)im};
}
#endif

void element_products(element_shape_t shape, const uint8_t *element, element_product_t *products)
{
    const uint32_t *y = (const uint32_t *)(const void *)element;
    const uint32_t *h = y + shape.num_rx_ant;
    for (size_t k = 0; k < shape.num_tx; k++) {
        element_product_t *row = products + k * (shape.num_tx + 1u);
        const uint32_t *h_k = h + k * shape.num_rx_ant;
        row[0] = product(h_k, y, shape.num_rx_ant);
        for (size_t j = 0; j <= k; j++) {
            row[1u + j] = product(h_k, h + j * shape.num_rx_ant, shape.num_rx_ant);
        }
    }
}

float element_noise(element_shape_t shape, const uint8_t *element)
{
    float noise;
    memcpy(&noise, element + element_bytes(shape) - sizeof noise, sizeof noise);
    return noise;
}
