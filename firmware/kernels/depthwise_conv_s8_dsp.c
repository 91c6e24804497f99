/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body for the DSP extension: lines of int16 samples, two taps at a time, four outputs a tile.
 *
 * Two neighbouring samples of a line are one word. An output at an even sample starts with the
 * first tap in the low half, one at an odd sample with the first tap in the high half, so each row
 * of a filter is kept in two versions, interleaved (t = tap, weights are twice their value):
 *
 *     words of a row, 3 taps    odd (0, t0) | even (t0, t1) | odd (t1, t2) | even (t2, 0)
 *     words of a row, 2 taps    odd (0, t0) | even (t0, t1) | odd (t1, 0)  | even (0, 0)
 */
#include "kernels/depthwise_conv_s8.h"

#include "kernels/depthwise_lines.h"
#include "kernels/fast_rescale.h"
#include "kernels/simd.h"

#if AIRLOOP_SIMD

/** What one channel needs, in the order in which the tile of 3 x 3 taps reads it. */
typedef struct {
    int32_t bias;
    int32_t factor;
    int32_t offset;
    int32_t n;         /**< 0: this channel takes the slow way, its weights are not doubled */
    const int8_t *end; /**< where the outputs of the line end */
    size_t stride;     /**< bytes from one output of the line to the next */
    uint32_t words[];  /**< [kernel_height][words of a row] */
} channel_t;

_Static_assert(sizeof(channel_t) == 24, "the assembly below and the scratch count on it");

/** One run of the kernel. */
typedef struct {
    const conv_params_t *p;
    depthwise_lines_t lines;
    int16_t *samples;  /**< [DEPTHWISE_CHANNELS][rows][line] */
    int16_t *outside;  /**< [line], zero points */
    uint8_t *channels; /**< [DEPTHWISE_CHANNELS] channel_t, each with its words */
    size_t channel_bytes;
} run_t;

static channel_t *channel_of(const run_t *run, size_t i_channel)
{
    return (channel_t *)(void *)(run->channels + i_channel * run->channel_bytes);
}

static int16_t *line_of(const run_t *run, size_t channel, int32_t row)
{
    const size_t kept = (size_t)row % run->lines.rows;
    return run->samples + (channel * run->lines.rows + kept) * run->lines.line;
}

static void fill(int16_t *samples, int16_t value, size_t num_samples)
{
    for (size_t i = 0; i < num_samples; i++) {
        samples[i] = value;
    }
}

/** Where the samples of one phase of a row come from and go to. */
typedef struct {
    const int8_t *from; /**< first sample of the first channel */
    size_t step;        /**< bytes from one sample to the next */
    size_t first;       /**< its place in the phase */
    size_t end;         /**< place behind the last sample */
} phase_t;

static phase_t phase_of(const run_t *run, const int8_t *row, size_t phase)
{
    const conv_params_t *p = run->p;
    const size_t dilation = p->dilation_width;
    const size_t pad = p->pad_left;
    const size_t first = phase < pad ? (pad - phase + dilation - 1) / dilation : 0;
    const size_t column = first * dilation + phase - pad;
    const size_t count = column < p->width ? (p->width - column + dilation - 1) / dilation : 0;
    return (phase_t){.from = row + column * p->num_out,
                     .step = dilation * p->num_out,
                     .first = first,
                     .end = first + count};
}

/** Spread single samples, of one to four channels. */
static const int8_t *spread_some(const int8_t *from, size_t step, size_t num_samples,
                                 int16_t *const lines[DEPTHWISE_CHANNELS], size_t at,
                                 size_t num_channels)
{
    for (size_t i = 0; i < num_samples; i++, from += step) {
        for (size_t c = 0; c < num_channels; c++) {
            lines[c][at + i] = from[c];
        }
    }
    return from;
}

static inline void put_pairs(int16_t *at, uint32_t one, uint32_t other)
{
    uint32_t *words = __builtin_assume_aligned(at, sizeof(uint32_t));
    memcpy(words, &one, sizeof one);
    memcpy(words + 1, &other, sizeof other);
}

