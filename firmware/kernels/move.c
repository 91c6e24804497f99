/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/move.h"

#include <string.h>

static void copy_row(const copy_params_t *p, const int8_t *restrict from, int8_t *restrict to)
{
    for (size_t i = 0; i < p->sizes[3]; i++) {
        if (p->run_bytes == 1) {
            *to = *from;
        } else {
            memcpy(to, from, p->run_bytes);
        }
        from += p->from_steps[3];
        to += p->to_steps[3];
    }
}

void copy_runs(const copy_params_t *p, const int8_t *restrict from, int8_t *restrict to)
{
    const uint32_t *source = p->from_steps;
    const uint32_t *target = p->to_steps;
    for (size_t i = 0; i < p->sizes[0]; i++) {
        for (size_t j = 0; j < p->sizes[1]; j++) {
            for (size_t k = 0; k < p->sizes[2]; k++) {
                copy_row(p, from + i * source[0] + j * source[1] + k * source[2],
                         to + i * target[0] + j * target[1] + k * target[2]);
            }
        }
    }
}

void look_up_s8(const int8_t table[256], const int8_t *from, int8_t *to, size_t num_values)
{
    for (size_t i = 0; i < num_values; i++) {
        to[i] = table[from[i] - INT8_MIN];
    }
}

void gather_pixels(const gather_params_t *p, const int8_t *restrict from, int8_t *restrict to)
{
    for (size_t y = 0; y < p->out_height; y++) {
        const int8_t *row = from + p->rows[y] * p->width * p->num_channels;
        for (size_t x = 0; x < p->out_width; x++) {
            memcpy(to, row + p->columns[x] * p->num_channels, p->num_channels);
            to += p->num_channels;
        }
    }
}
