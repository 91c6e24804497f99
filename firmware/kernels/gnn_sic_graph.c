/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/fixed_point.h"
#include "kernels/gnn_sic_work.h"

#define MATCHED_LIMIT 1048576.0f  /* 2^20 */
#define NOISE_LIMIT 1073741824.0f /* 2^30 */
#define PAIR_LIMIT 32767.0f
#define ROOT_OF_2 1.41421356f
#define FEATURE_ONE ((float)(1 << FIXED_FEATURE_BITS))
#define SHARE_SHIFT (2u * GNN_SIC_PAIR_BITS + FIXED_WEIGHT_BITS - FIXED_SPREAD_BITS)

/** What user k's nodes hear of user j's: of the same part, and of the other. */
static void interfere(const gnn_sic_work_t *w, size_t k, size_t j, int32_t re, int32_t im)
{
    const size_t half = w->n / 2u;
    int16_t *in_phase = w->interference + k * w->n;
    int16_t *quadrature = in_phase + half * w->n;
    in_phase[j] = (int16_t)re;
    in_phase[half + j] = (int16_t)-im;
    quadrature[j] = (int16_t)im;
    quadrature[half + j] = (int16_t)re;
}

static int32_t share(int32_t product, float factor)
{
    return element_rounded((float)product * factor, PAIR_LIMIT);
}

void gnn_sic_graph(const gnn_sic_t *p, const uint8_t *element, const gnn_sic_work_t *w)
{
    const element_shape_t shape = p->sizes.shape;
    element_product_t *products = (element_product_t *)(void *)w->sums;
    const float variance = element_noise(shape, element);
    const size_t num_tx = shape.num_tx;
    element_products(shape, element, products);
    for (size_t k = 0; k < num_tx; k++) {
        const element_product_t *row = products + k * (num_tx + 1u);
        const float inverse = 1.0f / (float)row[1u + k].re;
        const float scale = inverse * (float)(1u << GNN_SIC_PAIR_BITS);
        const float gain = inverse * (ROOT_OF_2 * FEATURE_ONE);
        const int32_t noise =
            element_rounded(variance * (inverse * (float)(1u << FIXED_SPREAD_BITS)), NOISE_LIMIT);
        w->matched[k] = element_rounded((float)row[0].re * gain, MATCHED_LIMIT);
        w->matched[num_tx + k] = element_rounded((float)row[0].im * gain, MATCHED_LIMIT);
        w->noise[k] = noise > 0 ? noise : 0;
        w->noise[num_tx + k] = w->noise[k];
        for (size_t j = 0; j < num_tx; j++) {
            const element_product_t g = j < k ? row[1u + j] : products[j * (num_tx + 1u) + 1u + k];
            const int32_t im = share(j < k ? g.im : (int32_t)(0u - (uint32_t)g.im), scale);
            interfere(w, k, j, j == k ? 0 : share(g.re, scale), j == k ? 0 : im);
        }
    }
}

/** Return how much of the others is believed to be in a node's matched filter. */
static int32_t cancelled(const gnn_sic_work_t *w, const int16_t *e)
{
    int32_t sum = 0;
    for (size_t j = 0; j < w->n; j++) {
        sum += e[j] * w->mean[j];
    }
    return sum >> GNN_SIC_PAIR_BITS;
}

/** Return the variance of what is left. */
static uint32_t spread(const gnn_sic_work_t *w, const int16_t *e, int32_t noise)
{
    uint64_t sum = 0;
    for (size_t j = 0; j < w->n; j++) {
        sum += (uint64_t)(uint32_t)(e[j] * e[j]) * w->variance[j];
    }
    const uint64_t all = (sum >> SHARE_SHIFT) + (uint32_t)noise;
    return all < 1u ? 1u : all > INT32_MAX ? (uint32_t)INT32_MAX : (uint32_t)all;
}

void gnn_sic_features(const gnn_sic_t *p, const gnn_sic_work_t *w)
{
    const size_t step = gnn_sic_num_seen(&p->sizes);
    for (size_t k = 0; k < w->n; k++) {
        const int16_t *e = w->interference + k * w->n;
        const uint32_t variance = w->variance[k] >> (FIXED_WEIGHT_BITS - FIXED_FEATURE_BITS);
        int16_t *f = w->seen + k * step;
        f[0] = w->mean[k];
        f[1] = (int16_t)fixed_saturated(w->matched[k] - cancelled(w, e));
        f[2] = (int16_t)fixed_saturated(w->matched[k]);
        f[3] = (int16_t)fixed_ln(spread(w, e, w->noise[k]));
        f[4] = (int16_t)(variance < INT16_MAX ? variance : INT16_MAX);
    }
}
