/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/fixed_point.h"
#include "kernels/gnn_sic_work.h"

void gnn_sic_graph(const gnn_sic_t *p, const uint8_t *element, const gnn_sic_work_t *w)
{
    element_product_t *products = (element_product_t *)(void *)w->sums;
    element_products(p->sizes.shape, element, products);
    unknowns_connect(&w->unknowns, products, element_noise(p->sizes.shape, element));
}

void gnn_sic_features(const gnn_sic_t *p, const gnn_sic_work_t *w)
{
    const unknowns_t *u = &w->unknowns;
    const size_t step = gnn_sic_num_seen(&p->sizes);
    for (size_t k = 0; k < u->n; k++) {
        const uint32_t variance = u->variance[k] >> (FIXED_WEIGHT_BITS - FIXED_FEATURE_BITS);
        int16_t *f = w->seen + k * step;
        f[0] = u->mean[k];
        f[1] = (int16_t)unknowns_left(u, k);
        f[2] = (int16_t)fixed_saturated(u->matched[k]);
        f[3] = (int16_t)fixed_ln(unknowns_spread(u, k));
        f[4] = (int16_t)(variance < INT16_MAX ? variance : INT16_MAX);
    }
}
