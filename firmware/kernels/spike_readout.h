/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The scores of classes: weights added up, one row a spike, and a bias for every step.
 *
 *     sums[k] += sum over events of w[event][k]
 *     scores[k] = sums[k] + floor(bias[k] num_steps / 2^8), between -2^31 and 2^31 - 1
 *
 * The sums fit int32 for 2^31 / (128 num_in) steps with at most one event of an input each.
 *
 * Twin:   snn/integer/reference.py (equal bit for bit, tests/firmware/test_spiking.py)
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   O(num_events num_out).
 */
#ifndef AIRLOOP_KERNELS_SPIKE_READOUT_H
#define AIRLOOP_KERNELS_SPIKE_READOUT_H

#include "kernels/spiking.h"

#define SPIKE_READOUT_BIAS_BITS 8

typedef struct {
    const int8_t *rows;  /**< [num_in][num_out] */
    const int32_t *bias; /**< [num_out] */
    size_t num_out;
} spike_readout_t;

/** Add a row for each event. @param[in,out] sums  [num_out] */
void spike_readout_add(const spike_readout_t *p, const uint16_t *events, size_t num_events,
                       int32_t *sums);

/** Tell the scores after a number of steps. @param[out] scores  [num_out] */
void spike_readout_scores(const spike_readout_t *p, const int32_t *sums, uint32_t num_steps,
                          int32_t *scores);

#endif
