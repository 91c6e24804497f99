/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for cores that multiply one value at a time: four columns times two outputs.
 *
 * Columns are spread out as int32 [depth][4], so that one instruction loads two or four of them;
 * weights are read where they lie in the image; narrow ones are unpacked before each use, two
 * outputs at a time, which costs about a fifth more. On Armv7-M a multiply-accumulate takes 1.5
 * instructions, on Armv6-M, which has no multiply-accumulate and few registers, 2.75.
 */
#include "kernels/matmul_s8.h"

#include "kernels/convolution.h"
#include "kernels/rescale_scalar.h"
#include "kernels/simd.h"

#if AIRLOOP_SCALAR

#define OUTPUTS 2u
#define DEPTH 4u
#define HEAD_BYTES 32u

/** Scratch: this head, the constants, the columns, two outputs of narrow weights. */
typedef struct {
    scalar_rescale_t rescale;
    int32_t *columns;
} head_t;

_Static_assert(sizeof(head_t) <= HEAD_BYTES, "the scratch has room for it");

/** Sums of one block, by output and column. */
typedef int32_t sums_t[OUTPUTS][MATMUL_S8_COLUMNS];

size_t matmul_s8_scratch_bytes(size_t depth, size_t num_out, unsigned weight_bits)
{
    const size_t columns = sizeof(int32_t) * MATMUL_S8_COLUMNS * depth;
    const size_t unpacked = weight_bits == NARROW_WIDE ? 0 : OUTPUTS * round_up(depth, 8);
    return round_up(HEAD_BYTES + SCALAR_RESCALE_BYTES * num_out + columns + unpacked, 16);
}

void matmul_s8_prepare(const matmul_s8_t *m, void *scratch)
{
    head_t *head = scratch;
    fast_rescale_t *constants = (fast_rescale_t *)(void *)((uint8_t *)scratch + HEAD_BYTES);
    head->rescale = scalar_rescale_prepare(m->rescales, &m->range, m->depth, m->num_out, constants);
    head->columns = (int32_t *)(void *)(constants + m->num_out);
}

static void spread(const int8_t *const columns[MATMUL_S8_COLUMNS], size_t depth, int32_t *to)
{
    const int8_t *c0 = columns[0];
    const int8_t *c1 = columns[1];
    const int8_t *c2 = columns[2];
    const int8_t *c3 = columns[3];
    const int8_t *const end = c0 + depth;
    while (c0 != end) {
        to[0] = *c0++;
        to[1] = *c1++;
        to[2] = *c2++;
        to[3] = *c3++;
        to += MATMUL_S8_COLUMNS;
    }
}

#if __ARM_ARCH_ISA_THUMB >= 2

/** One value of four columns and two outputs. */
#define STEP(K)                                                                                    \
    "ldrsb %[w0], [%[w], #" #K "]\n\t"                                                             \
    "ldrsb %[w1], [%[w], #" #K " + 4]\n\t"                                                         \
    "ldrd %[c0], %[c1], [%[c]], #8\n\t"                                                            \
    "mla %[s00], %[c0], %[w0], %[s00]\n\t"                                                         \
    "mla %[s01], %[c1], %[w0], %[s01]\n\t"                                                         \
    "mla %[s10], %[c0], %[w1], %[s10]\n\t"                                                         \
    "mla %[s11], %[c1], %[w1], %[s11]\n\t"                                                         \
    "ldrd %[c0], %[c1], [%[c]], #8\n\t"                                                            \
    "mla %[s02], %[c0], %[w0], %[s02]\n\t"                                                         \
    "mla %[s03], %[c1], %[w0], %[s03]\n\t"                                                         \
    "mla %[s12], %[c0], %[w1], %[s12]\n\t"                                                         \
    "mla %[s13], %[c1], %[w1], %[s13]\n\t"

/** Two outputs. Not inlined: it needs all registers for itself. */
static __attribute__((noinline)) void multiply(const int32_t *c, const int32_t *end,
                                               const int8_t *w, sums_t sums)
{
    int32_t s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
    int32_t c0, c1, w0, w1;
    __asm__ volatile(
        "1:\n\t" STEP(0) STEP(1) STEP(2) STEP(3) "add %[w], %[w], #8\n\t"
                                                 "ldr %[w0], %[end]\n\t"
                                                 "cmp %[c], %[w0]\n\t"
                                                 "bne 1b\n\t"
        : [s00] "+r"(s00), [s01] "+r"(s01), [s02] "+r"(s02), [s03] "+r"(s03), [s10] "+r"(s10),
          [s11] "+r"(s11), [s12] "+r"(s12), [s13] "+r"(s13), [c] "+r"(c), [w] "+r"(w),
          [c0] "=&r"(c0), [c1] "=&r"(c1), [w0] "=&r"(w0), [w1] "=&r"(w1)
        : [end] "m"(end)
        : "cc", "memory");
    sums[0][0] = s00;
    sums[0][1] = s01;
    sums[0][2] = s02;
    sums[0][3] = s03;
    sums[1][0] = s10;
    sums[1][1] = s11;
    sums[1][2] = s12;
    sums[1][3] = s13;
}

