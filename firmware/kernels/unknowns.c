/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/unknowns.h"

#include "kernels/fixed_point.h"

#define MATCHED_LIMIT 1048576.0f  /* 2^20 */
#define NOISE_LIMIT 1073741824.0f /* 2^30 */
#define PAIR_LIMIT 32767.0f
#define ROOT_OF_2 1.41421356f
#define FEATURE_ONE ((float)(1 << FIXED_FEATURE_BITS))
#define SHARE_SHIFT (2u * UNKNOWNS_PAIR_BITS + FIXED_WEIGHT_BITS - FIXED_SPREAD_BITS)
#define MAX_LLR 127
#define MAX_LEVELS (1u << UNKNOWNS_MAX_AXIS_BITS)

/** What user k's unknowns hear of user j's: of the same part, and of the other. */
static void interfere(const unknowns_t *u, size_t k, size_t j, int32_t re, int32_t im)
{
    const size_t half = u->n / 2u;
    int16_t *in_phase = u->interference + k * u->n;
    int16_t *quadrature = in_phase + half * u->n;
    in_phase[j] = (int16_t)re;
    in_phase[half + j] = (int16_t)-im;
    quadrature[j] = (int16_t)im;
    quadrature[half + j] = (int16_t)re;
}

static int32_t share(int32_t product, float factor)
{
    return element_rounded((float)product * factor, PAIR_LIMIT);
}

void unknowns_connect(const unknowns_t *u, const element_product_t *products, float noise)
{
    const size_t num_tx = u->n / 2u;
    for (size_t k = 0; k < num_tx; k++) {
        const element_product_t *row = products + k * (num_tx + 1u);
        const float inverse = 1.0f / (float)row[1u + k].re;
        const float scale = inverse * (float)(1u << UNKNOWNS_PAIR_BITS);
        const float gain = inverse * (ROOT_OF_2 * FEATURE_ONE);
        const int32_t of_noise =
            element_rounded(noise * (inverse * (float)(1u << FIXED_SPREAD_BITS)), NOISE_LIMIT);
        u->matched[k] = element_rounded((float)row[0].re * gain, MATCHED_LIMIT);
        u->matched[num_tx + k] = element_rounded((float)row[0].im * gain, MATCHED_LIMIT);
        u->noise[k] = of_noise > 0 ? of_noise : 0;
        u->noise[num_tx + k] = u->noise[k];
        for (size_t j = 0; j < num_tx; j++) {
            const element_product_t g = j < k ? row[1u + j] : products[j * (num_tx + 1u) + 1u + k];
            const int32_t im = share(j < k ? g.im : (int32_t)(0u - (uint32_t)g.im), scale);
            interfere(u, k, j, j == k ? 0 : share(g.re, scale), j == k ? 0 : im);
        }
    }
}

int32_t unknowns_left(const unknowns_t *u, size_t k)
{
    const int16_t *e = u->interference + k * u->n;
    int32_t sum = 0;
    for (size_t j = 0; j < u->n; j += 2) {
#if AIRLOOP_SIMD
        uint32_t two_e;
        uint32_t two_x;
        memcpy(&two_e, e + j, sizeof two_e);
        memcpy(&two_x, u->mean + j, sizeof two_x);
        sum = simd_dot2(two_e, two_x, sum);
#else
        sum += e[j] * u->mean[j] + e[j + 1u] * u->mean[j + 1u];
#endif
    }
    return fixed_saturated(u->matched[k] - (sum >> UNKNOWNS_PAIR_BITS));
}

uint32_t unknowns_spread(const unknowns_t *u, size_t k)
{
    const int16_t *e = u->interference + k * u->n;
    uint64_t sum = 0;
    for (size_t j = 0; j < u->n; j++) {
        sum += (uint64_t)(uint32_t)(e[j] * e[j]) * u->variance[j];
    }
    const uint64_t all = (sum >> SHARE_SHIFT) + (uint32_t)u->noise[k];
    return all < 1u ? 1u : all > INT32_MAX ? (uint32_t)INT32_MAX : (uint32_t)all;
}

void unknowns_believe(const unknowns_t *u, size_t k, const unknowns_axis_t *axis,
                      const int32_t *logits)
{
    const size_t num_levels = (size_t)1 << axis->num_axis_bits;
    uint32_t weights[MAX_LEVELS];
    int32_t most = logits[0];
    uint32_t total = 0;
    for (size_t a = 1; a < num_levels; a++) {
        most = logits[a] > most ? logits[a] : most;
    }
    size_t level = 0;
    do {
        weights[level] = fixed_exp((uint32_t)(most - logits[level]));
        total += weights[level];
    } while (++level < num_levels);
    const uint32_t inverse = (UINT32_C(1) << 31) / total;
    int32_t sum = 0;
    for (size_t a = 0; a < num_levels; a++) {
        weights[a] = (weights[a] * inverse) >> 16;
        sum += (int32_t)weights[a] * axis->levels[a];
    }
    const int32_t mean = sum >> FIXED_WEIGHT_BITS;
    uint64_t squares = 0;
    for (size_t a = 0; a < num_levels; a++) {
        const int32_t away = axis->levels[a] - mean;
        const uint32_t square =
            (uint32_t)(away * away) >> (2 * FIXED_FEATURE_BITS - FIXED_WEIGHT_BITS);
        squares += (uint64_t)weights[a] * square;
    }
    u->mean[k] = (int16_t)mean;
    u->variance[k] = (uint32_t)(squares >> FIXED_WEIGHT_BITS);
}

static int8_t bit_llr(const int32_t *logits, size_t num_levels, size_t bit, size_t llr_bits)
{
    const unsigned shift = FIXED_LOGIT_BITS - (unsigned)llr_bits;
    int32_t most[2];
    most[0] = logits[0];
    most[1] = logits[bit];
    for (size_t a = 0; a < num_levels; a++) {
        int32_t *one = &most[(a & bit) != 0];
        *one = logits[a] > *one ? logits[a] : *one;
    }
    const int32_t llr = (most[1] - most[0] + ((1 << shift) >> 1)) >> shift;
    return (int8_t)fixed_clipped(llr, MAX_LLR);
}

void unknowns_tell(const unknowns_t *u, size_t k, const unknowns_axis_t *axis,
                   const int32_t *logits, size_t llr_bits, int8_t *llr)
{
    const size_t num_tx = u->n / 2u;
    const size_t num_levels = (size_t)1 << axis->num_axis_bits;
    int8_t *to = llr + k % num_tx * 2u * axis->num_axis_bits + k / num_tx;
    for (size_t i = 0; i < axis->num_axis_bits; i++) {
        to[2u * i] = bit_llr(logits, num_levels, num_levels >> (i + 1u), llr_bits);
    }
}
