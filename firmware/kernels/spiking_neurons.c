/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/spiking_neurons.h"

#include "kernels/spiking_pairs.h"

#include <stdbool.h>

#define IS_RARE(condition) __builtin_expect(condition, false)

/** Bring a sum between two limits; count it if it changes. */
static inline int32_t limited_sum(int32_t sum, int32_t limit, uint32_t *num_changed)
{
    if (IS_RARE((uint32_t)sum + (uint32_t)limit > 2u * (uint32_t)limit)) {
        *num_changed += 1;
        return sum < 0 ? -limit : limit;
    }
    return sum;
}

/** Bring a state between its limits; count it if it changes. */
static inline int32_t limited_state(int32_t z, uint32_t *num_changed)
{
#if AIRLOOP_SIMD
    int32_t kept;
    __asm__("ssat %0, #29, %1" : "=r"(kept) : "r"(z));
    if (IS_RARE(kept != z)) {
        *num_changed += 1;
    }
    return kept;
#else
    if (IS_RARE((uint32_t)z + (1u << 28) >= 1u << 29)) {
        *num_changed += 1;
        return z < 0 ? -SPIKING_STATE_LIMIT : SPIKING_STATE_LIMIT - 1;
    }
    return z;
#endif
}

/** Both products of a row of leaks, which a word holds; `shown_t` is x_0 and x_1. */
#if AIRLOOP_SIMD
typedef uint32_t shown_t; /* as two int16 */

static inline shown_t show(int32_t z0, int32_t z1)
{
    uint32_t pair;
    const uint32_t high = (uint32_t)z1 << (16 - SPIKING_CARRIED_BITS);
    __asm__("pkhtb %0, %1, %2, asr %3"
            : "=r"(pair)
            : "r"(high), "r"(z0), "i"(SPIKING_CARRIED_BITS));
    return pair;
}

static inline int32_t leak_of(uint32_t leaks, shown_t shown)
{
    return __smuad((int16x2_t)leaks, (int16x2_t)shown);
}
#else
typedef struct {
    int32_t x[2];
} shown_t;

static inline shown_t show(int32_t z0, int32_t z1)
{
    return (shown_t){.x = {z0 >> SPIKING_CARRIED_BITS, z1 >> SPIKING_CARRIED_BITS}};
}

static inline int32_t leak_of(uint32_t leaks, shown_t shown)
{
    return (int16_t)leaks * shown.x[0] + (int16_t)(leaks >> 16) * shown.x[1];
}
#endif

static uint32_t step_one(const spiking_neurons_t *p, const int32_t *restrict sums,
                         int32_t *restrict states, uint16_t *restrict spikes)
{
    const int32_t threshold = p->threshold;
    const int32_t limit = p->sum_limit;
    const unsigned shift = p->leak_shift;
    const spiking_neuron1_t *neuron = p->neurons;
    uint16_t *next = spikes + 1;
    uint32_t num_changed = 0;
    for (size_t j = 0; j < p->num_neurons; j++, neuron++) {
        const int32_t sum = limited_sum(sums[j], limit, &num_changed);
        const int32_t before = states[j];
        int32_t z = before + ((neuron->leak * (before >> SPIKING_CARRIED_BITS)) >> shift) +
                    neuron->gain * sum + neuron->bias;
        if (IS_RARE(before > threshold)) {
            z += neuron->reset;
        }
        z = limited_state(z, &num_changed);
        states[j] = z;
        if (IS_RARE(z > threshold)) {
            *next++ = (uint16_t)j;
        }
    }
    spikes[0] = (uint16_t)(next - spikes - 1);
    return num_changed;
}

static uint32_t step_two(const spiking_neurons_t *p, const int32_t *restrict sums,
                         int32_t *restrict states, uint16_t *restrict spikes)
{
    const int32_t threshold = p->threshold;
    const int32_t limit = p->sum_limit;
    const unsigned shift = p->leak_shift;
    const spiking_neuron2_t *neuron = p->neurons;
    const int32_t *const first = sums;
    const int32_t *const end = sums + p->num_neurons;
    uint16_t *next = spikes + 1;
    uint32_t num_changed = 0;
    for (; sums != end; neuron++, states += 2) {
        const int32_t sum = limited_sum(*sums++, limit, &num_changed);
        spiking_pair_t z;
        spiking_pair_t leak;
        spiking_pair_t gain;
        spiking_pair_t bias;
        SPIKING_LOAD_PAIR(z, states, 0);
        SPIKING_LOAD_PAIR(leak, neuron, offsetof(spiking_neuron2_t, leak));
        SPIKING_LOAD_PAIR(gain, neuron, offsetof(spiking_neuron2_t, gain));
        SPIKING_LOAD_PAIR(bias, neuron, offsetof(spiking_neuron2_t, bias));
        const int32_t before = (int32_t)z.first;
        const shown_t shown = show(before, (int32_t)z.second);
        int32_t z0 = before + (leak_of(leak.first, shown) >> shift) + (int32_t)gain.first * sum +
                     (int32_t)bias.first;
        int32_t z1 = (int32_t)z.second + (leak_of(leak.second, shown) >> shift) +
                     (int32_t)gain.second * sum + (int32_t)bias.second;
        if (IS_RARE(before > threshold)) {
            z0 += neuron->reset[0];
            z1 += neuron->reset[1];
        }
        z0 = limited_state(z0, &num_changed);
        states[0] = z0;
        states[1] = limited_state(z1, &num_changed);
        if (IS_RARE(z0 > threshold)) {
            *next++ = (uint16_t)(sums - first - 1);
        }
    }
    spikes[0] = (uint16_t)(next - spikes - 1);
    return num_changed;
}

uint32_t spiking_step(const spiking_neurons_t *p, const int32_t *sums, int32_t *states,
                      uint16_t *spikes)
{
    return p->num_states == 1 ? step_one(p, sums, states, spikes)
                              : step_two(p, sums, states, spikes);
}
