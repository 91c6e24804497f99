/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for the DSP extension: four columns times two outputs, two int16 products at a time.
 *
 * Columns are spread out as pairs of int16, [depth / 2][4]. Of every four values the even ones come
 * first, as SXTB16 yields them. Weights follow suit, twice their value, so that the rescaling needs
 * no shift to the left; the constants of their two outputs lie around them, in the order of use:
 *
 *     column c0 c1 c2 c3      (c0, c2) of the four columns, (c1, c3) of the four columns, ...
 *     block of two outputs    bias x 2 | (w0, w2) of both, (w1, w3) of both, ... | rescaling x 2
 *
 * A step loads 4 + 2 pairs by three instructions and multiplies by eight.
 */
#include "kernels/matmul_s8_dsp.h"

#include "kernels/convolution.h"
#include "kernels/fast_rescale.h"
#include "kernels/simd.h"

#if AIRLOOP_DSP

/** Spread four columns out. Not inlined: it needs nearly all registers for itself. */
static __attribute__((noinline)) void spread_columns(const int8_t *const columns[MATMUL_S8_COLUMNS],
                                                     size_t depth, uint32_t *pairs)
{
    const int8_t *c0 = columns[0];
    const int8_t *c1 = columns[1];
    const int8_t *c2 = columns[2];
    const int8_t *c3 = columns[3];
    const uint32_t *const end = pairs + 2 * depth;
    do {
        uint32_t b0, b1, b2, b3, p0, p1;
        __asm__ volatile("ldr %[b0], [%[c0]], #4\n\t"
                         "ldr %[b1], [%[c1]], #4\n\t"
                         "ldr %[b2], [%[c2]], #4\n\t"
                         "ldr %[b3], [%[c3]], #4\n\t"
                         "sxtb16 %[p0], %[b0]\n\t"
                         "sxtb16 %[p1], %[b1]\n\t"
                         "strd %[p0], %[p1], [%[pairs]], #8\n\t"
                         "sxtb16 %[p0], %[b2]\n\t"
                         "sxtb16 %[p1], %[b3]\n\t"
                         "strd %[p0], %[p1], [%[pairs]], #8\n\t"
                         "sxtb16 %[p0], %[b0], ror #8\n\t"
                         "sxtb16 %[p1], %[b1], ror #8\n\t"
                         "strd %[p0], %[p1], [%[pairs]], #8\n\t"
                         "sxtb16 %[p0], %[b2], ror #8\n\t"
                         "sxtb16 %[p1], %[b3], ror #8\n\t"
                         "strd %[p0], %[p1], [%[pairs]], #8\n\t"
                         : [c0] "+r"(c0), [c1] "+r"(c1), [c2] "+r"(c2), [c3] "+r"(c3),
                           [b0] "=&r"(b0), [b1] "=&r"(b1), [b2] "=&r"(b2), [b3] "=&r"(b3),
                           [p0] "=&r"(p0), [p1] "=&r"(p1), [pairs] "+r"(pairs)
                         :
                         : "memory");
    } while (pairs != end);
}

/** The first step: the sums, s<column><output>, start from the biases. */
#define FIRST_STEP                                                                                 \
    "ldrd %[s00], %[s01], [%[w]], #8\n\t"                                                          \
    "ldrd %[w0], %[w1], [%[w]], #8\n\t"                                                            \
    "ldrd %[c0], %[s10], [%[c]], #8\n\t"                                                           \
    "ldrd %[s20], %[s30], [%[c]], #8\n\t"                                                          \
    "smlad %[s11], %[s10], %[w1], %[s01]\n\t"                                                      \
    "smlad %[s21], %[s20], %[w1], %[s01]\n\t"                                                      \
    "smlad %[s31], %[s30], %[w1], %[s01]\n\t"                                                      \
    "smlad %[s10], %[s10], %[w0], %[s00]\n\t"                                                      \
    "smlad %[s20], %[s20], %[w0], %[s00]\n\t"                                                      \
    "smlad %[s30], %[s30], %[w0], %[s00]\n\t"                                                      \
    "smlad %[s01], %[c0], %[w1], %[s01]\n\t"                                                       \
    "smlad %[s00], %[c0], %[w0], %[s00]\n\t"

