/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/spike_readout.h"

void spike_readout_add(const spike_readout_t *p, const uint16_t *events, size_t num_events,
                       int32_t *sums)
{
    for (size_t i = 0; i < num_events; i++) {
        const int8_t *row = p->rows + events[i] * p->num_out;
        for (size_t k = 0; k < p->num_out; k++) {
            sums[k] += row[k];
        }
    }
}

void spike_readout_scores(const spike_readout_t *p, const int32_t *sums, uint32_t num_steps,
                          int32_t *scores)
{
    for (size_t k = 0; k < p->num_out; k++) {
        const int64_t offset = ((int64_t)p->bias[k] * num_steps) >> SPIKE_READOUT_BIAS_BITS;
        const int64_t score = sums[k] + offset;
        scores[k] = score < INT32_MIN ? INT32_MIN : score > INT32_MAX ? INT32_MAX : (int32_t)score;
    }
}
