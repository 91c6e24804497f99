/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How the body for the DSP extension lays weights and constants out in its scratch: blocks of two
 * outputs, as kernels/matmul_s8_dsp.c says.
 */
#ifndef AIRLOOP_KERNELS_MATMUL_S8_DSP_H
#define AIRLOOP_KERNELS_MATMUL_S8_DSP_H

#include "kernels/matmul_s8.h"
#include "kernels/simd.h"

#if AIRLOOP_DSP

#define MATMUL_OUTPUTS 2u

/** Scratch: this head, the blocks, the columns. */
typedef struct {
    size_t fast_outputs, padding[3]; /**< outputs in the blocks before the first slow one */
} matmul_head_t;

/** Behind the weights of a block. n == 0 in both: this block takes the slow way, undoubled. */
typedef struct {
    struct {
        int32_t factor, offset,
            n; /**< WAY_ANY: n, and above 8 bits by how much signs are shifted */
    } output[MATMUL_OUTPUTS];
} matmul_tail_t;

/** Larger n are those of WAY_ANY. */
#define MATMUL_MAX_RIGHT 255

/** Words of one block: biases, weights, tail. */
static inline size_t matmul_block_words(size_t depth)
{
    return MATMUL_OUTPUTS + depth / 2 * MATMUL_OUTPUTS + sizeof(matmul_tail_t) / sizeof(uint32_t);
}

static inline const matmul_tail_t *matmul_tail_of(const uint32_t *block, size_t depth)
{
    return (const matmul_tail_t *)(block + MATMUL_OUTPUTS + depth / 2 * MATMUL_OUTPUTS);
}

/** Return how many outputs from `first` on, which begins at `block`, lie in blocks all fast. */
size_t matmul_fast_outputs(const matmul_s8_t *m, const uint32_t *block, size_t first);

#endif

#endif
