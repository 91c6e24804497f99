/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/depthwise_filter.h"

#include "kernels/depthwise_lines.h"
#include "kernels/fast_rescale.h"
#include "kernels/simd.h"

#if AIRLOOP_DSP

_Static_assert(sizeof(depthwise_filter_t) == DEPTHWISE_FILTER_HEADER_BYTES,
               "the assembly below counts on it");

/** Weight of tap (row, column), 0 outside the kernel's width. */
static uint32_t tap(const conv_params_t *p, size_t row, int32_t column, size_t channel,
                    int32_t gain)
{
    if (column < 0 || column >= p->kernel_width) {
        return 0;
    }
    const size_t at = row * p->kernel_width + (size_t)column;
    const int32_t weight = p->weights[at * round_up(p->num_out, 4) + channel];
    return (uint32_t)(gain * weight) & 0xFFFFu;
}

void depthwise_filter_prepare(const conv_params_t *p, size_t channel, depthwise_filter_t *filter)
{
    const rescale_t *r = &p->rescales[channel];
    const size_t taps = (size_t)p->kernel_height * p->kernel_width;
    const rescale_way_t way = fast_rescale_way(r, &p->range, taps);
    const int32_t words = (int32_t)depthwise_filter_words(p);
    const fast_rescale_t f = fast_rescale_constants(r, &p->range, way);
    const int32_t gain = way == WAY_RIGHT ? 2 : way == WAY_ANY ? 1 << fast_rescale_left(f.n) : 1;
    *filter = (depthwise_filter_t){.bias = f.bias,
                                   .factor = f.factor,
                                   .offset = f.offset,
                                   .n = way == WAY_RIGHT ? f.n : 0,
                                   .stride = (size_t)p->dilation_width * p->num_out};
    uint32_t *word = filter->words;
    for (size_t i = 0; i < p->kernel_height; i++) {
        for (int32_t j = 0; j < words; j++) {
            *word++ = tap(p, i, j - 1, channel, gain) | tap(p, i, j, channel, gain) << 16;
        }
    }
}

/** Rescale a sum, however it may be. */
static inline int8_t finished(const conv_params_t *p, size_t channel,
                              const depthwise_filter_t *filter, int32_t sum)
{
    if (filter->n != 0) {
        return fast_rescale(sum, filter->factor, filter->offset, filter->n);
    }
    if (filter->factor != 0) {
        return fast_rescale_shifted(sum, filter->factor, filter->offset, 0);
    }
    return rescale_to_s8(sum, &p->rescales[channel], &p->range);
}

/** Up to four outputs from any kernel, by the slow or the fast rescaling. */
static void any_tile(const conv_params_t *p, size_t channel, const depthwise_filter_t *filter,
                     const int16_t *const *rows, size_t at, size_t num_outputs, int8_t *output)
{
    const size_t row_words = depthwise_filter_words(p);
    const uint32_t *words = filter->words;
    int32_t s0 = filter->bias, s1 = s0, s2 = s0, s3 = s0;
    for (size_t i = 0; i < p->kernel_height; i++) {
        const uint32_t *pairs = (const uint32_t *)(const void *)(rows[i] + at);
        uint32_t pair = *pairs;
        for (const uint32_t *end = words + row_words; words != end; words += 2) {
            const uint32_t next = *++pairs;
            s0 = simd_dot2(pair, words[1], s0);
            s1 = simd_dot2(pair, words[0], s1);
            s2 = simd_dot2(next, words[1], s2);
            s3 = simd_dot2(next, words[0], s3);
            pair = next;
        }
    }
    const int32_t sums[DEPTHWISE_TILE] = {s0, s1, s2, s3};
    for (size_t i = 0; i < num_outputs; i++, output += filter->stride) {
        *output = finished(p, channel, filter, sums[i]);
    }
}

/**
 * One row of three taps: sums s0..s3 of four outputs from samples p0 p1 p2; w0 = (t0, t1),
 * w1 = (t1, t2). The old sums are a0..a3.
 */
#define ROW_3(row, words, a0, a1, a2, a3)                                                          \
    "ldrd %[w0], %[w1], [%[filter], #" words "]\n\t"                                               \
    "ldrd %[p0], %[p1], [%[" row "]], #8\n\t"                                                      \
    "ldr %[p2], [%[" row "]]\n\t"                                                                  \
    "smlad %[s0], %[p0], %[w0], %[" a0 "]\n\t"                                                     \
    "smlatb %[s1], %[p0], %[w0], %[" a1 "]\n\t"                                                    \
    "smlad %[s2], %[p1], %[w0], %[" a2 "]\n\t"                                                     \
    "smlatb %[s3], %[p1], %[w0], %[" a3 "]\n\t"                                                    \
    "smlabt %[s0], %[p1], %[w1], %[s0]\n\t"                                                        \
    "smlad %[s1], %[p1], %[w1], %[s1]\n\t"                                                         \
    "smlabt %[s2], %[p2], %[w1], %[s2]\n\t"                                                        \
    "smlad %[s3], %[p2], %[w1], %[s3]\n\t"

/**
 * One row of five taps: first w0 = (t0, t1), w1 = (t1, t2), then w0 = (t2, t3), w1 = (t3, t4);
 * p0 is the first pair of samples, then the third.
 */
