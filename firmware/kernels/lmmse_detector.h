/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Linear MMSE detection of several users on one resource element, to LLRs of their bits.
 *
 * With A = H^H H + N0 I = L D L^H, W = L^-1 and b = H^H y, user k's estimate is t_k = (A^-1 b)_k,
 * c_k = N0 (A^-1)_kk is what it lacks of gain 1, and the LLR of a bit of one of its axes
 *
 *     LLR = (min over levels a with bit 0 of q_a - min over those with bit 1 of q_a) / c_k,
 *     q_a = a ((1 - c_k) a - 2 t_k)
 *
 * which is max-log of a Gaussian around the unbiased estimate t_k / (1 - c_k), of variance
 * c_k / (1 - c_k). Everything is float32, in one order, and nothing is contracted: so all cores
 * compute the same bits, with a floating-point unit and without.
 *
 * Twin:   receivers/mimo/integer/lmmse_reference.py (equal bit for bit,
 *         tests/firmware/test_detectors.py)
 * Source: D. Tse and P. Viswanath, Fundamentals of Wireless Communication, section 8.3.3.
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   O(num_tx^3 + num_tx^2 num_rx_ant).
 */
#ifndef AIRLOOP_KERNELS_LMMSE_DETECTOR_H
#define AIRLOOP_KERNELS_LMMSE_DETECTOR_H

#include "kernels/element.h"

#define LMMSE_MAX_AXIS_BITS 4u

typedef struct {
    element_shape_t shape;
    size_t num_axis_bits; /**< of a symbol's real part, and of its imaginary part;
                             1 .. LMMSE_MAX_AXIS_BITS */
    const float *levels;  /**< of an axis, by the number that its bits spell [2^num_axis_bits] */
    size_t llr_bits;      /**< behind the point of the LLRs */
} lmmse_detector_t;

/** What is estimated of a user's symbol: t, and c, which it lacks of gain 1. */
typedef struct {
    float re;
    float im;
    float lack;
} lmmse_estimate_t;

/** Return the bytes of scratch that an element needs. */
size_t lmmse_detector_scratch_bytes(element_shape_t shape);

/**
 * Detect the users of an element.
 *
 * @param[in]  element  4-byte aligned
 * @param[out] llr      int8 [num_tx][2 num_axis_bits], positive = bit 1, those of both axes in
 * turn; -127 where a number is none
 * @param      scratch  4-byte aligned
 */
void lmmse_detect(const lmmse_detector_t *p, const uint8_t *element, int8_t *llr, void *scratch);

/**
 * Solve an element, for `lmmse_estimate`, and return the products of its columns.
 *
 * @param[in]  element  4-byte aligned
 * @param[out] scratch  4-byte aligned
 */
const element_product_t *lmmse_solve(element_shape_t shape, const uint8_t *element, void *scratch);

/** Return the estimate of user k of an element with that noise, once it is solved. */
lmmse_estimate_t lmmse_estimate(element_shape_t shape, size_t k, float noise, void *scratch);

#endif
