/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for cores that multiply one value at a time. A row is spread out as int32, so that one
 * instruction loads two values; 2.2 instructions a multiply-accumulate on Armv7-M.
 */
#include "kernels/convolution.h"
#include "kernels/dense_rows.h"
#include "kernels/simd.h"

#if AIRLOOP_SCALAR

size_t dense_row_bytes(size_t num_in)
{
    return round_up(sizeof(int32_t) * round_up(num_in, DENSE_DEPTH), 16);
}

/** In the order of the weights: of every four values the even ones first. @return the sum */
int32_t dense_spread(const int8_t *restrict input, size_t num_in, void *row)
{
    int32_t *to = row;
    int32_t sum = 0;
    for (size_t k = 0; k < num_in; k += DENSE_DEPTH) {
        for (size_t i = 0; i < DENSE_DEPTH; i++) {
            const int32_t value = k + i < num_in ? input[k + i] : 0;
            to[(i & 1u) * 2 + i / 2] = value;
            sum += value;
        }
        to += DENSE_DEPTH;
    }
    return sum;
}

#if __ARM_ARCH_ISA_THUMB >= 2

/** One value of four outputs, at place I; weights of the first of a pair are raised by 128. */
#define DENSE_VALUE(X, I)                                                                          \
    "ldrb %[w0], [%[w], #2 * (" #I ")]\n\t"                                                        \
    "ldrsb %[w1], [%[w], #2 * (" #I ") + 1]\n\t"                                                   \
    "mla %[s0], %[" X "], %[w0], %[s0]\n\t"                                                        \
    "mla %[s1], %[" X "], %[w1], %[s1]\n\t"                                                        \
    "ldrb %[w0], [%[v], #2 * (" #I ")]\n\t"                                                        \
    "ldrsb %[w1], [%[v], #2 * (" #I ") + 1]\n\t"                                                   \
    "mla %[s2], %[" X "], %[w0], %[s2]\n\t"                                                        \
    "mla %[s3], %[" X "], %[w1], %[s3]\n\t"

/** Four values, from place I on. */
#define DENSE_STEP(I)                                                                              \
    "ldrd %[x0], %[x1], [%[x]], #8\n\t" DENSE_VALUE("x0", I)                                       \
        DENSE_VALUE("x1", I + 1) "ldrd %[x0], %[x1], [%[x]], #8\n\t" DENSE_VALUE("x0", I + 2)      \
            DENSE_VALUE("x1", I + 3)

#define DENSE_STEPS 4u

#define DENSE_ASM(BODY)                                                                            \
    __asm__ volatile(BODY                                                                          \
                     : [x] "+r"(x), [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3),    \
                       [x0] "=&r"(x0), [x1] "=&r"(x1), [w0] "=&r"(w0), [w1] "=&r"(w1)              \
                     : [w] "r"(w), [v] "r"(v)                                                      \
                     : "memory")

/** Not inlined: it needs nearly all registers for itself. */
__attribute__((noinline)) void dense_multiply(const void *row, const int8_t *weights, size_t depth,
                                              int32_t told, int32_t sums[DENSE_OUTPUTS])
{
    const int32_t *x = row;
    const int32_t *const fours_end =
        x + depth / (DENSE_STEPS * DENSE_DEPTH) * (DENSE_STEPS * DENSE_DEPTH);
    const int32_t *const end = x + depth;
    const int8_t *w = weights;
    const int8_t *v = weights + 2 * depth;
    int32_t s0 = -128 * told, s1 = 0, s2 = -128 * told, s3 = 0;
    int32_t x0, x1, w0, w1;
    while (x != fours_end) {
        DENSE_ASM(DENSE_STEP(0) DENSE_STEP(4) DENSE_STEP(8) DENSE_STEP(12));
        w += 2 * DENSE_STEPS * DENSE_DEPTH;
        v += 2 * DENSE_STEPS * DENSE_DEPTH;
    }
    while (x != end) {
        DENSE_ASM(DENSE_STEP(0));
        w += 2 * DENSE_DEPTH;
        v += 2 * DENSE_DEPTH;
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

#else

/** Two outputs whose weights lie in pairs. */
static void multiply_pair(const int32_t *x, const int32_t *end, const uint8_t *w, int32_t *sums)
{
    int32_t s0 = sums[0];
    int32_t s1 = sums[1];
    while (x != end) {
        s0 += x[0] * w[0] + x[1] * w[2] + x[2] * w[4] + x[3] * w[6];
        s1 += x[0] * (int8_t)w[1] + x[1] * (int8_t)w[3] + x[2] * (int8_t)w[5] + x[3] * (int8_t)w[7];
        x += DENSE_DEPTH;
        w += 2 * DENSE_DEPTH;
    }
    sums[0] = s0;
    sums[1] = s1;
}

void dense_multiply(const void *row, const int8_t *weights, size_t depth, int32_t told,
                    int32_t sums[DENSE_OUTPUTS])
{
    const int32_t *x = row;
    const uint8_t *w = (const uint8_t *)weights;
    sums[0] = sums[2] = -128 * told;
    sums[1] = sums[3] = 0;
    multiply_pair(x, x + depth, w, sums);
    multiply_pair(x, x + depth, w + 2 * depth, sums + 2);
}

#endif

#endif