/** Spread samples of four channels, four at a time; `at` is even. */
static const int8_t *spread_fours(const int8_t *from, size_t step, size_t num_samples,
                                  int16_t *const lines[DEPTHWISE_CHANNELS], size_t at)
{
    int16_t *line0 = lines[0] + at;
    int16_t *line1 = lines[1] + at;
    int16_t *line2 = lines[2] + at;
    int16_t *line3 = lines[3] + at;
    for (const int16_t *end = line0 + num_samples; line0 != end;) {
        const uint32_t a = simd_load4(from);
        const uint32_t b = simd_load4(from + step);
        from += 2 * step;
        const uint32_t c = simd_load4(from);
        const uint32_t d = simd_load4(from + step);
        from += 2 * step;
        const uint32_t even_a = simd_even(a), even_b = simd_even(b);
        const uint32_t even_c = simd_even(c), even_d = simd_even(d);
        put_pairs(line0, simd_lows(even_a, even_b), simd_lows(even_c, even_d));
        put_pairs(line2, simd_highs(even_a, even_b), simd_highs(even_c, even_d));
        const uint32_t odd_a = simd_odd(a), odd_b = simd_odd(b);
        const uint32_t odd_c = simd_odd(c), odd_d = simd_odd(d);
        put_pairs(line1, simd_lows(odd_a, odd_b), simd_lows(odd_c, odd_d));
        put_pairs(line3, simd_highs(odd_a, odd_b), simd_highs(odd_c, odd_d));
        line0 += 4;
        line1 += 4;
        line2 += 4;
        line3 += 4;
    }
    return from;
}

/** Spread one row of the input, the channels from `first_channel` on. */
static void spread_row(const run_t *run, const int8_t *input, int32_t row, size_t num_channels)
{
    const conv_params_t *p = run->p;
    const int8_t *from = input + (size_t)row * p->width * p->num_out;
    for (size_t i = 0; i < p->dilation_width; i++) {
        const phase_t phase = phase_of(run, from, i);
        int16_t *lines[DEPTHWISE_CHANNELS];
        for (size_t c = 0; c < DEPTHWISE_CHANNELS; c++) {
            lines[c] = line_of(run, c, row) + i * run->lines.phase;
        }
        const size_t count = phase.end - phase.first;
        const size_t head = phase.first % 2 < count ? phase.first % 2 : count;
        const size_t fours = num_channels == DEPTHWISE_CHANNELS ? (count - head) / 4 * 4 : 0;
        const int8_t *next =
            spread_some(phase.from, phase.step, head, lines, phase.first, num_channels);
        next = spread_fours(next, phase.step, fours, lines, phase.first + head);
        spread_some(next, phase.step, count - head - fours, lines, phase.first + head + fours,
                    num_channels);
    }
}

/** Weight of tap (row, column), 0 outside the kernel's width. */
static uint32_t tap(const conv_params_t *p, size_t row, int32_t column, size_t channel, bool twice)
{
    if (column < 0 || column >= p->kernel_width) {
        return 0;
    }
    const size_t at = row * p->kernel_width + (size_t)column;
    const int32_t weight = p->weights[at * round_up(p->num_out, 4) + channel];
    return (uint32_t)(twice ? 2 * weight : weight) & 0xFFFFu;
}

static void prepare_channel(const run_t *run, size_t channel, channel_t *constants)
{
    const conv_params_t *p = run->p;
    const rescale_t *r = &p->rescales[channel];
    const size_t taps = (size_t)p->kernel_height * p->kernel_width;
    const bool is_fast = fast_rescale_fits(r, &p->range, taps);
    fast_rescale_t f = {0};
    if (is_fast) {
        f = fast_rescale_prepare(r, &p->range);
    }
    constants->bias = f.bias;
    constants->factor = f.factor;
    constants->offset = f.offset;
    constants->n = f.n;
    constants->stride = (size_t)p->dilation_width * p->num_out;

    uint32_t *words = constants->words;
    for (size_t i = 0; i < p->kernel_height; i++) {
        for (int32_t j = 0; j < (int32_t)run->lines.words; j++) {
            *words++ = tap(p, i, j - 1, channel, is_fast) | tap(p, i, j, channel, is_fast) << 16;
        }
    }
}

