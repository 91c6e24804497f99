/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Two inputs under one output: either may repeat along some of its dimensions.
 */
#ifndef AIRLOOP_KERNELS_JOIN_H
#define AIRLOOP_KERNELS_JOIN_H

#include <stddef.h>
#include <stdint.h>

/** Four nested loops; the step of an input is 0 where it repeats, and 0 or 1 in the innermost. */
typedef struct {
    uint32_t sizes[4];
    uint32_t first_steps[4];
    uint32_t second_steps[4];
} join_t;

/** One row of the innermost loop. */
typedef struct {
    const int8_t *first;
    const int8_t *second;
    int8_t *output;
    size_t num_values;
    size_t first_step;
    size_t second_step;
} join_row_t;

/** Call a function for each row, in the order of the output. */
static inline void join_rows(const join_t *join, const int8_t *first, const int8_t *second,
                             int8_t *output,
                             void (*run)(const void *context, const join_row_t *row),
                             const void *context)
{
    const uint32_t *a = join->first_steps;
    const uint32_t *b = join->second_steps;
    join_row_t row = {
        .output = output, .num_values = join->sizes[3], .first_step = a[3], .second_step = b[3]};
    for (size_t i = 0; i < join->sizes[0]; i++) {
        for (size_t j = 0; j < join->sizes[1]; j++) {
            for (size_t k = 0; k < join->sizes[2]; k++) {
                row.first = first + i * a[0] + j * a[1] + k * a[2];
                row.second = second + i * b[0] + j * b[1] + k * b[2];
                run(context, &row);
                row.output += row.num_values;
            }
        }
    }
}

#endif