#define STEP                                                                                       \
    "ldrd %[w0], %[w1], [%[w]], #8\n\t"                                                            \
    "ldrd %[c0], %[c1], [%[c]], #8\n\t"                                                            \
    "smlad %[s00], %[c0], %[w0], %[s00]\n\t"                                                       \
    "smlad %[s01], %[c0], %[w1], %[s01]\n\t"                                                       \
    "smlad %[s10], %[c1], %[w0], %[s10]\n\t"                                                       \
    "smlad %[s11], %[c1], %[w1], %[s11]\n\t"                                                       \
    "ldrd %[c0], %[c1], [%[c]], #8\n\t"                                                            \
    "smlad %[s20], %[c0], %[w0], %[s20]\n\t"                                                       \
    "smlad %[s21], %[c0], %[w1], %[s21]\n\t"                                                       \
    "smlad %[s30], %[c1], %[w0], %[s30]\n\t"                                                       \
    "smlad %[s31], %[c1], %[w1], %[s31]\n\t"

/** Read the rescaling of one output: c0 = factor, c1 = offset, w0 = n. Their registers ascend. */
#define LOAD_TAIL "ldm %[w]!, {%[c0], %[c1], %[w0]}\n\t"

/** Rescale a sum to int8; see kernels/fast_rescale.h. */
#define FINISH(sum)                                                                                \
    "add %[w1], %[c1], %[" sum "], asr #31\n\t"                                                    \
    "smmlar %[" sum "], %[" sum "], %[c0], %[w1]\n\t"                                              \
    "asr %[" sum "], %[" sum "], %[w0]\n\t"                                                        \
    "ssat %[" sum "], #8, %[" sum "]\n\t"

/** The same for WAY_ANY, with c = by how much the sign is shifted. */
#define FINISH_ANY(sum)                                                                            \
    "lsr %[w1], %[" sum "], %[c]\n\t"                                                              \
    "sub %[w1], %[c1], %[w1]\n\t"                                                                  \
    "smmlar %[" sum "], %[" sum "], %[c0], %[w1]\n\t"                                              \
    "asr %[" sum "], %[" sum "], %[w0]\n\t"                                                        \
    "ssat %[" sum "], #8, %[" sum "]\n\t"

#define FINISH_OUTPUT(FIN, O) FIN("s0" O) FIN("s1" O) FIN("s2" O) FIN("s3" O)
#define SIGN "lsr %[c], %[w0], #8\n\t"

/** Store the two int8 of each column beside each other, columns `stride` bytes apart. */
#define STORE                                                                                      \
    "ldr %[c], %[output]\n\t"                                                                      \
    "ldr %[c0], %[stride]\n\t"                                                                     \
    "add %[c1], %[c], #2\n\t"                                                                      \
    "str %[c1], %[output]\n\t"                                                                     \
    "bfi %[s00], %[s01], #8, #8\n\t"                                                               \
    "bfi %[s10], %[s11], #8, #8\n\t"                                                               \
    "bfi %[s20], %[s21], #8, #8\n\t"                                                               \
    "bfi %[s30], %[s31], #8, #8\n\t"                                                               \
    "strh %[s00], [%[c]]\n\t"                                                                      \
    "strh %[s10], [%[c], %[c0]]\n\t"                                                               \
    "strh %[s20], [%[c], %[c0], lsl #1]\n\t"                                                       \
    "add %[c], %[c], %[c0], lsl #1\n\t"                                                            \
    "strh %[s30], [%[c], %[c0]]\n\t"

#define STEPS STEP STEP STEP STEP STEP STEP STEP STEP STEP STEP STEP STEP
#define NUM_STEPS 12u
/** All instructions of a step are four bytes long. */
#define STEP_BYTES 44u

/**
 * Four columns times at least one block; `stride` is the bytes from a column's output to the next.
 *
 * The loop over the depth is unrolled NUM_STEPS times. It is entered in its middle, so that the
 * steps behind the first come out even. Not inlined: it needs all registers for itself.
 */
