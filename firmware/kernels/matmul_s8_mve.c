/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for Helium: sixteen products an instruction, four columns times two outputs at a time.
 *
 * Columns and weights are read where they lie; of the two outputs of a block, whose weights
 * alternate four by four, one instruction pair loads sixteen each. Sums are rescaled four outputs
 * at a time. Eight sums take all registers that they may be in, so that none is left for a
 * low-overhead loop. Narrow weights are unpacked once an operator, and padded so that their loop
 * takes two vectors at a time and has no rest.
 */
#include "kernels/matmul_s8.h"

#include "kernels/convolution.h"
#include "kernels/mve.h"
#include "kernels/rescale_row.h"

#if AIRLOOP_MVE

#define OUTPUTS 2u
#define LANES 16u
#define LANES_OUT 4u
#define HEAD_BYTES 48u
#define NARROW_DEPTH (2 * LANES)

/** Scratch: this head, the constants, the sums of the columns, narrow weights unpacked. */
typedef struct {
    rescale_row_t row;
    int32_t *sums; /**< [num_out / OUTPUTS][MATMUL_S8_COLUMNS][OUTPUTS] */
    void (*multiply)(const int8_t *const *columns, const int8_t *weights, size_t depth,
                     size_t num_blocks, int32_t *sums);
    const int8_t *weights; /**< those of the image, or unpacked ones */
    size_t depth;          /**< of these */
} head_t;

_Static_assert(sizeof(head_t) <= HEAD_BYTES, "the scratch has room for it");

static size_t unpacked_bytes(size_t depth, size_t num_out)
{
    return round_up(num_out, OUTPUTS) * round_up(depth, NARROW_DEPTH);
}

size_t matmul_s8_scratch_bytes(size_t depth, size_t num_out, unsigned weight_bits)
{
    const size_t outputs = round_up(num_out, LANES_OUT);
    const size_t unpacked = weight_bits == NARROW_WIDE ? 0 : unpacked_bytes(depth, num_out);
    return round_up(HEAD_BYTES + unpacked +
                        (ROW_RESCALE_BYTES + sizeof(int32_t) * MATMUL_S8_COLUMNS) * outputs,
                    16);
}

/** Unpack the weights of all outputs, zeros behind each pair. */
static void unpack(const matmul_s8_t *m, int8_t *to)
{
    const size_t num_bytes = OUTPUTS * round_up(m->depth, NARROW_DEPTH);
    const size_t num_packed = OUTPUTS * round_up(m->depth, 8);
    const int8_t *packed = m->weights;
    for (size_t o = 0; o < m->num_out; o += OUTPUTS) {
        narrow_unpack(packed, num_packed / NARROW_CHUNK, m->weight_bits, to);
        memset(to + num_packed, 0, num_bytes - num_packed);
        packed += matmul_s8_pair_bytes(m->depth, m->weight_bits);
        to += num_bytes;
    }
}

/** Sixteen weights of both outputs, q0 and q1. */
#define LOAD_WEIGHTS                                                                               \
    "vld20.32 {q0, q1}, [%[w]]\n\t"                                                                \
    "vld21.32 {q0, q1}, [%[w]]!\n\t"

/** Sums s<column><output> go on with sixteen values of the columns, q2 to q5. */
#define MULTIPLY                                                                                   \
    "vmladava.s8 %[s00], q2, q0\n\t"                                                               \
    "vmladava.s8 %[s01], q2, q1\n\t"                                                               \
    "vmladava.s8 %[s10], q3, q0\n\t"                                                               \
    "vmladava.s8 %[s11], q3, q1\n\t"                                                               \
    "vmladava.s8 %[s20], q4, q0\n\t"                                                               \
    "vmladava.s8 %[s21], q4, q1\n\t"                                                               \
    "vmladava.s8 %[s30], q5, q0\n\t"                                                               \
    "vmladava.s8 %[s31], q5, q1\n\t"

#define LOAD_COLUMNS                                                                               \
    "vldrb.u8 q2, [%[c0]], #16\n\t"                                                                \
    "vldrb.u8 q3, [%[c1]], #16\n\t"                                                                \
    "vldrb.u8 q4, [%[c2]], #16\n\t"                                                                \
    "vldrb.u8 q5, [%[c3]], #16\n\t"

#define ZERO                                                                                       \
    "mov %[s00], #0\n\t"                                                                           \
    "mov %[s01], #0\n\t"                                                                           \
    "mov %[s10], #0\n\t"                                                                           \
    "mov %[s11], #0\n\t"                                                                           \
    "mov %[s20], #0\n\t"                                                                           \
    "mov %[s21], #0\n\t"                                                                           \
    "mov %[s30], #0\n\t"                                                                           \
    "mov %[s31], #0\n\t"

