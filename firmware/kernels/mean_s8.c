/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/mean_s8.h"

#include <stddef.h>

static int32_t sum(const mean_params_t *p, const int8_t *from)
{
    int32_t total = 0;
    for (size_t i = 0; i < p->summed[0]; i++) {
        const int8_t *x = from + i * p->summed_steps[0];
        for (size_t j = 0; j < p->summed[1]; j++) {
            total += *x;
            x += p->summed_steps[1];
        }
    }
    return total;
}

void mean_s8(const mean_params_t *p, const int8_t *restrict input, int8_t *restrict output)
{
    for (size_t i = 0; i < p->kept[0]; i++) {
        for (size_t j = 0; j < p->kept[1]; j++) {
            const int8_t *from = input + i * p->kept_steps[0] + j * p->kept_steps[1];
            *output++ = rescale_to_s8(sum(p, from), p->rescale, &p->range);
        }
    }
}
