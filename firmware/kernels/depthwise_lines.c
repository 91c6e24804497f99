/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/depthwise_lines.h"

#include "kernels/simd.h"

#if AIRLOOP_DSP

/** Where the samples of one phase of a row come from and go to. */
typedef struct {
    const int8_t *from; /**< first sample of the first channel */
    size_t step;        /**< bytes from one sample to the next */
    size_t first;       /**< its place in the phase */
    size_t count;
} phase_t;

/** The lines of four channels. */
typedef struct {
    int16_t *channel[DEPTHWISE_CHANNELS];
} targets_t;

void depthwise_lines_clear(const depthwise_lines_t *lines, int16_t zero_point)
{
    const size_t num_samples = depthwise_line_bytes(lines) / sizeof *lines->samples;
    for (size_t i = 0; i < num_samples; i++) {
        lines->samples[i] = zero_point;
    }
}

/** Sample i of a phase is column i * dilation + phase - pad of the row. */
static phase_t phase_of(const conv_params_t *p, const int8_t *row, size_t phase)
{
    const size_t dilation = p->dilation_width;
    const size_t pad = p->pad_left;
    const size_t first = phase < pad ? (pad - phase + dilation - 1) / dilation : 0;
    const size_t column = first * dilation + phase - pad;
    const size_t count = column < p->width ? (p->width - column + dilation - 1) / dilation : 0;
    return (phase_t){.from = row + column * p->num_out,
                     .step = dilation * p->num_out,
                     .first = first,
                     .count = count};
}

/** Spread single samples, of one to four channels. @return samples behind them */
static const int8_t *spread_some(const int8_t *from, size_t step, size_t num_samples, targets_t *to,
                                 size_t num_channels)
{
    for (size_t i = 0; i < num_samples; i++, from += step) {
        for (size_t c = 0; c < num_channels; c++) {
            *to->channel[c]++ = from[c];
        }
    }
    return from;
}

/** Two samples of four channels: x takes the even channels of both, y, u, v what is left. */
#define SPREAD_TWO                                                                                 \
    "ldr %[x], [%[from]]\n\t"                                                                      \
    "ldr %[y], [%[from], %[step]]\n\t"                                                             \
    "add %[from], %[from], %[step], lsl #1\n\t"                                                    \
    "sxtb16 %[u], %[x]\n\t"                                                                        \
    "sxtb16 %[v], %[y]\n\t"                                                                        \
    "pkhbt %[w], %[u], %[v], lsl #16\n\t"                                                          \
    "pkhtb %[v], %[v], %[u], asr #16\n\t"                                                          \
    "str %[w], [%[line0]], #4\n\t"                                                                 \
    "str %[v], [%[line2]], #4\n\t"                                                                 \
    "sxtb16 %[u], %[x], ror #8\n\t"                                                                \
    "sxtb16 %[v], %[y], ror #8\n\t"                                                                \
    "pkhbt %[w], %[u], %[v], lsl #16\n\t"                                                          \
    "pkhtb %[v], %[v], %[u], asr #16\n\t"                                                          \
    "str %[w], [%[line1]], #4\n\t"                                                                 \
    "str %[v], [%[line3]], #4\n\t"

/**
 * Spread samples of four channels, four at a time, to 4-byte aligned places. Not inlined: it needs
 * nearly all registers for itself.
 *
 * @return samples behind them
 */
static __attribute__((noinline)) const int8_t *spread_fours(const int8_t *from, size_t step,
                                                            size_t num_samples, targets_t *to)
{
    int16_t *line0 = to->channel[0];
    int16_t *line1 = to->channel[1];
    int16_t *line2 = to->channel[2];
    int16_t *line3 = to->channel[3];
    for (const int16_t *end = line0 + num_samples; line0 != end;) {
        uint32_t x, y, u, v, w;
        __asm__ volatile(SPREAD_TWO SPREAD_TWO
                         : [from] "+r"(from), [line0] "+r"(line0), [line1] "+r"(line1),
                           [line2] "+r"(line2), [line3] "+r"(line3), [x] "=&r"(x), [y] "=&r"(y),
                           [u] "=&r"(u), [v] "=&r"(v), [w] "=&r"(w)
                         : [step] "r"(step)
                         : "memory");
    }
    *to = (targets_t){.channel = {line0, line1, line2, line3}};
    return from;
}

void depthwise_lines_spread(const depthwise_lines_t *lines, const conv_params_t *p,
                            const int8_t *from, size_t row, size_t num_channels)
{
    int16_t *line = depthwise_line(lines, p, (int32_t)row);
    for (size_t i = 0; i < p->dilation_width; i++, line += lines->phase) {
        const phase_t phase = phase_of(p, from, i);
        const size_t odd = phase.first % 2;
        const size_t head = odd < phase.count ? odd : phase.count;
        const size_t rest = phase.count - head;
        const size_t fours = num_channels == DEPTHWISE_CHANNELS ? rest / 4 * 4 : 0;
        targets_t to;
        for (size_t c = 0; c < DEPTHWISE_CHANNELS; c++) {
            to.channel[c] = line + phase.first + c * depthwise_channel_samples(lines);
        }
        const int8_t *next = spread_some(phase.from, phase.step, head, &to, num_channels);
        next = spread_fours(next, phase.step, fours, &to);
        spread_some(next, phase.step, rest - fours, &to, num_channels);
    }
}

#else

/** ISO C wants a translation unit to hold something. */
typedef int depthwise_lines_are_not_built_t;

#endif