/** Up to four outputs of a line from any kernel, by the slow or the fast rescaling. */
static void any_tile(const run_t *run, size_t channel, const channel_t *constants,
                     const int16_t *const *rows, size_t at, size_t num_outputs, int8_t *output)
{
    const conv_params_t *p = run->p;
    const uint32_t *words = constants->words;
    int32_t sums[DEPTHWISE_TILE];
    for (size_t i = 0; i < DEPTHWISE_TILE; i++) {
        sums[i] = constants->bias;
    }
    for (size_t i = 0; i < p->kernel_height; i++) {
        const uint32_t *pairs = (const uint32_t *)(const void *)(rows[i] + at);
        for (size_t j = 0; j < run->lines.words; j += 2, pairs++, words += 2) {
            sums[0] = simd_dot2(pairs[0], words[1], sums[0]);
            sums[1] = simd_dot2(pairs[0], words[0], sums[1]);
            sums[2] = simd_dot2(pairs[1], words[1], sums[2]);
            sums[3] = simd_dot2(pairs[1], words[0], sums[3]);
        }
    }
    for (size_t i = 0; i < num_outputs; i++, output += constants->stride) {
        *output = constants->n != 0
                      ? simd_rescale(sums[i], constants->factor, constants->offset, constants->n)
                      : rescale_to_s8(sums[i], &p->rescales[channel], &p->range);
    }
}

/** One row of three taps: sums s0..s3 of four outputs, samples p0 p1 p2, taps (t0,t1) (t1,t2). */
#define ROW(row, words, s0, s1, s2, s3)                                                            \
    "ldrd %[w0], %[w1], [%[channel], #" words "]\n\t"                                              \
    "ldrd %[p0], %[p1], [%[" row "]], #8\n\t"                                                      \
    "ldr %[p2], [%[" row "]]\n\t"                                                                  \
    "smlad %[s0], %[p0], %[w0], %[" s0 "]\n\t"                                                     \
    "smlatb %[s1], %[p0], %[w0], %[" s1 "]\n\t"                                                    \
    "smlad %[s2], %[p1], %[w0], %[" s2 "]\n\t"                                                     \
    "smlatb %[s3], %[p1], %[w0], %[" s3 "]\n\t"                                                    \
    "smlabt %[s0], %[p1], %[w1], %[s0]\n\t"                                                        \
    "smlad %[s1], %[p1], %[w1], %[s1]\n\t"                                                         \
    "smlabt %[s2], %[p2], %[w1], %[s2]\n\t"                                                        \
    "smlad %[s3], %[p2], %[w1], %[s3]\n\t"

/** Rescale a sum to int8 (p0 factor, p1 offset, p2 n); see kernels/fast_rescale.h. */
#define FINISH(sum)                                                                                \
    "add %[w1], %[p1], %[" sum "], asr #31\n\t"                                                    \
    "smmlar %[" sum "], %[" sum "], %[p0], %[w1]\n\t"                                              \
    "asr %[" sum "], %[" sum "], %[p2]\n\t"                                                        \
    "ssat %[" sum "], #8, %[" sum "]\n\t"

/** All whole tiles of a line of a 3 x 3 kernel, up to channel->end; at least one. */
static void line_3x3(const channel_t *channel, const int16_t *const rows[3], int8_t *output)
{
    const int16_t *r0 = rows[0];
    const int16_t *r1 = rows[1];
    const int16_t *r2 = rows[2];
    int32_t s0, s1, s2, s3;
    uint32_t p0, p1, p2, w0, w1;
    __asm__ volatile(
        "1:\n\t"
        "ldr %[s3], [%[channel]]\n\t" /* bias */
        ROW("r0", "28", "s3", "s3", "s3", "s3") ROW("r1", "44", "s0", "s1", "s2", "s3")
            ROW("r2", "60", "s0", "s1", "s2",
                "s3") "ldrd %[p0], %[p1], [%[channel], #4]\n\t" /* factor, offset */
                      "ldr %[p2], [%[channel], #12]\n\t"        /* n */
        FINISH("s0") FINISH("s1") FINISH("s2")
            FINISH("s3") "ldrd %[w1], %[w0], [%[channel], #16]\n\t" /* end, stride */
                         "strb %[s0], [%[output]]\n\t"
                         "strb %[s1], [%[output], %[w0]]\n\t"
                         "strb %[s2], [%[output], %[w0], lsl #1]\n\t"
                         "add %[output], %[output], %[w0], lsl #1\n\t"
                         "strb %[s3], [%[output], %[w0]]\n\t"
                         "add %[output], %[output], %[w0], lsl #1\n\t"
                         "cmp %[output], %[w1]\n\t"
                         "bne 1b\n\t"
        : [s0] "=&r"(s0), [s1] "=&r"(s1), [s2] "=&r"(s2), [s3] "=&r"(s3), [p0] "=&r"(p0),
          [p1] "=&r"(p1), [p2] "=&r"(p2), [w0] "=&r"(w0), [w1] "=&r"(w1), [r0] "+r"(r0),
          [r1] "+r"(r1), [r2] "+r"(r2), [output] "+r"(output)
        : [channel] "r"(channel)
        : "cc", "memory");
}

