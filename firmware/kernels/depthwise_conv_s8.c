/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The portable body: the innermost loop runs over the channels, so that a compiler turns it into
 * vector instructions where there are any. What it computes and the DSP body cannot, it computes
 * everywhere.
 */
#include "kernels/depthwise_conv_s8.h"

#include "kernels/depthwise_filter.h"
#include "kernels/depthwise_lines.h"
#include "kernels/depthwise_pixels.h"
#include "kernels/depthwise_taps.h"
#include "kernels/narrow.h"
#include "kernels/rescale_row.h"
#include "kernels/simd.h"

static size_t portable_bytes(const conv_params_t *p)
{
    const size_t channels = round_up(p->num_out, 4);
    return (ROW_RESCALE_BYTES + sizeof(int32_t)) * channels + round_up(p->num_in, 4);
}

/** sums += x * weights, channel by channel; each of x has `num_copies` weights in a row. */
static inline void accumulate(const int8_t *restrict x, const int8_t *restrict weights, size_t n,
                              size_t num_copies, int32_t *restrict sums)
{
    if (num_copies == 1) {
        for (size_t c = 0; c < n; c++) {
            sums[c] += x[c] * weights[c];
        }
        return;
    }
    for (size_t c = 0; c < n; c++) {
        for (size_t i = 0; i < num_copies; i++) {
            *sums++ += x[c] * *weights++;
        }
    }
}

/** Sum what one output pixel meets; `outside` is a pixel of zero points. */
static void sum_taps(const conv_params_t *p, const int8_t *input, int32_t y, int32_t x,
                     const int8_t *outside, int32_t *sums)
{
    const size_t num_in = p->num_in;
    const size_t num_copies = p->num_out / num_in;
    const int8_t *weights = p->weights;

    memset(sums, 0, p->num_out * sizeof *sums);
    for (int32_t i = 0; i < p->kernel_height; i++) {
        const int32_t row = y * p->stride_height - p->pad_top + i * p->dilation_height;
        for (int32_t j = 0; j < p->kernel_width; j++) {
            const int32_t column = x * p->stride_width - p->pad_left + j * p->dilation_width;
            const bool is_inside = row >= 0 && row < p->height && column >= 0 && column < p->width;
            const size_t pixel = is_inside ? (size_t)row * p->width + (size_t)column : 0;
            accumulate(is_inside ? input + pixel * num_in : outside, weights, num_in, num_copies,
                       sums);
            weights += round_up(p->num_out, 4);
        }
    }
}

static void convolve(const conv_params_t *p, const int8_t *input, int8_t *output,
                     void *restrict scratch)
{
    const size_t channels = p->num_out;
    const size_t taps = (size_t)p->kernel_height * p->kernel_width;
    int32_t *constants = scratch;
    int32_t *sums = constants + 4 * round_up(channels, 4);
    int8_t *outside = (int8_t *)(sums + round_up(channels, 4));
    const rescale_row_t row =
        rescale_row_prepare(p->rescales, &p->range, taps, channels, constants);

    memset(outside, p->input_zero_point, p->num_in);
    for (int32_t y = 0; y < p->out_height; y++) {
        for (int32_t x = 0; x < p->out_width; x++) {
            sum_taps(p, input, y, x, outside, sums);
            rescale_row(&row, sums, 0, channels, output);
            output += channels;
        }
    }
}

/** A body: how much scratch it needs, and what it does. */
typedef struct {
    size_t (*bytes)(const conv_params_t *p);
    void (*run)(const conv_params_t *p, const int8_t *input, int8_t *output,
                void *restrict scratch);
} body_t;

static body_t body_of(const conv_params_t *p)
{
#if AIRLOOP_MVE
    if (p->num_in == p->num_out) {
        return (body_t){depthwise_mve_bytes, depthwise_conv_s8_mve};
    }
#elif AIRLOOP_DSP
    const bool has_pixels = depthwise_has_pixels(p);
    if (depthwise_has_lines(p) && (depthwise_has_long_lines(p) || !has_pixels)) {
        return (body_t){depthwise_lines_bytes, depthwise_conv_s8_dsp};
    }
    if (has_pixels) {
        return (body_t){depthwise_pixels_bytes, depthwise_conv_s8_pixels};
    }
#elif AIRLOOP_SCALAR
    if (p->num_in == p->num_out) {
        return (body_t){depthwise_scalar_bytes, depthwise_conv_s8_scalar};
    }
#else
    (void)p;
#endif
    return (body_t){portable_bytes, convolve};
}

/** What narrow weights take once they are unpacked; 0 for others. */
static size_t unpacked_bytes(const conv_params_t *p)
{
    const size_t taps = (size_t)p->kernel_height * p->kernel_width;
    return p->weight_bits == NARROW_WIDE ? 0
                                         : round_up(taps * round_up(p->num_out, 4), NARROW_CHUNK);
}

size_t depthwise_conv_s8_scratch_bytes(const conv_params_t *p)
{
    return round_up(unpacked_bytes(p) + body_of(p).bytes(p), 16);
}

status_t depthwise_conv_s8(const conv_params_t *p, const int8_t *input, int8_t *output,
                           void *restrict scratch)
{
    RETURN_IF(p->num_out % p->num_in != 0, STATUS_BAD_ARG);
    conv_params_t own = *p;
    const size_t num_unpacked = unpacked_bytes(p);
    if (num_unpacked > 0) {
        narrow_unpack(p->weights, num_unpacked / NARROW_CHUNK, p->weight_bits, scratch);
        own.weights = scratch;
    }
    body_of(&own).run(&own, input, output, (uint8_t *)scratch + num_unpacked);
    return STATUS_OK;
}
