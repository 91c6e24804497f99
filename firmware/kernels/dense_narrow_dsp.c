/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for the DSP extension: a word of weights is two int16, and each product with it, or with
 * what masks leave of it, is one instruction. Masks are immediate operands.
 */
#include "kernels/dense_narrow.h"

#include "kernels/dense_s8.h"
#include "kernels/simd.h"

#if AIRLOOP_DSP

int32_t dense_narrow_spread(const int8_t *restrict input, size_t num_in, unsigned bits, void *row)
{
    (void)bits;
    return dense_spread(input, num_in, row);
}

/** Sums of products with the weights as they are, and with what less and less bits of them are. */
typedef struct {
    int32_t whole, more, some, least, rest;
} masked_t;

#define DENSE_STEPS 4u
#define LOAD_VALUES "ldrd %[even], %[odd], [%[x]], #8\n\t"
#define ADD(SUM, X, W) "smlad %[" SUM "], %[" X "], %[" W "], %[" SUM "]\n\t"

/** 4 bits: two values of four outputs. */
#define PAIR_OF_4(X, W)                                                                            \
    ADD("whole", X, W)                                                                             \
    "bic %[t], %[" W "], #0xF000F000\n\t" ADD("more", X, "t") "uxtb16 %[t], %[" W "]\n\t" ADD(     \
        "some", X, "t") "and %[" W "], %[" W "], #0x000F000F\n\t" ADD("least", X, W)

#define STEP_OF_4                                                                                  \
    LOAD_VALUES "ldrd %[w0], %[w1], [%[w]], #8\n\t" PAIR_OF_4("even", "w0") PAIR_OF_4("odd", "w1")

/** 2 bits: two values, whose bytes in the word are rotated to the right by ROR bits first. */
#define PAIR_OF_2(X, W, ROR)                                                                       \
    "sxtb16 %[t], %[" W "]" ROR "\n\t" ADD("whole", X, "t") "and %[u], %[t], #0x003F003F\n\t" ADD( \
        "more", X, "u") "and %[u], %[t], #0x000F000F\n\t" ADD("some", X,                           \
                                                              "u") "and %[t], %[t], "              \
                                                                   "#0x00030003\n\t" ADD("least",  \
                                                                                         X, "t")

#define STEP_OF_2(W) LOAD_VALUES PAIR_OF_2("even", W, "") PAIR_OF_2("odd", W, ", ror #8")

/** 6 bits: two values in the words, then in the bytes. */
#define LANES_OF_6(X, W)                                                                           \
    ADD("whole", X, W)                                                                             \
    "bic %[t], %[" W                                                                               \
    "], #0xF000F000\n\t" ADD("more", X, "t") "and %[" W "], %[" W                                  \
                                             "], #0x003F003F\n\t" ADD("some", X, W)
#define BYTES_OF_6(X, ROR)                                                                         \
    "uxtb16 %[t], %[w2]" ROR                                                                       \
    "\n\t" ADD("least", X, "t") "and %[t], %[t], #0x003F003F\n\t" ADD("rest", X, "t")

#define STEP_OF_6                                                                                  \
    LOAD_VALUES "ldm %[w]!, {%[w0], %[w1], %[w2]}\n\t" LANES_OF_6("even", "w0")                    \
        LANES_OF_6("odd", "w1") BYTES_OF_6("even", "") BYTES_OF_6("odd", ", ror #8")

#define DENSE_ASM(BODY)                                                                            \
    __asm__ volatile(BODY                                                                          \
                     : [x] "+r"(x), [w] "+r"(w), [whole] "+r"(s.whole), [more] "+r"(s.more),       \
                       [some] "+r"(s.some), [least] "+r"(s.least), [even] "=&r"(even),             \
                       [odd] "=&r"(odd), [w0] "=&r"(w0), [w1] "=&r"(w1), [t] "=&r"(t)              \
                     :                                                                             \
                     : "memory")

/** All parts take a row from `x` on, `num_steps` times four values. */
static inline __attribute__((always_inline)) void
part_of_4(const uint32_t *x, const uint32_t *w, size_t num_steps, int32_t sums[DENSE_OUTPUTS])
{
    const uint32_t *const fours_end = x + num_steps / DENSE_STEPS * DENSE_STEPS * 2;
    const uint32_t *const end = x + 2 * num_steps;
    masked_t s = {0};
    uint32_t even, odd, w0, w1, t;
    while (x != fours_end) {
        DENSE_ASM(STEP_OF_4 STEP_OF_4 STEP_OF_4 STEP_OF_4);
    }
    while (x != end) {
        DENSE_ASM(STEP_OF_4);
    }
    sums[0] += s.least;
    sums[1] += (s.some - s.least) >> 4;
    sums[2] += (s.more - s.some) >> 8;
    sums[3] += (int32_t)((uint32_t)s.whole - (uint32_t)s.more) >> 12;
}

#undef DENSE_ASM
#define DENSE_ASM(BODY)                                                                            \
    __asm__ volatile(                                                                              \
        BODY                                                                                       \
        : [x] "+r"(x), [w] "+r"(w), [whole] "+r"(s.whole), [more] "+r"(s.more),                    \
          [some] "+r"(s.some), [least] "+r"(s.least), [even] "=&r"(even), [odd] "=&r"(odd),        \
          [w0] "=&r"(w0), [w1] "=&r"(w1), [t] "=&r"(t), [u] "=&r"(u)                               \
        :                                                                                          \
        : "memory")
