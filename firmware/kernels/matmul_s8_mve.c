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
#include "kernels/matmul_s8_mve.h"

#include "kernels/convolution.h"

#if AIRLOOP_MVE

#define NARROW_DEPTH (2 * MATMUL_LANES)

static size_t unpacked_bytes(size_t depth, size_t num_out)
{
    return round_up(num_out, MATMUL_OUTPUTS) * round_up(depth, NARROW_DEPTH);
}

size_t matmul_s8_scratch_bytes(size_t depth, size_t num_out, unsigned weight_bits)
{
    const size_t outputs = round_up(num_out, MATMUL_FOUR);
    const size_t unpacked = weight_bits == NARROW_WIDE ? 0 : unpacked_bytes(depth, num_out);
    return round_up(sizeof(matmul_head_t) + unpacked +
                        (sizeof(mve_four_t) / MATMUL_FOUR + sizeof(int32_t) * MATMUL_S8_COLUMNS) *
                            outputs,
                    16);
}

/** Unpack the weights of all outputs, zeros behind each pair. */
static void unpack(const matmul_s8_t *m, int8_t *to)
{
    const size_t num_bytes = MATMUL_OUTPUTS * round_up(m->depth, NARROW_DEPTH);
    const size_t num_packed = MATMUL_OUTPUTS * round_up(m->depth, 8);
    const int8_t *packed = m->weights;
    if (num_bytes == num_packed) {
        const size_t num_pairs = (m->num_out + 1) / MATMUL_OUTPUTS;
        narrow_unpack(packed, num_pairs * num_packed / NARROW_CHUNK, m->weight_bits, to);
        return;
    }
    for (size_t o = 0; o < m->num_out; o += MATMUL_OUTPUTS) {
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

#define TWO_VECTORS LOAD_WEIGHTS LOAD_COLUMNS MULTIPLY LOAD_WEIGHTS LOAD_COLUMNS MULTIPLY

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
    "ldr %[c0], %[sums_end]\n\t"                                                                   \
    "strd %[s00], %[s01], [%[n]], #8\n\t"                                                          \
    "strd %[s10], %[s11], [%[n]], #8\n\t"                                                          \
    "strd %[s20], %[s21], [%[n]], #8\n\t"                                                          \
    "strd %[s30], %[s31], [%[n]], #8\n\t"                                                          \
    "str %[n], %[sums]\n\t"                                                                        \
    "cmp %[n], %[c0]\n\t"                                                                          \
    "bne 1b\n\t"

#define KEPT                                                                                       \
    [s00] "=&r"(s00), [s01] "=&r"(s01), [s10] "=&r"(s10), [s11] "=&r"(s11), [s20] "=&r"(s20),      \
        [s21] "=&r"(s21), [s30] "=&r"(s30), [s31] "=&r"(s31), [c0] "=&r"(c0), [c1] "=&r"(c1),      \
        [c2] "=&r"(c2), [c3] "=&r"(c3), [n] "=&r"(n), [w] "+r"(w), [sums] "+m"(sums)

/**
 * Four columns times all outputs. Behind the last whole vector columns are loaded with zeros, and
 * weights as if there were more: what comes behind belongs to the next block, so the pointer goes
 * back.
 */
static __attribute__((noinline)) void multiply(const int8_t *const *columns, const int8_t *w,
                                               size_t depth, int32_t *sums, int32_t *sums_end)
{
    const size_t vectors = depth / MATMUL_LANES;
    const size_t rest = depth % MATMUL_LANES;
    REGISTERS
    __asm__ volatile(
        "1:\n\t"
        "ldr %[c3], %[columns]\n\t"
        "ldr %[n], %[vectors]\n\t" ZERO "ldrd %[c0], %[c1], [%[c3]]\n\t"
        "ldrd %[c2], %[c3], [%[c3], #8]\n\t"
        "cmp %[n], #0\n\t"
        "beq 3f\n\t"
        "2:\n\t" LOAD_WEIGHTS LOAD_COLUMNS "subs %[n], %[n], #1\n\t" MULTIPLY "bne 2b\n\t"
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
        : [columns] "m"(columns), [vectors] "m"(vectors), [rest] "m"(rest), [sums_end] "m"(sums_end)
        : "q0", "q1", "q2", "q3", "q4", "q5", "p0", "cc", "memory");
}

/**
 * The same where NARROW_DEPTH divides the depth of the weights: what is read behind shorter columns
 * is multiplied by zero. The loop takes four vectors, and is entered in its middle if need be.
 */
static __attribute__((noinline)) void multiply_twos(const int8_t *const *columns, const int8_t *w,
                                                    size_t depth, int32_t *sums, int32_t *sums_end)
{
    const size_t twos = depth / NARROW_DEPTH;
    REGISTERS
    __asm__ volatile("1:\n\t"
                     "ldr %[c3], %[columns]\n\t"
                     "ldr %[n], %[twos]\n\t" ZERO "ldrd %[c0], %[c1], [%[c3]]\n\t"
                     "ldrd %[c2], %[c3], [%[c3], #8]\n\t"
                     "lsrs %[n], %[n], #1\n\t"
                     "adc %[n], %[n], #0\n\t"
                     "bcs 3f\n\t"
                     "2:\n\t" TWO_VECTORS "3:\n\t" TWO_VECTORS "subs %[n], %[n], #1\n\t"
                     "bne 2b\n\t" STORE_SUMS:KEPT
                     : [columns] "m"(columns), [twos] "m"(twos), [sums_end] "m"(sums_end)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "cc", "memory");
}

void matmul_s8_prepare(const matmul_s8_t *m, void *scratch)
{
    matmul_head_t *head = scratch;
    head->way = matmul_prepare_fours(m, head->fours);
    head->sums = (int32_t *)(void *)(head->fours + round_up(m->num_out, MATMUL_FOUR) / MATMUL_FOUR);
    head->multiply = multiply;
    head->weights = m->weights;
    head->depth = m->depth;
    if (m->weight_bits != NARROW_WIDE) {
        int8_t *unpacked =
            (int8_t *)(head->sums + MATMUL_S8_COLUMNS * round_up(m->num_out, MATMUL_FOUR));
        unpack(m, unpacked);
        head->multiply = multiply_twos;
        head->weights = unpacked;
        head->depth = round_up(m->depth, NARROW_DEPTH);
    }
}

void matmul_s8_tile(const matmul_s8_t *m, const int8_t *const columns[MATMUL_S8_COLUMNS],
                    size_t num_columns, int8_t *output, void *scratch)
{
    const matmul_head_t *head = scratch;
    int32_t *const sums_end = head->sums + MATMUL_S8_COLUMNS * round_up(m->num_out, MATMUL_OUTPUTS);
    head->multiply(columns, head->weights, head->depth, head->sums, sums_end);
    matmul_finish(m, head, num_columns, output);
}

#endif
