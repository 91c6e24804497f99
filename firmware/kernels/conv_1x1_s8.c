/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/conv_1x1_s8.h"

#include "kernels/matmul_s8.h"

#include <string.h>

size_t conv_1x1_s8_scratch_bytes(const conv_params_t *p)
{
    const size_t tile =
        conv_writes_apart(p) ? round_up(MATMUL_S8_COLUMNS * (size_t)p->num_out, 16) : 0;
    return matmul_s8_scratch_bytes(round_up(p->num_in, 4), p->num_out, p->weight_bits) + tile;
}

/** Put each pixel's outputs where they belong. */
static void spread(const conv_params_t *p, const int8_t *tile, size_t num_columns, int8_t *pixels)
{
    for (size_t i = 0; i < num_columns; i++) {
        memcpy(pixels + i * p->pixel_bytes, tile + i * p->num_out, p->num_out);
    }
}

status_t conv_1x1_s8(const conv_params_t *p, const int8_t *input, int8_t *output,
                     void *restrict scratch)
{
    RETURN_IF(!conv_reads_in_place(p), STATUS_BAD_ARG);

    const matmul_s8_t m = {.weights = p->weights,
                           .weight_bits = p->weight_bits,
                           .rescales = p->rescales,
                           .depth = round_up(p->num_in, 4),
                           .num_out = p->num_out,
                           .range = p->range};
    const size_t num_pixels = (size_t)p->out_height * p->out_width;
    const size_t tile_at = matmul_s8_scratch_bytes(m.depth, m.num_out, m.weight_bits);
    int8_t *const tile = conv_writes_apart(p) ? (int8_t *)scratch + tile_at : NULL;

    matmul_s8_prepare(&m, scratch);
    for (size_t i = 0; i < num_pixels; i += MATMUL_S8_COLUMNS) {
        const size_t left = num_pixels - i;
        const size_t num_columns = left < MATMUL_S8_COLUMNS ? left : MATMUL_S8_COLUMNS;
        const size_t last = num_columns - 1;
        const int8_t *columns[MATMUL_S8_COLUMNS];
        for (size_t j = 0; j < MATMUL_S8_COLUMNS; j++) {
            columns[j] = input + (i + (j < last ? j : last)) * p->num_in;
        }
        matmul_s8_tile(&m, columns, num_columns, tile != NULL ? tile : output, scratch);
        if (tile != NULL) {
            spread(p, tile, num_columns, output);
        }
        output += (size_t)MATMUL_S8_COLUMNS * p->pixel_bytes;
    }
    return STATUS_OK;
}
