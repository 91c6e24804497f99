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

static rescale_way_t way_of(const matmul_s8_t *m, size_t output)
{
    return rescale_way_of_both(fast_rescale_way(&m->rescales[output], &m->range, m->depth),
                               fast_rescale_way(&m->rescales[output + 1], &m->range, m->depth));
}

/** What the weights of the two outputs of a block are multiplied by: powers of two. */
typedef struct {
    int32_t of[MATMUL_OUTPUTS];
} gains_t;

/** Write biases and tail of the block of `output` and `output + 1`. @return the gains */
static gains_t prepare_constants(const matmul_s8_t *m, size_t output, uint32_t *block)
{
    const rescale_way_t way = way_of(m, output);
    int32_t *bias = (int32_t *)block;
    gains_t gains;
    matmul_tail_t *tail = (matmul_tail_t *)(block + MATMUL_OUTPUTS + m->depth / 2 * MATMUL_OUTPUTS);
    for (size_t i = 0; i < MATMUL_OUTPUTS; i++) {
        const fast_rescale_t f = fast_rescale_constants(&m->rescales[output + i], &m->range, way);
        bias[i] = f.bias;
        tail->output[i].factor = f.factor;
        tail->output[i].offset = f.offset;
        tail->output[i].n = way == WAY_ANY ? fast_rescale_shifts(f.n) : f.n;
        gains.of[i] = way == WAY_ANY ? 1 << fast_rescale_left(f.n) : way == WAY_RIGHT ? 2 : 1;
    }
    return gains;
}

/** Spread int8 weights of two outputs out, as they lie in the image. */
static inline void spread_by(const int8_t *weights, size_t depth, gains_t gains, bool is_doubled,
                             uint32_t *to)
{
    for (const int8_t *const end = weights + MATMUL_OUTPUTS * depth; weights != end;) {
        for (size_t i = 0; i < MATMUL_OUTPUTS; i++, weights += 4) {
            const uint32_t gain = (uint32_t)gains.of[i];
            const uint32_t even = simd_even(simd_load4(weights));
            const uint32_t odd = simd_odd(simd_load4(weights));
            to[i] = is_doubled ? simd_double(even) : simd_scaled(even, gain);
            to[MATMUL_OUTPUTS + i] = is_doubled ? simd_double(odd) : simd_scaled(odd, gain);
        }
        to += 2 * MATMUL_OUTPUTS;
    }
}

static void spread(const int8_t *weights, size_t depth, gains_t gains, uint32_t *to)
{
    if (gains.of[0] == 2 && gains.of[1] == 2) {
        spread_by(weights, depth, gains, true, to);
    } else {
        spread_by(weights, depth, gains, false, to);
    }
}

/** The same with narrow weights. */
static void spread_narrow(const int8_t *packed, const matmul_s8_t *m, gains_t gains, uint32_t *to)
{
    uint32_t room[CHUNKS * NARROW_CHUNK / sizeof(uint32_t)];
    int8_t *unpacked = (int8_t *)room;
    for (size_t k = 0; k < m->depth; k += CHUNKS * CHUNK_DEPTH) {
        const size_t left = m->depth - k;
        const size_t depth = left < CHUNKS * CHUNK_DEPTH ? left : CHUNKS * CHUNK_DEPTH;
        const size_t num_chunks = round_up(depth, CHUNK_DEPTH) / CHUNK_DEPTH;
        narrow_unpack(packed, num_chunks, m->weight_bits, unpacked);
        spread(unpacked, depth, gains, to);
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
        const gains_t gains = prepare_constants(m, output, block);
        if (m->weight_bits == NARROW_WIDE) {
            spread(packed, m->depth, gains, block + MATMUL_OUTPUTS);
        } else {
            spread_narrow(packed, m, gains, block + MATMUL_OUTPUTS);
        }
        packed += matmul_s8_pair_bytes(m->depth, m->weight_bits);
        block += matmul_block_words(m->depth);
    }
    head->fast_outputs = matmul_fast_outputs(m, (const uint32_t *)(head + 1), 0);
}

#endif
