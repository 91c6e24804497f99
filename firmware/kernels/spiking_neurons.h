/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Clock-driven neurons with one or two states, all of a layer advanced by one step.
 *
 *     sum  <- between -sum_limit and sum_limit
 *     x_i   = floor(z_i / 2^13), int16
 *     z_i  <- z_i + floor(sum_j leak_ij x_j / 2^leak_shift) + gain_i sum + bias_i + s reset_i
 *     z_i' <- between -2^28 and 2^28 - 1;   it spikes where z_0 > threshold
 *
 * s is whether it spiked a step ago, which its state still tells. snn/integer/network.py says what
 * the numbers stand for.
 *
 * No sum leaves int32 where, for each state of each neuron,
 *
 *     sum_j |leak_ij| <= 3 * 2^(13 + leak_shift), |leak_ij| <= 2^15 - 1
 *     |gain_i| sum_limit <= 2^29,   |bias_i| + |reset_i| <= 2^28
 *
 * for then |z| <= 2^28 and the four terms are at most (1 + 3 + 2 + 1) 2^28. `image/spiking.c`
 * proves it of every image.
 *
 * Twin:   snn/integer/reference.py (equal bit for bit, tests/firmware/test_spiking.py)
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   O(num_neurons), on a Cortex-M4 about 40 instructions a neuron of two states.
 */
#ifndef AIRLOOP_KERNELS_SPIKING_NEURONS_H
#define AIRLOOP_KERNELS_SPIKING_NEURONS_H

#include "kernels/spiking.h"

#define SPIKING_CARRIED_BITS 13
#define SPIKING_STATE_LIMIT (INT32_C(1) << 28)
#define SPIKING_MAX_LEAK_SHIFT 15u
#define SPIKING_MAX_LEAK 32767
#define SPIKING_MAX_LEAK_SUM 3
#define SPIKING_MAX_DRIVE (INT64_C(1) << 29)
#define SPIKING_MAX_OFFSET (INT64_C(1) << 28)
#define SPIKING_MAX_SUM_SHIFT 7u

/** A neuron of one state. */
typedef struct {
    int16_t leak;
    int16_t zero;
    int32_t gain;
    int32_t bias;
    int32_t reset;
} spiking_neuron1_t;

/** A neuron of two states. */
typedef struct {
    int16_t leak[2][2];
    int32_t gain[2];
    int32_t bias[2];
    int32_t reset[2];
} spiking_neuron2_t;

_Static_assert(sizeof(spiking_neuron1_t) == 16, "the layout is the image's");
_Static_assert(sizeof(spiking_neuron2_t) == 32, "the layout is the image's");

typedef struct {
    const void *neurons; /**< [num_neurons] of the type for `num_states` */
    size_t num_neurons;  /**< at most SPIKING_MAX_EVENTS */
    unsigned num_states; /**< 1 or 2 */
    unsigned leak_shift;
    int32_t threshold;
    int32_t sum_limit; /**< not negative */
} spiking_neurons_t;

/**
 * Advance the neurons by one step.
 *
 * @param[in]     sums    int32 [num_neurons]
 * @param[in,out] states  z, int32 [num_neurons][num_states]
 * @param[out]    spikes  the list of those that spike, with room for all
 * @return how many values a limit changed
 */
uint32_t spiking_step(const spiking_neurons_t *p, const int32_t *sums, int32_t *states,
                      uint16_t *spikes);

#endif