#define TWO_STEPS_OF_2 "ldrd %[w0], %[w1], [%[w]], #8\n\t" STEP_OF_2("w0") STEP_OF_2("w1")

static inline __attribute__((always_inline)) void
part_of_2(const uint32_t *x, const uint32_t *w, size_t num_steps, int32_t sums[DENSE_OUTPUTS])
{
    const uint32_t *const fours_end = x + num_steps / DENSE_STEPS * DENSE_STEPS * 2;
    const uint32_t *const end = x + 2 * num_steps;
    masked_t s = {0};
    uint32_t even, odd, w0, w1, t, u;
    while (x != fours_end) {
        DENSE_ASM(TWO_STEPS_OF_2 TWO_STEPS_OF_2);
    }
    while (x != end) {
        DENSE_ASM("ldr %[w0], [%[w]], #4\n\t" STEP_OF_2("w0"));
    }
    sums[0] += s.least;
    sums[1] += (s.some - s.least) >> 2;
    sums[2] += (s.more - s.some) >> 4;
    sums[3] += (s.whole - s.more) >> 6;
}

#undef DENSE_ASM
/** Lists of registers must ascend. */
#define DENSE_ASM(BODY)                                                                            \
    __asm__ volatile(                                                                              \
        BODY                                                                                       \
        : [x] "+r"(x), [w] "+r"(w), [whole] "+r"(s.whole), [more] "+r"(s.more),                    \
          [some] "+r"(s.some), [least] "+r"(s.least), [rest] "+r"(s.rest), [even] "=&r"(even),     \
          [odd] "=&r"(odd), [w0] "=&r"(w0), [w1] "=&r"(w1), [w2] "=&r"(w2), [t] "=&r"(t)           \
        :                                                                                          \
        : "memory")

static inline __attribute__((always_inline)) void
part_of_6(const uint32_t *x, const uint32_t *w, size_t num_steps, int32_t sums[DENSE_OUTPUTS])
{
    const uint32_t *const eights_end = x + num_steps / (2 * DENSE_STEPS) * (2 * DENSE_STEPS) * 2;
    const uint32_t *const end = x + 2 * num_steps;
    masked_t s = {0};
    register uint32_t w0 __asm__("r4");
    register uint32_t w1 __asm__("r5");
    register uint32_t w2 __asm__("r6");
    uint32_t even, odd, t;
    while (x != eights_end) {
        DENSE_ASM(STEP_OF_6 STEP_OF_6 STEP_OF_6 STEP_OF_6 STEP_OF_6 STEP_OF_6 STEP_OF_6 STEP_OF_6);
    }
    while (x != end) {
        DENSE_ASM(STEP_OF_6);
    }
    sums[0] += s.some;
    sums[1] += (s.more - s.some) >> 6;
    sums[2] +=
        ((int32_t)((uint32_t)s.whole - (uint32_t)s.more) >> 12) * 4 + ((s.least - s.rest) >> 6);
    sums[3] += s.rest;
}

typedef void (*part_t)(const uint32_t *x, const uint32_t *w, size_t num_steps,
                       int32_t sums[DENSE_OUTPUTS]);

static inline __attribute__((always_inline)) void multiply(part_t part, const void *row,
                                                           const int8_t *weights, size_t depth,
                                                           unsigned bits,
                                                           int32_t sums[DENSE_OUTPUTS])
{
    const uint32_t *x = row;
    const uint32_t *w = (const uint32_t *)(const void *)weights;
    for (size_t left = depth; left > 0;) {
        const size_t length = left < DENSE_S8_PART ? left : DENSE_S8_PART;
        part(x, w, length / DENSE_DEPTH, sums);
        x += DENSE_S8_PART / 2;
        w += DENSE_S8_PART / 2 * bits / sizeof *w;
        left -= length;
    }
}

/** Nothing wraps: a sum is at most 2^14 times the 2^16 values of a row. */
static void multiply_2(const void *row, const int8_t *weights, size_t depth, int32_t told,
                       int32_t sums[DENSE_OUTPUTS])
{
    sums[0] = sums[1] = sums[2] = -2 * told;
    sums[3] = 0;
    part_of_2(row, (const uint32_t *)(const void *)weights, depth / DENSE_DEPTH, sums);
}

static void multiply_4(const void *row, const int8_t *weights, size_t depth, int32_t told,
                       int32_t sums[DENSE_OUTPUTS])
{
    sums[0] = sums[1] = sums[2] = -8 * told;
    sums[3] = 0;
    multiply(part_of_4, row, weights, depth, 4, sums);
}

static void multiply_6(const void *row, const int8_t *weights, size_t depth, int32_t told,
                       int32_t sums[DENSE_OUTPUTS])
{
    sums[0] = sums[1] = sums[3] = -32 * told;
    sums[2] = 0;
    multiply(part_of_6, row, weights, depth, 6, sums);
}

dense_multiply_t dense_narrow_multiplier(unsigned bits)
{
    return bits == 2 ? multiply_2 : bits == 4 ? multiply_4 : multiply_6;
}

#endif
