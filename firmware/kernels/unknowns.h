/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The unknowns of a resource element in integers, which learned detectors share: the real and
 * imaginary parts of the users' symbols, what they hear of each other, what is left of them once
 * that is cancelled, and what is believed of them.
 *
 *     r_k = z_k - sum over j of e_kj x_j       s_k = n_k + sum over j of e_kj^2 v_j
 *
 * with the matched filter z, the noise n, the mean x and the variance v of a belief. What does not
 * change from iteration to iteration is divided in float32, in one order. No sum leaves int32
 * whatever the element is, if levels are within +-UNKNOWNS_LEVEL_LIMIT.
 *
 * Twin:   receivers/mimo/integer/unknowns.py (equal bit for bit, tests/firmware/test_detectors.py)
 * Memory: no heap, no statics; the caller owns every buffer.
 */
#ifndef AIRLOOP_KERNELS_UNKNOWNS_H
#define AIRLOOP_KERNELS_UNKNOWNS_H

#include "kernels/element.h"

#define UNKNOWNS_MAX_AXIS_BITS 4u
#define UNKNOWNS_MAX (2u * ELEMENT_MAX_TX)
#define UNKNOWNS_PAIR_BITS 12u /* behind the point of e */
#define UNKNOWNS_LEVEL_LIMIT (1 << 12)
#define UNKNOWNS_LOGIT_LIMIT (1 << 20)

/** Of n unknowns: real parts of all users, then imaginary ones. */
typedef struct {
    size_t n;
    int32_t *matched;      /**< [n], with FIXED_FEATURE_BITS */
    int32_t *noise;        /**< [n], with FIXED_SPREAD_BITS */
    uint32_t *variance;    /**< [n], of the belief, with FIXED_WEIGHT_BITS */
    int16_t *interference; /**< [n][n]: e, 0 of an unknown with itself */
    int16_t *mean;         /**< [n], of the belief, with FIXED_FEATURE_BITS */
} unknowns_t;

/** The amplitudes of an axis, by the number that their bits spell. */
typedef struct {
    const int16_t *levels; /**< [2^num_axis_bits], with FIXED_FEATURE_BITS */
    size_t num_axis_bits;  /**< 1 .. UNKNOWNS_MAX_AXIS_BITS */
} unknowns_axis_t;

/** Work out z, n and e. @param products  of `element_products` */
void unknowns_connect(const unknowns_t *u, const element_product_t *products, float noise);

/** Return r of unknown k, within int16. */
int32_t unknowns_left(const unknowns_t *u, size_t k);

/** Return s of unknown k, 1 .. 2^31 - 1. */
uint32_t unknowns_spread(const unknowns_t *u, size_t k);

/** Turn the logits of unknown k, within +-UNKNOWNS_LOGIT_LIMIT, into what is believed of it. */
void unknowns_believe(const unknowns_t *u, size_t k, const unknowns_axis_t *axis,
                      const int32_t *logits);

/**
 * Write the LLRs of unknown k among those of all users.
 *
 * @param[in]  logits  [2^num_axis_bits], with FIXED_LOGIT_BITS
 * @param[out] llr     int8 [num_tx][2 num_axis_bits], those of both axes in turn
 */
void unknowns_tell(const unknowns_t *u, size_t k, const unknowns_axis_t *axis,
                   const int32_t *logits, size_t llr_bits, int8_t *llr);

#endif