static __attribute__((noinline)) void multiply(const uint32_t *columns, size_t depth,
                                               const uint32_t *blocks, const uint32_t *blocks_end,
                                               int8_t *output, size_t stride)
{
    const uint32_t *const columns_end = columns + 2 * depth;
    const size_t odd_steps = (depth / 2 - 1) % NUM_STEPS;
    uint32_t entry = odd_steps == 0 ? 0 : (NUM_STEPS - odd_steps) * STEP_BYTES;
    int32_t s00, s01, s10, s11, s20, s21, s30, s31;
    register uint32_t c0 __asm__("r8");
    register uint32_t c1 __asm__("r9");
    register uint32_t w0 __asm__("r10");
    uint32_t c, w1;
    __asm__ volatile(
        "ldr %[w0], %[entry]\n\t"
        "adr %[c], 2f\n\t"
        "add %[c], %[c], %[w0]\n\t"
        "orr %[c], %[c], #1\n\t" /* Thumb */
        "str %[c], %[entry]\n\t"
        "1:\n\t"
        "ldr %[c], %[columns]\n\t" FIRST_STEP "ldr %[w0], %[entry]\n\t"
        "bx %[w0]\n\t"
        ".balign 4\n\t"
        "2:\n\t" STEPS "ldr %[w0], %[columns_end]\n\t"
        "cmp %[c], %[w0]\n\t"
        "bne 2b\n\t" LOAD_TAIL "cmp %[w0], %[max_right]\n\t"
        "bhi 4f\n\t" FINISH_OUTPUT(FINISH, "0") LOAD_TAIL FINISH_OUTPUT(
            FINISH, "1") "3:\n\t" STORE "ldr %[w0], %[blocks_end]\n\t"
                         "cmp %[w], %[w0]\n\t"
                         "bne 1b\n\t"
                         "b 5f\n\t"
                         "4:\n\t" SIGN FINISH_OUTPUT(FINISH_ANY, "0")
                             LOAD_TAIL SIGN FINISH_OUTPUT(FINISH_ANY, "1") "b 3b\n\t"
                                                                           "5:\n\t"
        : [s00] "=&r"(s00), [s01] "=&r"(s01), [s10] "=&r"(s10), [s11] "=&r"(s11), [s20] "=&r"(s20),
          [s21] "=&r"(s21), [s30] "=&r"(s30), [s31] "=&r"(s31), [c] "=&r"(c), [c0] "=&r"(c0),
          [c1] "=&r"(c1), [w] "+r"(blocks), [w0] "=&r"(w0), [w1] "=&r"(w1), [output] "+m"(output),
          [entry] "+m"(entry)
        : [columns] "m"(columns), [columns_end] "m"(columns_end), [blocks_end] "m"(blocks_end),
          [stride] "m"(stride), [max_right] "i"(MATMUL_MAX_RIGHT)
        : "cc", "memory");
}

/** Undoubled sum of one column and one output of a slow block. */
static int32_t dot(const uint32_t *c, const uint32_t *w, size_t depth)
{
    int32_t sum = 0;
    for (size_t i = 0; i < depth / 2; i++) {
        sum = simd_dot2(c[MATMUL_S8_COLUMNS * i], w[MATMUL_OUTPUTS * i], sum);
    }
    return sum;
}

/** The slow way, for what does not fit the fast one: constants, an odd output, a part of a tile. */
static void multiply_any(const matmul_s8_t *m, const uint32_t *c, const uint32_t *block,
                         size_t output, size_t num_columns, int8_t *to)
{
    const matmul_tail_t *tail = matmul_tail_of(block, m->depth);
    for (size_t i = 0; i < MATMUL_OUTPUTS && output + i < m->num_out; i++) {
        const int32_t factor = tail->output[i].factor;
        const int32_t offset = tail->output[i].offset;
        const int32_t n = tail->output[i].n;
        for (size_t j = 0; j < num_columns; j++) {
            const int32_t sum = dot(c + j, block + MATMUL_OUTPUTS + i, m->depth);
            const int32_t biased = (int32_t)((uint32_t)sum + block[i]);
            to[j * m->num_out + output + i] =
                n == 0 ? rescale_to_s8(sum, &m->rescales[output + i], &m->range)
                : n > MATMUL_MAX_RIGHT
                    ? fast_rescale_shifted(biased, factor, offset, n & MATMUL_MAX_RIGHT)
                    : fast_rescale(biased, factor, offset, n);
        }
    }
}

void matmul_s8_tile(const matmul_s8_t *m, const int8_t *const columns[MATMUL_S8_COLUMNS],
                    size_t num_columns, int8_t *output, void *scratch)
{
    const size_t num_out = m->num_out;
    const size_t words = matmul_block_words(m->depth);
    const matmul_head_t *head = scratch;
    const uint32_t *block = (const uint32_t *)(head + 1);
    uint32_t *pairs =
        (uint32_t *)(head + 1) + round_up(num_out, MATMUL_OUTPUTS) / MATMUL_OUTPUTS * words;
    size_t fast = num_columns == MATMUL_S8_COLUMNS ? head->fast_outputs : 0;

    spread_columns(columns, m->depth, pairs);
    for (size_t o = 0; o < num_out;) {
        if (fast > 0) {
            const uint32_t *end = block + fast / MATMUL_OUTPUTS * words;
            multiply(pairs, m->depth, block, end, output + o, num_out);
            o += fast;
            block = end;
            fast = 0;
        } else {
            multiply_any(m, pairs, block, o, num_columns, output);
            o += MATMUL_OUTPUTS;
            block += words;
            fast = num_columns == MATMUL_S8_COLUMNS ? matmul_fast_outputs(m, block, o) : 0;
        }
    }
}

#endif
