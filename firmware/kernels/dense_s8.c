/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/dense_s8.h"

#include "kernels/convolution.h"
#include "kernels/dense_mve.h"
#include "kernels/dense_narrow.h"
#include "kernels/dense_rows.h"
#include "kernels/narrow.h"
#include "kernels/simd.h"

size_t dense_s8_scratch_bytes(const dense_params_t *p)
{
    return dense_row_bytes(p->num_in);
}

#if AIRLOOP_MVE

void dense_s8(const dense_params_t *p, const int8_t *input, int8_t *output, void *restrict scratch)
{
    const unsigned bits = p->weight_bits;
    for (size_t i = 0; i < p->num_rows; i++) {
        if (bits == NARROW_WIDE) {
            const int32_t told = dense_spread(input, p->num_in, scratch);
            dense_row_wide(p, scratch, told, output);
        } else {
            const int32_t told = dense_narrow_spread(input, p->num_in, bits, scratch);
            dense_row_narrow(p, scratch, told, output);
        }
        input += p->num_in;
        output += p->row_bytes;
    }
}

#else

/** Not inlined: it is rare, and long. */
static __attribute__((noinline)) int8_t finish_slowly(int32_t sum, const rescale_t *r,
                                                      const output_range_t *range)
{
    return rescale_once_to_s8(sum, r, range);
}

/** Return floor((a * b - (a < 0)) / 2^32), so that ties of negative products go down; b is not
 * negative. */
static inline int32_t high_of(int32_t a, int32_t b)
{
    const int32_t is_below = a >> 31;
#if defined(__arm__) && __ARM_ARCH_ISA_THUMB >= 2
    uint32_t low = (uint32_t)is_below;
    int32_t high = is_below;
    __asm__("smlal %0, %1, %2, %3" : "+r"(low), "+r"(high) : "r"(a), "r"(b));
    return high;
#elif defined(__arm__)
    /* In halves, whose products have 32 bits; what lies below the point matters for carries alone.
     */
    const uint32_t size = ((uint32_t)a ^ (uint32_t)is_below) - (uint32_t)is_below;
    const uint32_t size0 = size & 0xFFFFu, size1 = size >> 16;
    const uint32_t b0 = (uint32_t)b & 0xFFFFu, b1 = (uint32_t)b >> 16;
    const uint32_t middle = size1 * b0 + (size0 * b0 >> 16);
    const uint32_t rest = size0 * b1 + (middle & 0xFFFFu);
    return (int32_t)((size1 * b1 + (middle >> 16) + (rest >> 16)) ^ (uint32_t)is_below);
#else
    return (int32_t)(((int64_t)a * b + is_below) >> 32);
#endif
}

/** Return y / 2^n, ties up, plus z; n is at least 1. */
static inline int32_t shifted(int32_t y, int32_t n, int32_t z)
{
#if defined(__arm__) && __ARM_ARCH_ISA_THUMB >= 2
    __asm__("asrs %0, %0, %1\n\t" /* what is shifted out last is the carry */
            "adc %0, %0, %2"
            : "+r"(y)
            : "r"(n), "r"(z)
            : "cc");
    return y;
#else
    return ((y >> (n - 1)) + 2 * z + 1) >> 1;
#endif
}

/** What becomes of a sum, see `rescale_once_to_s8`: where at least 33 bits are shifted out,
 * rounding adds to the high word alone. */
static inline int8_t finish(int32_t sum, const rescale_t *r, const output_range_t *range)
{
    if (r->shift > DENSE_MAX_FAST_SHIFT) {
        return finish_slowly(sum, r, range);
    }
    const int32_t biased = (int32_t)((uint32_t)sum + (uint32_t)r->bias);
    const int32_t y = shifted(high_of(biased, r->multiplier), ~r->shift, range->zero_point);
    const int32_t low = y < range->activation_min ? range->activation_min : y;
    return (int8_t)(low > range->activation_max ? range->activation_max : low);
}

#if defined(__arm__) && __ARM_ARCH_ISA_THUMB >= 2