#else

/** One value of four columns and one output. */
#define STEP(K)                                                                                    \
    "ldrb %[w0], [%[w], #" #K "]\n\t"                                                              \
    "sxtb %[w0], %[w0]\n\t"                                                                        \
    "ldmia %[c]!, {r3, r4, r5, r6}\n\t"                                                            \
    "muls r3, %[w0], r3\n\t"                                                                       \
    "muls r4, %[w0], r4\n\t"                                                                       \
    "muls r5, %[w0], r5\n\t"                                                                       \
    "muls r6, %[w0], r6\n\t"                                                                       \
    "add %[s0], r3\n\t"                                                                            \
    "add %[s1], r4\n\t"                                                                            \
    "add %[s2], r5\n\t"                                                                            \
    "add %[s3], r6\n\t"

static __attribute__((noinline)) void multiply_one(const int32_t *c, const int32_t *end,
                                                   const int8_t *w, int32_t sums[MATMUL_S8_COLUMNS])
{
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    int32_t w0;
    __asm__ volatile(".syntax unified\n\t"
                     "1:\n\t" STEP(0) STEP(1) STEP(2) STEP(3) "adds %[w], %[w], #8\n\t"
                                                              "cmp %[c], %[end]\n\t"
                                                              "bne 1b\n\t"
                     : [s0] "+h"(s0), [s1] "+h"(s1), [s2] "+h"(s2), [s3] "+h"(s3), [c] "+l"(c),
                       [w] "+l"(w), [w0] "=&l"(w0)
                     : [end] "h"(end)
                     : "r3", "r4", "r5", "r6", "cc", "memory");
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

/** Two outputs. */
static void multiply(const int32_t *c, const int32_t *end, const int8_t *w, sums_t sums)
{
    multiply_one(c, end, w, sums[0]);
    multiply_one(c, end, w + DEPTH, sums[1]);
}

#endif

/** One output of all columns. @param stride  bytes from an output of a column to the next's */
static inline void finish(const scalar_rescale_t *rescale, const int32_t sums[MATMUL_S8_COLUMNS],
                          size_t o, size_t num_columns, int8_t *output, size_t stride)
{
    if (rescale->way == WAY_RIGHT && num_columns == MATMUL_S8_COLUMNS) {
        const fast_rescale_t constants = rescale->constants[o];
        output[0] = scalar_rescale_fast(sums[0], constants);
        output[stride] = scalar_rescale_fast(sums[1], constants);
        output[2 * stride] = scalar_rescale_fast(sums[2], constants);
        output[3 * stride] = scalar_rescale_fast(sums[3], constants);
        return;
    }
    for (size_t i = 0; i < num_columns; i++) {
        output[i * stride] = scalar_rescale(rescale, sums[i], o);
    }
}

static void tile_wide(const matmul_s8_t *m, size_t num_columns, int8_t *output, const head_t *head)
{
    const int32_t *const end = head->columns + MATMUL_S8_COLUMNS * m->depth;
    const int8_t *weights = m->weights;
    sums_t sums;
    for (size_t o = 0; o < m->num_out; o++) {
        if (o % OUTPUTS == 0) {
            multiply(head->columns, end, weights, sums);
            weights += OUTPUTS * m->depth;
        }
        finish(&head->rescale, sums[o % OUTPUTS], o, num_columns, output + o, m->num_out);
    }
}

/** Two outputs' weights are unpacked at a time, behind the columns. */
static __attribute__((noinline)) void tile_narrow(const matmul_s8_t *m, size_t num_columns,
                                                  int8_t *output, const head_t *head)
{
    int32_t *const end = head->columns + MATMUL_S8_COLUMNS * m->depth;
    const size_t num_chunks = OUTPUTS * round_up(m->depth, 8) / NARROW_CHUNK;
    const int8_t *weights = m->weights;
    sums_t sums;
    for (size_t o = 0; o < m->num_out; o++) {
        if (o % OUTPUTS == 0) {
            narrow_unpack(weights, num_chunks, m->weight_bits, (int8_t *)end);
            multiply(head->columns, end, (const int8_t *)end, sums);
            weights += narrow_bytes(num_chunks * NARROW_CHUNK, m->weight_bits);
        }
        finish(&head->rescale, sums[o % OUTPUTS], o, num_columns, output + o, m->num_out);
    }
}

void matmul_s8_tile(const matmul_s8_t *m, const int8_t *const columns[MATMUL_S8_COLUMNS],
                    size_t num_columns, int8_t *output, void *scratch)
{
    const head_t *head = scratch;
    spread(columns, m->depth, head->columns);
    if (m->weight_bits == NARROW_WIDE) {
        tile_wide(m, num_columns, output, head);
    } else {
        tile_narrow(m, num_columns, output, head);
    }
}

#endif