/** What both loops below keep in registers, and how each block of them ends. */
#define REGISTERS                                                                                  \
    register int32_t s00 __asm__("r0");                                                            \
    register int32_t s01 __asm__("r2");                                                            \
    register int32_t s10 __asm__("r4");                                                            \
    register int32_t s11 __asm__("r6");                                                            \
    register int32_t s20 __asm__("r8");                                                            \
    register int32_t s21 __asm__("r10");                                                           \
    register int32_t s30 __asm__("r12");                                                           \
    register int32_t s31 __asm__("r14");                                                           \
    register const int8_t *c0 __asm__("r1");                                                       \
    register const int8_t *c1 __asm__("r3");                                                       \
    register const int8_t *c2 __asm__("r5");                                                       \
    register const int8_t *c3 __asm__("r9");                                                       \
    uint32_t n;

#define STORE_SUMS                                                                                 \
    "ldr %[n], %[sums]\n\t"                                                                        \
    "ldr %[c0], %[num_blocks]\n\t"                                                                 \
    "strd %[s00], %[s01], [%[n]], #8\n\t"                                                          \
    "strd %[s10], %[s11], [%[n]], #8\n\t"                                                          \
    "strd %[s20], %[s21], [%[n]], #8\n\t"                                                          \
    "strd %[s30], %[s31], [%[n]], #8\n\t"                                                          \
    "subs %[c0], %[c0], #1\n\t"                                                                    \
    "str %[n], %[sums]\n\t"                                                                        \
    "str %[c0], %[num_blocks]\n\t"                                                                 \
    "bne 1b\n\t"

#define KEPT                                                                                       \
    [s00] "=&r"(s00), [s01] "=&r"(s01), [s10] "=&r"(s10), [s11] "=&r"(s11), [s20] "=&r"(s20),      \
        [s21] "=&r"(s21), [s30] "=&r"(s30), [s31] "=&r"(s31), [c0] "=&r"(c0), [c1] "=&r"(c1),      \
        [c2] "=&r"(c2), [c3] "=&r"(c3), [n] "=&r"(n), [w] "+r"(w), [sums] "+m"(sums),              \
        [num_blocks] "+m"(num_blocks)

/**
 * Four columns times all outputs. Behind the last whole vector columns are loaded with zeros, and
 * weights as if there were more: what comes behind belongs to the next block, so the pointer goes
 * back.
 */
static __attribute__((noinline)) void multiply(const int8_t *const *columns, const int8_t *w,
                                               size_t depth, size_t num_blocks, int32_t *sums)
{
    const size_t vectors = depth / LANES;
    const size_t rest = depth % LANES;
    REGISTERS
    __asm__ volatile("1:\n\t"
                     "ldr %[c3], %[columns]\n\t"
                     "ldr %[n], %[vectors]\n\t" ZERO "ldrd %[c0], %[c1], [%[c3]]\n\t"
                     "ldrd %[c2], %[c3], [%[c3], #8]\n\t"
                     "cmp %[n], #0\n\t"
                     "beq 3f\n\t"
                     "2:\n\t" LOAD_WEIGHTS LOAD_COLUMNS "subs %[n], %[n], #1\n\t" MULTIPLY
                     "bne 2b\n\t"
                     "3:\n\t"
                     "ldr %[n], %[rest]\n\t"
                     "cmp %[n], #0\n\t"
                     "beq 4f\n\t"
                     "vctp.8 %[n]\n\t"
                     "vpstttt\n\t"
                     "vldrbt.u8 q2, [%[c0]]\n\t"
                     "vldrbt.u8 q3, [%[c1]]\n\t"
                     "vldrbt.u8 q4, [%[c2]]\n\t"
                     "vldrbt.u8 q5, [%[c3]]\n\t" LOAD_WEIGHTS MULTIPLY "sub %[w], %[w], #32\n\t"
                     "add %[w], %[w], %[n], lsl #1\n\t"
                     "4:\n\t" STORE_SUMS:KEPT
                     : [columns] "m"(columns), [vectors] "m"(vectors), [rest] "m"(rest)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "p0", "cc", "memory");
}

/**
 * The same with unpacked weights, whose depth NARROW_DEPTH divides: what is read behind the columns
 * is multiplied by zero.
 */