/** One output the fast way. */
#define FINISH(CLAMP)                                                                              \
    "ldr %[sum], [%[sums]], #4\n\t"                                                                \
    "ldm %[r]!, {r4, r5, r6}\n\t"                                                                  \
    "mvns r6, r6\n\t"                                                                              \
    "ble 1f\n\t"                                                                                   \
    "add %[sum], %[sum], r4\n\t"                                                                   \
    "asr r4, %[sum], #31\n\t"                                                                      \
    "mov %[high], r4\n\t"                                                                          \
    "smlal r4, %[high], %[sum], r5\n\t"                                                            \
    "asrs %[high], %[high], r6\n\t" /* what is shifted out last is the carry */                    \
    "adc %[high], %[high], %[zero_point]\n\t" CLAMP "strb %[high], [%[output]], #1\n\t"

#define SATURATE "ssat %[high], #8, %[high]\n\t"
#define CUT                                                                                        \
    "cmp %[high], %[least]\n\t"                                                                    \
    "it lt\n\t"                                                                                    \
    "movlt %[high], %[least]\n\t"                                                                  \
    "cmp %[high], %[most]\n\t"                                                                     \
    "it gt\n\t"                                                                                    \
    "movgt %[high], %[most]\n\t"

/** The first instruction yields 0, and no overflow: BLE means 0 or less in what follows. */
#define FINISH_FOUR(CLAMP)                                                                         \
    __asm__ volatile(                                                                              \
        "subs %[is_done], %[is_done], %[is_done]\n\t" FINISH(CLAMP) FINISH(CLAMP) FINISH(CLAMP)    \
            FINISH(CLAMP) "mov %[is_done], #1\n\t"                                                 \
                          "1:\n\t"                                                                 \
        : [sums] "+r"(sums), [r] "+r"(r), [output] "+r"(output), [sum] "=&r"(sum),                 \
          [high] "=&r"(high), [is_done] "=&r"(is_done)                                             \
        : [zero_point] "r"((int32_t)range->zero_point),                                            \
          [least] "r"((int32_t)range->activation_min), [most] "r"((int32_t)range->activation_max)  \
        : "r4", "r5", "r6", "cc", "memory")

/** Four outputs. @return false if one of them must be rescaled with care */
static inline bool finish_four(const int32_t *sums, const rescale_t *r, const output_range_t *range,
                               int8_t *output)
{
    int32_t is_done, sum, high;
    if (range->activation_min == INT8_MIN && range->activation_max == INT8_MAX) {
        FINISH_FOUR(SATURATE);
    } else {
        FINISH_FOUR(CUT);
    }
    return is_done != 0;
}

#endif

/** The outputs of one block: four, or what is left. */
static __attribute__((noinline)) void finish_block(const int32_t sums[DENSE_OUTPUTS],
                                                   const rescale_t *r, const output_range_t *range,
                                                   int8_t *output, size_t num_out)
{
#if defined(__arm__) && __ARM_ARCH_ISA_THUMB >= 2
    if (num_out >= DENSE_OUTPUTS && finish_four(sums, r, range, output)) {
        return;
    }
#endif
    for (size_t i = 0; i < DENSE_OUTPUTS && i < num_out; i++) {
        output[i] = finish(sums[i], &r[i], range);
    }
}

void dense_s8(const dense_params_t *p, const int8_t *input, int8_t *output, void *restrict scratch)
{
    const unsigned bits = p->weight_bits;
    const bool is_wide = bits == NARROW_WIDE;
    const size_t depth = round_up(p->num_in, DENSE_DEPTH);
    const dense_multiply_t multiply = is_wide ? dense_multiply : dense_narrow_multiplier(bits);
    for (size_t i = 0; i < p->num_rows; i++) {
        const int8_t *row = input + i * p->num_in;
        const int8_t *weights = p->weights;
        const int32_t told = is_wide ? dense_spread(row, p->num_in, scratch)
                                     : dense_narrow_spread(row, p->num_in, bits, scratch);
        for (size_t o = 0; o < p->num_out; o += DENSE_OUTPUTS) {
            int32_t sums[DENSE_OUTPUTS];
            multiply(scratch, weights, depth, told, sums);
            finish_block(sums, p->rescales + o, &p->range, output + o, p->num_out - o);
            weights += depth * bits / 2;
        }
        output += p->row_bytes;
    }
}

#endif
