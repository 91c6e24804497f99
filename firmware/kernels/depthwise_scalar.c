/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body of DEPTHWISE_CONV_2D for cores that multiply one value at a time: four channels of a
 * pixel, tap by tap.
 */
#include "kernels/depthwise_taps.h"
#include "kernels/rescale_scalar.h"
#include "kernels/simd.h"

#if AIRLOOP_SCALAR

#define CHANNELS 4u

/** Scratch: constants, then the field. */
size_t depthwise_scalar_bytes(const conv_params_t *p)
{
    const size_t channels = round_up(p->num_out, CHANNELS);
    return SCALAR_RESCALE_BYTES * channels + depthwise_field_bytes(p);
}

#if __ARM_ARCH_ISA_THUMB >= 2

/** One tap of four channels. */
#define TAP_OF(S, K)                                                                               \
    "ldrsb %[a], [%[x], #" #K "]\n\t"                                                              \
    "ldrsb %[b], [%[w], #" #K "]\n\t"                                                              \
    "mla %[" S "], %[a], %[b], %[" S "]\n\t"
#define TAP                                                                                        \
    "ldr %[x], [%[taps]], #4\n\t"                                                                  \
    "add %[x], %[x], %[base]\n\t" TAP_OF("s0", 0) TAP_OF("s1", 1) TAP_OF("s2", 2)                  \
        TAP_OF("s3", 3) "add %[w], %[w], %[stride]\n\t"
#define TAPS(BODY)                                                                                 \
    __asm__ volatile(BODY                                                                          \
                     : [taps] "+r"(taps), [w] "+r"(weights), [s0] "+r"(s0), [s1] "+r"(s1),         \
                       [s2] "+r"(s2), [s3] "+r"(s3), [x] "=&r"(x), [a] "=&r"(a), [b] "=&r"(b)      \
                     : [base] "r"(base), [stride] "r"(stride)                                      \
                     : "memory")

#else

/** One address, not one for each channel. */
#define TAPS(BODY)                                                                                 \
    do {                                                                                           \
        x = base + *taps++;                                                                        \
        __asm__("" : "+l"(x));                                                                     \
        s0 += x[0] * weights[0];                                                                   \
        s1 += x[1] * weights[1];                                                                   \
        s2 += x[2] * weights[2];                                                                   \
        s3 += x[3] * weights[3];                                                                   \
        weights += stride;                                                                         \
    } while (0)

#endif

/** Sum up four channels over all taps; their weights lie `stride` bytes apart. */
static inline void sum(const int32_t *taps, size_t num_taps, const int8_t *base,
                       const int8_t *weights, size_t stride, int32_t sums[CHANNELS])
{
    const int32_t *const end = taps + num_taps;
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    const int8_t *x;
#if __ARM_ARCH_ISA_THUMB >= 2
    const int32_t *const threes_end = taps + num_taps / 3 * 3;
    int32_t a, b;
    while (taps != threes_end) {
        TAPS(TAP TAP TAP);
    }
#endif
    while (taps != end) {
        TAPS(TAP);
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

/** Four channels, or what is left. */
static inline void finish(const scalar_rescale_t *rescale, const int32_t sums[CHANNELS],
                          size_t channel, size_t left, int8_t *output)
{
    if (rescale->way == WAY_RIGHT && left >= CHANNELS) {
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

/** All channels of a pixel. Not inlined: it needs all registers for itself. */
static __attribute__((noinline)) void run_pixel(const conv_params_t *p,
                                                const scalar_rescale_t *rescale,
                                                depthwise_pixel_t pixel, size_t num_taps,
                                                int8_t *output)
{
    const size_t num_out = p->num_out;
    const size_t stride = round_up(num_out, CHANNELS);
    const int8_t *weights = p->weights;
    for (size_t c = 0; c < num_out; c += CHANNELS) {
        int32_t sums[CHANNELS];
        sum(pixel.taps, num_taps, pixel.base + c, weights + c, stride, sums);
        finish(rescale, sums, c, num_out - c, output + c);
    }
}

void depthwise_conv_s8_scalar(const conv_params_t *p, const int8_t *input, int8_t *output,
                              void *restrict scratch)
{
    const size_t num_taps = depthwise_num_taps(p);
    const size_t channels = round_up(p->num_out, CHANNELS);
    fast_rescale_t *constants = scratch;
    const depthwise_field_t field = depthwise_field(p, input, constants + channels);
    const scalar_rescale_t rescale =
        scalar_rescale_prepare(p->rescales, &p->range, num_taps, p->num_out, constants);

    for (int32_t y = 0; y < p->out_height; y++) {
        for (int32_t x = 0; x < p->out_width; x++) {
            run_pixel(p, &rescale, depthwise_find_taps(&field, y, x), num_taps, output);
            output += p->num_out;
        }
    }
}

#endif
