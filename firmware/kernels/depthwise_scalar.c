/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body of DEPTHWISE_CONV_2D for cores that multiply one value at a time: four channels of a
 * pixel, tap by tap.
 */
#include "kernels/depthwise_taps.h"
#include "kernels/rescale_scalar.h"
#include "kernels/simd.h"

#include <string.h>

#if AIRLOOP_SCALAR

#define CHANNELS 4u

/** Scratch: constants, where the taps lie, a pixel of zero points. */
size_t depthwise_scalar_bytes(const conv_params_t *p)
{
    const size_t channels = round_up(p->num_out, CHANNELS);
    return SCALAR_RESCALE_BYTES * channels + sizeof(int8_t *) * depthwise_num_taps(p) + channels;
}

/** Sum up four channels over all taps; their weights lie `stride` bytes apart. */
static void sum(const int8_t *const *taps, const int8_t *const *end, size_t channel,
                const int8_t *weights, size_t stride, int32_t sums[CHANNELS])
{
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    do {
        const int8_t *x = *taps++ + channel;
        s0 += x[0] * weights[0];
        s1 += x[1] * weights[1];
        s2 += x[2] * weights[2];
        s3 += x[3] * weights[3];
        weights += stride;
    } while (taps != end);
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

/** Four channels, or what is left. */
static inline void finish(const scalar_rescale_t *rescale, const int32_t sums[CHANNELS],
                          size_t channel, size_t left, int8_t *output)
{
    if (rescale->is_fast && left >= CHANNELS) {
        const fast_rescale_t *constants = rescale->constants + channel;
        output[0] = scalar_rescale_fast(sums[0], constants[0]);
        output[1] = scalar_rescale_fast(sums[1], constants[1]);
        output[2] = scalar_rescale_fast(sums[2], constants[2]);
        output[3] = scalar_rescale_fast(sums[3], constants[3]);
        return;
    }
    for (size_t i = 0; i < CHANNELS && i < left; i++) {
        output[i] = scalar_rescale(rescale, sums[i], channel + i);
    }
}

void depthwise_conv_s8_scalar(const conv_params_t *p, const int8_t *input, int8_t *output,
                              void *restrict scratch)
{
    const size_t num_taps = depthwise_num_taps(p);
    const size_t channels = round_up(p->num_out, CHANNELS);
    fast_rescale_t *constants = scratch;
    const int8_t **taps = (const int8_t **)(void *)(constants + channels);
    int8_t *outside = (int8_t *)(taps + num_taps);
    const scalar_rescale_t rescale =
        scalar_rescale_prepare(p->rescales, &p->range, num_taps, p->num_out, constants);

    memset(outside, p->input_zero_point, channels);
    for (int32_t y = 0; y < p->out_height; y++) {
        for (int32_t x = 0; x < p->out_width; x++) {
            depthwise_find_taps(p, input, outside, y, x, taps);
            for (size_t c = 0; c < p->num_out; c += CHANNELS) {
                const size_t left = p->num_out - c;
                int32_t sums[CHANNELS];
                sum(taps, taps + num_taps, c, p->weights + c, channels, sums);
                finish(&rescale, sums, c, left, output + c);
            }
            output += p->num_out;
        }
    }
}

#endif