static __attribute__((noinline)) void multiply_unpacked(const int8_t *const *columns,
                                                        const int8_t *w, size_t depth,
                                                        size_t num_blocks, int32_t *sums)
{
    const size_t twos = depth / NARROW_DEPTH;
    REGISTERS
    __asm__ volatile("1:\n\t"
                     "ldr %[c3], %[columns]\n\t"
                     "ldr %[n], %[twos]\n\t" ZERO "ldrd %[c0], %[c1], [%[c3]]\n\t"
                     "ldrd %[c2], %[c3], [%[c3], #8]\n\t"
                     "2:\n\t" LOAD_WEIGHTS LOAD_COLUMNS MULTIPLY LOAD_WEIGHTS LOAD_COLUMNS
                     "subs %[n], %[n], #1\n\t" MULTIPLY "bne 2b\n\t" STORE_SUMS:KEPT
                     : [columns] "m"(columns), [twos] "m"(twos)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "cc", "memory");
}

void matmul_s8_prepare(const matmul_s8_t *m, void *scratch)
{
    head_t *head = scratch;
    int32_t *constants = (int32_t *)(void *)((uint8_t *)scratch + HEAD_BYTES);
    head->row = rescale_row_prepare(m->rescales, &m->range, m->depth, m->num_out, constants);
    for (size_t o = 0; o < m->num_out && head->row.is_fast; o++) {
        head->row.n[o] = -head->row.n[o];
    }
    head->sums = constants + ROW_RESCALE_BYTES / sizeof(int32_t) * round_up(m->num_out, LANES_OUT);
    head->multiply = multiply;
    head->weights = m->weights;
    head->depth = m->depth;
    if (m->weight_bits != NARROW_WIDE) {
        int8_t *unpacked =
            (int8_t *)(head->sums + MATMUL_S8_COLUMNS * round_up(m->num_out, LANES_OUT));
        unpack(m, unpacked);
        head->multiply = multiply_unpacked;
        head->weights = unpacked;
        head->depth = round_up(m->depth, NARROW_DEPTH);
    }
}

/** The sums of one column and four outputs: two of a block, two of the next. */
static inline int32x4_t load_sums(const int32_t *sums)
{
    const uint64x2_t places = {0, sizeof(int32_t) * OUTPUTS * MATMUL_S8_COLUMNS};
    return vreinterpretq_s32_s64(
        vldrdq_gather_offset_s64((const int64_t *)(const void *)sums, places));
}

/**
 * Rescale all outputs of one column. Constants behind the last may be anything.
 *
 * @param sums  those of the first block
 */
static void finish(const rescale_row_t *row, const int32_t *sums, size_t num_out, int8_t *output)
{
    const int32_t *bias = row->bias;
    const int32_t *factor = row->factor;
    const int32_t *offset = row->offset;
    const int32_t *minus_n = row->n;
    if (!row->is_fast) {
        for (size_t o = 0; o < num_out; o++) {
            const int32_t sum = sums[o / OUTPUTS * OUTPUTS * MATMUL_S8_COLUMNS + o % OUTPUTS];
            output[o] = rescale_to_s8(sum, &row->rescales[o], &row->range);
        }
        return;
    }
    for (size_t blocks = num_out / LANES_OUT; blocks > 0; blocks--) {
        const int32x4_t y = mve_rescale(load_sums(sums), vld1q_s32(bias), vld1q_s32(factor),
                                        vld1q_s32(offset), vld1q_s32(minus_n));
        vstrbq_s32(output, y);
        sums += LANES_OUT * MATMUL_S8_COLUMNS;
        bias += LANES_OUT;
        factor += LANES_OUT;
        offset += LANES_OUT;
        minus_n += LANES_OUT;
        output += LANES_OUT;
    }
    if (num_out % LANES_OUT != 0) {
        const int32x4_t y = mve_rescale(load_sums(sums), vld1q_s32(bias), vld1q_s32(factor),
                                        vld1q_s32(offset), vld1q_s32(minus_n));
        vstrbq_p_s32(output, y, vctp32q((uint32_t)(num_out % LANES_OUT)));
    }
}

void matmul_s8_tile(const matmul_s8_t *m, const int8_t *const columns[MATMUL_S8_COLUMNS],
                    size_t num_columns, int8_t *output, void *scratch)
{
    const head_t *head = scratch;
    const size_t num_blocks = round_up(m->num_out, OUTPUTS) / OUTPUTS;
    head->multiply(columns, head->weights, head->depth, num_blocks, head->sums);
    for (size_t i = 0; i < num_columns; i++) {
        finish(&head->row, head->sums + i * OUTPUTS, m->num_out, output + i * m->num_out);
    }
}

#endif
