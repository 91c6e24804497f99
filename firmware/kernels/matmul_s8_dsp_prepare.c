/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the body for the DSP extension does once an operator: spreads weights out as pairs of int16,
 * and puts the constants around them. Narrow weights are unpacked on the way.
 */
#include "kernels/matmul_s8_dsp.h"

#include "kernels/convolution.h"
#include "kernels/fast_rescale.h"
#include "kernels/simd.h"

#if AIRLOOP_DSP

#define CHUNKS 8u /* of narrow weights, unpacked at a time */
#define CHUNK_DEPTH (NARROW_CHUNK / MATMUL_OUTPUTS)

size_t matmul_fast_outputs(const matmul_s8_t *m, const uint32_t *block, size_t first)
{
    size_t o = first;
    for (; o + 1 < m->num_out && matmul_tail_of(block, m->depth)->output[0].n != 0;
         o += MATMUL_OUTPUTS) {
        block += matmul_block_words(m->depth);
    }
    return o - first;
}

static bool block_is_fast(const matmul_s8_t *m, size_t output)
{
    return fast_rescale_fits(&m->rescales[output], &m->range, m->depth) &&
           fast_rescale_fits(&m->rescales[output + 1], &m->range, m->depth);
}

/** Write biases and tail of the block of `output` and `output + 1`. */
static void prepare_constants(const matmul_s8_t *m, size_t output, bool is_fast, uint32_t *block)
{
    int32_t *bias = (int32_t *)block;
    matmul_tail_t *tail = (matmul_tail_t *)(block + MATMUL_OUTPUTS + m->depth / 2 * MATMUL_OUTPUTS);
    for (size_t i = 0; i < MATMUL_OUTPUTS; i++) {
        const rescale_t *r = &m->rescales[output + i];
        const fast_rescale_t f =
            is_fast ? fast_rescale_prepare(r, &m->range) : (fast_rescale_t){.n = 0};
        bias[i] = f.bias;
        tail->output[i].factor = f.factor;
        tail->output[i].offset = f.offset;
        tail->output[i].n = f.n;
    }
}

/** Spread int8 weights of two outputs out, as they lie in the image. */
static void spread(const int8_t *weights, size_t depth, bool is_fast, uint32_t *to)
{
    for (const int8_t *const end = weights + MATMUL_OUTPUTS * depth; weights != end;) {
        for (size_t i = 0; i < MATMUL_OUTPUTS; i++, weights += 4) {
            const uint32_t even = simd_even(simd_load4(weights));
            const uint32_t odd = simd_odd(simd_load4(weights));
            to[i] = is_fast ? simd_double(even) : even;
            to[MATMUL_OUTPUTS + i] = is_fast ? simd_double(odd) : odd;
        }
        to += 2 * MATMUL_OUTPUTS;
    }
}

/** The same with narrow weights. */
static void spread_narrow(const int8_t *packed, const matmul_s8_t *m, bool is_fast, uint32_t *to)
{
    uint32_t room[CHUNKS * NARROW_CHUNK / sizeof(uint32_t)];
    int8_t *unpacked = (int8_t *)room;
    for (size_t k = 0; k < m->depth; k += CHUNKS * CHUNK_DEPTH) {
        const size_t left = m->depth - k;
        const size_t depth = left < CHUNKS * CHUNK_DEPTH ? left : CHUNKS * CHUNK_DEPTH;
        const size_t num_chunks = round_up(depth, CHUNK_DEPTH) / CHUNK_DEPTH;
        narrow_unpack(packed, num_chunks, m->weight_bits, unpacked);
        spread(unpacked, depth, is_fast, to);
        to += depth / 2 * MATMUL_OUTPUTS;
        packed += narrow_bytes(num_chunks * NARROW_CHUNK, m->weight_bits);
    }
}

size_t matmul_s8_scratch_bytes(size_t depth, size_t num_out, unsigned weight_bits)
{
    const size_t blocks = (num_out + 1) / MATMUL_OUTPUTS * matmul_block_words(depth);
    const size_t columns = 2 * depth;
    (void)weight_bits;
    return round_up(sizeof(matmul_head_t) + sizeof(uint32_t) * (blocks + columns), 16);
}

void matmul_s8_prepare(const matmul_s8_t *m, void *scratch)
{
    const int8_t *packed = m->weights;
    matmul_head_t *head = scratch;
    uint32_t *block = (uint32_t *)(head + 1);

    for (size_t output = 0; output < m->num_out; output += MATMUL_OUTPUTS) {
        const bool is_fast = block_is_fast(m, output);
        prepare_constants(m, output, is_fast, block);
        if (m->weight_bits == NARROW_WIDE) {
            spread(packed, m->depth, is_fast, block + MATMUL_OUTPUTS);
        } else {
            spread_narrow(packed, m, is_fast, block + MATMUL_OUTPUTS);
        }
        packed += matmul_s8_pair_bytes(m->depth, m->weight_bits);
        block += matmul_block_words(m->depth);
    }
    head->fast_outputs = matmul_fast_outputs(m, (const uint32_t *)(head + 1), 0);
}

#endif