/** The outputs of one phase of one row of one channel. */
static void run_line(const run_t *run, size_t channel, channel_t *constants,
                     const int16_t *const *rows, size_t num_outputs, int8_t *output)
{
    const conv_params_t *p = run->p;
    const bool is_3x3 = p->kernel_height == 3 && p->kernel_width == 3;
    size_t at = 0;

    if (is_3x3 && constants->n != 0 && num_outputs >= DEPTHWISE_TILE) {
        at = num_outputs / DEPTHWISE_TILE * DEPTHWISE_TILE;
        constants->end = output + at * constants->stride;
        line_3x3(constants, rows, output);
    }
    for (; at < num_outputs; at += DEPTHWISE_TILE) {
        const size_t left = num_outputs - at;
        any_tile(run, channel, constants, rows, at, left < DEPTHWISE_TILE ? left : DEPTHWISE_TILE,
                 output + at * constants->stride);
    }
}

/** One row of outputs of one channel, the one at place `i_channel` of its four. */
static void run_row(const run_t *run, size_t channel, size_t i_channel, int32_t y, int8_t *output)
{
    const conv_params_t *p = run->p;
    const size_t dilation = p->dilation_width;
    const int16_t *rows[DEPTHWISE_MAX_KERNEL_HEIGHT];
    for (int32_t i = 0; i < p->kernel_height; i++) {
        const int32_t row = y - p->pad_top + i * p->dilation_height;
        rows[i] = row >= 0 && row < p->height ? line_of(run, i_channel, row) : run->outside;
    }
    for (size_t phase = 0; phase < dilation && phase < p->width; phase++) {
        const size_t num_outputs = (p->width - phase + dilation - 1) / dilation;
        run_line(run, channel, channel_of(run, i_channel), rows, num_outputs,
                 output + phase * p->num_out + channel);
        for (size_t i = 0; i < p->kernel_height; i++) {
            rows[i] += run->lines.phase;
        }
    }
}

/** All rows of up to four channels. */
static void run_channels(const run_t *run, size_t first, size_t num_channels, const int8_t *input,
                         int8_t *output)
{
    const conv_params_t *p = run->p;
    const int32_t reach = (p->kernel_height - 1) * p->dilation_height - p->pad_top;
    int32_t next_row = 0;

    for (size_t c = 0; c < num_channels; c++) {
        prepare_channel(run, first + c, channel_of(run, c));
    }
    for (int32_t y = 0; y < p->height; y++) {
        for (; next_row <= y + reach && next_row < p->height; next_row++) {
            spread_row(run, input + first, next_row, num_channels);
        }
        for (size_t c = 0; c < num_channels; c++) {
            run_row(run, first + c, c, y, output + (size_t)y * p->width * p->num_out);
        }
    }
}

status_t depthwise_conv_s8(const conv_params_t *p, const int8_t *restrict input,
                           int8_t *restrict output, void *restrict scratch)
{
    RETURN_IF(p->num_in != p->num_out, STATUS_BAD_ARG);
    RETURN_IF(p->kernel_height > DEPTHWISE_MAX_KERNEL_HEIGHT, STATUS_BAD_ARG);

    const depthwise_lines_t lines = depthwise_lines(p);
    const size_t channel_bytes = depthwise_channel_bytes(p, &lines);
    int16_t *samples = (int16_t *)(void *)((uint8_t *)scratch + DEPTHWISE_CHANNELS * channel_bytes);
    const run_t run = {.p = p,
                       .lines = lines,
                       .samples = samples,
                       .outside = samples + DEPTHWISE_CHANNELS * lines.rows * lines.line,
                       .channels = scratch,
                       .channel_bytes = channel_bytes};

    fill(samples, p->input_zero_point, depthwise_line_bytes(&lines) / sizeof *samples);
    for (size_t c = 0; c < p->num_out; c += DEPTHWISE_CHANNELS) {
        const size_t left = p->num_out - c;
        run_channels(&run, c, left < DEPTHWISE_CHANNELS ? left : DEPTHWISE_CHANNELS, input, output);
    }
    return STATUS_OK;
}

#endif
