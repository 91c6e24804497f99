/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The portable body: blocks of eight outputs, weights as int16 [num_out / 8][depth][8], so that a
 * compiler turns the innermost loop into vector instructions where there are any.
 */
#include "kernels/matmul_s8.h"

#include "kernels/convolution.h"
#include "kernels/rescale_row.h"
#include "kernels/simd.h"

#define BLOCK 8u
#define HEAD_BYTES 80u

#if !AIRLOOP_SIMD && !AIRLOOP_SCALAR

size_t matmul_s8_scratch_bytes(size_t depth, size_t num_out, unsigned weight_bits)
{
    const size_t outputs = round_up(num_out, BLOCK);
    const size_t weights = 2 * outputs * depth;
    const size_t constants = ROW_RESCALE_BYTES * outputs;
    (void)weight_bits;
    return round_up(HEAD_BYTES + weights + constants + MATMUL_S8_COLUMNS * depth, 16);
}

/** Scratch: this head, the constants, the weights, the columns. */
typedef struct {
    rescale_row_t row;
    int16_t *weights;
    int8_t *columns;
} head_t;

_Static_assert(sizeof(head_t) <= HEAD_BYTES, "the scratch has room for it");

static int8_t weight_at(const matmul_s8_t *m, size_t output, size_t k)
{
    const size_t in_pair = (k / 4 * 2 + output % 2) * 4 + k % 4;
    const int8_t *pair = m->weights + output / 2 * matmul_s8_pair_bytes(m->depth, m->weight_bits);
    return m->weight_bits == NARROW_WIDE ? pair[in_pair] : narrow_at(pair, m->weight_bits, in_pair);
}

void matmul_s8_prepare(const matmul_s8_t *m, void *scratch)
{
    head_t *head = scratch;
    int32_t *constants = (int32_t *)(void *)((uint8_t *)scratch + HEAD_BYTES);
    int16_t *spread = (int16_t *)(void *)(constants + 4 * round_up(m->num_out, BLOCK));

    head->row = rescale_row_prepare(m->rescales, &m->range, m->depth, m->num_out, constants);
    head->weights = spread;
    for (size_t block = 0; block < m->num_out; block += BLOCK) {
        for (size_t k = 0; k < m->depth; k++) {
            for (size_t o = block; o < block + BLOCK; o++) {
                *spread++ = o < m->num_out ? weight_at(m, o, k) : 0;
            }
        }
    }
    head->columns = (int8_t *)spread;
}

/** sums[i][o] = sum over k of columns[i][k] * weights[k][o]. */
static void multiply(const int8_t *const columns[MATMUL_S8_COLUMNS], const int16_t *weights,
                     size_t depth, int32_t sums[MATMUL_S8_COLUMNS][BLOCK])
{
    int32_t partial[MATMUL_S8_COLUMNS][BLOCK] = {{0}};
    for (size_t k = 0; k < depth; k++) {
        for (size_t i = 0; i < MATMUL_S8_COLUMNS; i++) {
            for (size_t o = 0; o < BLOCK; o++) {
                partial[i][o] += columns[i][k] * weights[k * BLOCK + o];
            }
        }
    }
    memcpy(sums, partial, sizeof partial);
}

void matmul_s8_tile(const matmul_s8_t *m, const int8_t *const columns[MATMUL_S8_COLUMNS],
                    size_t num_columns, int8_t *output, void *scratch)
{
    const head_t *head = scratch;
    const int8_t *own[MATMUL_S8_COLUMNS];
    for (size_t i = 0; i < MATMUL_S8_COLUMNS; i++) {
        own[i] = memcpy(head->columns + i * m->depth, columns[i], m->depth);
    }
    for (size_t block = 0; block < m->num_out; block += BLOCK) {
        const size_t left = m->num_out - block;
        int32_t sums[MATMUL_S8_COLUMNS][BLOCK];
        multiply(own, head->weights + block * m->depth, m->depth, sums);
        for (size_t i = 0; i < num_columns; i++) {
            int8_t *to = output + i * m->num_out + block;
            if (left >= BLOCK) {
                rescale_row(&head->row, sums[i], block, BLOCK, to);
            } else {
                rescale_row(&head->row, sums[i], block, left, to);
            }
        }
    }
}

#endif