#define ROW_5(row, first_words, last_words, a0, a1, a2, a3)                                        \
    "ldrd %[w0], %[w1], [%[filter], #" first_words "]\n\t"                                         \
    "ldrd %[p0], %[p1], [%[" row "]], #8\n\t"                                                      \
    "smlad %[s0], %[p0], %[w0], %[" a0 "]\n\t"                                                     \
    "smlatb %[s1], %[p0], %[w0], %[" a1 "]\n\t"                                                    \
    "smlad %[s2], %[p1], %[w0], %[" a2 "]\n\t"                                                     \
    "smlatb %[s3], %[p1], %[w0], %[" a3 "]\n\t"                                                    \
    "ldrd %[p0], %[p2], [%[" row "]]\n\t"                                                          \
    "smlad %[s1], %[p1], %[w1], %[s1]\n\t"                                                         \
    "smlad %[s3], %[p0], %[w1], %[s3]\n\t"                                                         \
    "ldrd %[w0], %[w1], [%[filter], #" last_words "]\n\t"                                          \
    "smlad %[s0], %[p1], %[w0], %[s0]\n\t"                                                         \
    "smlad %[s2], %[p0], %[w0], %[s2]\n\t"                                                         \
    "smlabt %[s0], %[p0], %[w1], %[s0]\n\t"                                                        \
    "smlad %[s1], %[p0], %[w1], %[s1]\n\t"                                                         \
    "smlabt %[s2], %[p2], %[w1], %[s2]\n\t"                                                        \
    "smlad %[s3], %[p2], %[w1], %[s3]\n\t"

/** Rescale a sum to int8 (p0 factor, p1 offset, p2 n); see kernels/fast_rescale.h. */
#define FINISH(sum)                                                                                \
    "add %[w1], %[p1], %[" sum "], asr #31\n\t"                                                    \
    "smmlar %[" sum "], %[" sum "], %[p0], %[w1]\n\t"                                              \
    "asr %[" sum "], %[" sum "], %[p2]\n\t"                                                        \
    "ssat %[" sum "], #8, %[" sum "]\n\t"

/** All whole tiles of a line, up to filter->end, at least one; `rows` add up s0..s3 from s3. */
#define LINE(rows_of_taps)                                                                         \
    __asm__ volatile(                                                                              \
        "1:\n\t"                                                                                   \
        "ldr %[s3], [%[filter]]\n\t" /* bias */ rows_of_taps                                       \
        "ldrd %[p0], %[p1], [%[filter], #4]\n\t" /* factor, offset */                              \
        "ldr %[p2], [%[filter], #12]\n\t"        /* n */                                           \
        FINISH("s0") FINISH("s1") FINISH("s2")                                                     \
            FINISH("s3") "ldrd %[w1], %[w0], [%[filter], #16]\n\t" /* end, stride */               \
                         "strb %[s0], [%[output]]\n\t"                                             \
                         "strb %[s1], [%[output], %[w0]]\n\t"                                      \
                         "strb %[s2], [%[output], %[w0], lsl #1]\n\t"                              \
                         "add %[output], %[output], %[w0], lsl #1\n\t"                             \
                         "strb %[s3], [%[output], %[w0]]\n\t"                                      \
                         "add %[output], %[output], %[w0], lsl #1\n\t"                             \
                         "cmp %[output], %[w1]\n\t"                                                \
                         "bne 1b\n\t"                                                              \
        : [s0] "=&r"(s0), [s1] "=&r"(s1), [s2] "=&r"(s2), [s3] "=&r"(s3), [p0] "=&r"(p0),          \
          [p1] "=&r"(p1), [p2] "=&r"(p2), [w0] "=&r"(w0), [w1] "=&r"(w1), [r0] "+r"(r0),           \
          [r1] "+r"(r1), [r2] "+r"(r2), [output] "+r"(output)                                      \
        : [filter] "r"(filter)                                                                     \
        : "cc", "memory")

static void line_3x3(const depthwise_filter_t *filter, const int16_t *r0, const int16_t *r1,
                     const int16_t *r2, int8_t *output)
{
    int32_t s0, s1, s2, s3;
    uint32_t p0, p1, p2, w0, w1;
    LINE(ROW_3("r0", "28", "s3", "s3", "s3", "s3") ROW_3("r1", "44", "s0", "s1", "s2", "s3")
             ROW_3("r2", "60", "s0", "s1", "s2", "s3"));
}

static void line_3x5(const depthwise_filter_t *filter, const int16_t *r0, const int16_t *r1,
                     const int16_t *r2, int8_t *output)
{
    int32_t s0, s1, s2, s3;
    uint32_t p0, p1, p2, w0, w1;
    LINE(ROW_5("r0", "28", "36", "s3", "s3", "s3", "s3") ROW_5(
        "r1", "52", "60", "s0", "s1", "s2", "s3") ROW_5("r2", "76", "84", "s0", "s1", "s2", "s3"));
}

depthwise_line_t depthwise_filter_line(const conv_params_t *p)
{
    if (p->kernel_height != 3) {
        return NULL;
    }
    return p->kernel_width == 3 ? line_3x3 : p->kernel_width == 5 ? line_3x5 : NULL;
}

void depthwise_filter_run(const conv_params_t *p, size_t channel, const depthwise_filter_t *filter,
                          const int16_t *const *rows, size_t num_outputs, int8_t *output)
{
    for (size_t at = 0; at < num_outputs; at += DEPTHWISE_TILE) {
        const size_t left = num_outputs - at;
        any_tile(p, channel, filter, rows, at, left < DEPTHWISE_TILE ? left : DEPTHWISE_TILE,
                 output + at * filter->stride);
    }
}

#else

/** ISO C wants a translation unit to hold something. */
typedef int depthwise_filter_is_not_built_t;

#endif
