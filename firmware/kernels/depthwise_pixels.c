/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/depthwise_pixels.h"

#include "kernels/depthwise_taps.h"
#include "kernels/fast_rescale.h"
#include "kernels/simd.h"

#if AIRLOOP_DSP

/** Constants, channel by channel; with WAY_ANY n is what `fast_rescale_shifts` returns. */
typedef struct {
    fast_rescale_t channel[DEPTHWISE_BLOCK];
} constants_t;

_Static_assert(sizeof(constants_t) == DEPTHWISE_BLOCK_CONSTANT_BYTES, "the scratch has room");

/** One run; scratch holds the blocks, then the field. */
typedef struct {
    const conv_params_t *p;
    size_t num_taps;
    size_t block_words;
    rescale_way_t way; /**< of all channels; WAY_SLOW if there is a block that is not whole */
} run_t;

/** The weights of two channels for one tap in one word; 0 beyond the last channel. */
static uint32_t weights_of(const run_t *run, size_t tap, size_t channel, const int32_t *gains)
{
    const size_t num_out = run->p->num_out;
    const int8_t *w = run->p->weights + tap * round_up(num_out, 4) + channel;
    const int32_t one = channel < num_out ? gains[0] * w[0] : 0;
    const int32_t other = channel + 2 < num_out ? gains[2] * w[2] : 0;
    return simd_lows((uint32_t)one, (uint32_t)other);
}

static constants_t *constants_of(const run_t *run, uint32_t *block)
{
    return (constants_t *)(block + 2 * run->num_taps);
}

/** Return the way of all channels. */
static rescale_way_t way_of(const conv_params_t *p, size_t num_taps)
{
    rescale_way_t way = p->num_out % DEPTHWISE_BLOCK == 0 ? WAY_RIGHT : WAY_SLOW;
    for (size_t i = 0; i < p->num_out; i++) {
        way = rescale_way_of_both(way, fast_rescale_way(&p->rescales[i], &p->range, num_taps));
    }
    return way;
}

/** Write the weights and constants of the channels from `first` on. */
static void prepare(const run_t *run, size_t first, uint32_t *block)
{
    const conv_params_t *p = run->p;
    constants_t *constants = constants_of(run, block);
    int32_t gains[DEPTHWISE_BLOCK];
    for (size_t i = 0; i < DEPTHWISE_BLOCK; i++) {
        fast_rescale_t f = fast_rescale_constants(&p->rescales[first + i], &p->range, run->way);
        gains[i] = run->way == WAY_RIGHT ? 2 : 1;
        if (run->way == WAY_ANY) {
            gains[i] = 1 << fast_rescale_left(f.n);
            f.n = fast_rescale_shifts(f.n);
        }
        constants->channel[i] = f;
    }
    for (size_t tap = 0; tap < run->num_taps; tap++) {
        *block++ = weights_of(run, tap, first, gains);
        *block++ = weights_of(run, tap, first + 1, gains + 1);
    }
}

/** Four channels of one tap. */
#define DEPTHWISE_TAP                                                                              \
    "ldr %[even], [%[taps]], #4\n\t"                                                               \
    "ldrd %[w0], %[w1], [%[w]], #8\n\t"                                                            \
    "ldr %[odd], [%[even], %[channel]]\n\t"                                                        \
    "sxtb16 %[even], %[odd]\n\t"                                                                   \
    "sxtb16 %[odd], %[odd], ror #8\n\t"                                                            \
    "smlabb %[s0], %[even], %[w0], %[s0]\n\t"                                                      \
    "smlabb %[s1], %[odd], %[w1], %[s1]\n\t"                                                       \
    "smlatt %[s2], %[even], %[w0], %[s2]\n\t"                                                      \
    "smlatt %[s3], %[odd], %[w1], %[s3]\n\t"

/** What the sum of one channel comes to; see kernels/fast_rescale.h. */
#define DEPTHWISE_FINISH(S)                                                                        \
    "ldrd %[w0], %[w1], [%[w]], #8\n\t"                                                            \
    "ldrd %[even], %[odd], [%[w]], #8\n\t"                                                         \
    "add %[" S "], %[" S "], %[w0]\n\t"                                                            \
    "add %[even], %[even], %[" S "], asr #31\n\t"                                                  \
    "smmlar %[" S "], %[" S "], %[w1], %[even]\n\t"                                                \
    "asr %[" S "], %[" S "], %[odd]\n\t"                                                           \
    "ssat %[" S "], #8, %[" S "]\n\t"                                                              \
    "strb %[" S "], [%[output]], #1\n\t"

/** The same for WAY_ANY. */
#define DEPTHWISE_FINISH_ANY(S)                                                                    \
    "ldrd %[w0], %[w1], [%[w]], #8\n\t"                                                            \
    "ldrd %[even], %[odd], [%[w]], #8\n\t"                                                         \
    "add %[" S "], %[" S "], %[w0]\n\t"                                                            \
    "lsr %[w0], %[odd], #8\n\t"                                                                    \
    "lsr %[w0], %[" S "], %[w0]\n\t"                                                               \
    "sub %[even], %[even], %[w0]\n\t"                                                              \
    "smmlar %[" S "], %[" S "], %[w1], %[even]\n\t"                                                \
    "asr %[" S "], %[" S "], %[odd]\n\t"                                                           \
    "ssat %[" S "], #8, %[" S "]\n\t"                                                              \
    "strb %[" S "], [%[output]], #1\n\t"

#define DEPTHWISE_ASM(BODY)                                                                        \
    __asm__ volatile(BODY                                                                          \
                     : [taps] "+r"(taps), [w] "+r"(w), [s0] "+r"(s0), [s1] "+r"(s1),               \
                       [s2] "+r"(s2), [s3] "+r"(s3), [even] "=&r"(even), [odd] "=&r"(odd),         \
                       [w0] "=&r"(w0), [w1] "=&r"(w1), [output] "+r"(output)                       \
                     : [channel] "r"(channel)                                                      \
                     : "memory")

/** All channels of one pixel the fast way. */
static inline __attribute__((always_inline)) void run_pixel_fast(depthwise_pixel_t pixel,
                                                                 size_t num_taps, const uint32_t *w,
                                                                 int8_t *output, size_t num_out,
                                                                 bool is_any)
{
    const int32_t *const threes_end = pixel.taps + num_taps / 3 * 3;
    const int32_t *const end = pixel.taps + num_taps;
    const int8_t *const channels_end = pixel.base + num_out;
    for (const int8_t *channel = pixel.base; channel != channels_end; channel += DEPTHWISE_BLOCK) {
        const int32_t *taps = pixel.taps;
        int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        uint32_t even, odd, w0, w1;
        while (taps != threes_end) {
            DEPTHWISE_ASM(DEPTHWISE_TAP DEPTHWISE_TAP DEPTHWISE_TAP);
        }
        while (taps != end) {
            DEPTHWISE_ASM(DEPTHWISE_TAP);
        }
        if (is_any) {
            DEPTHWISE_ASM(DEPTHWISE_FINISH_ANY("s0") DEPTHWISE_FINISH_ANY("s1")
                              DEPTHWISE_FINISH_ANY("s2") DEPTHWISE_FINISH_ANY("s3"));
        } else {
            DEPTHWISE_ASM(DEPTHWISE_FINISH("s0") DEPTHWISE_FINISH("s1") DEPTHWISE_FINISH("s2")
                              DEPTHWISE_FINISH("s3"));
        }
    }
}

/** Not inlined, both: they need all registers for themselves. */
static __attribute__((noinline)) void run_pixel_right(depthwise_pixel_t pixel, size_t num_taps,
                                                      const uint32_t *w, int8_t *output,
                                                      size_t num_out)
{
    run_pixel_fast(pixel, num_taps, w, output, num_out, false);
}

static __attribute__((noinline)) void run_pixel_any(depthwise_pixel_t pixel, size_t num_taps,
                                                    const uint32_t *w, int8_t *output,
                                                    size_t num_out)
{
    run_pixel_fast(pixel, num_taps, w, output, num_out, true);
}

/** The sum of one channel. */
static int32_t sum_of(const run_t *run, depthwise_pixel_t pixel, size_t channel,
                      const uint32_t *block)
{
    const size_t i = channel % DEPTHWISE_BLOCK;
    int32_t sum = 0;
    for (size_t tap = 0; tap < run->num_taps; tap++) {
        const uint32_t pair = block[2 * tap + i % 2];
        sum +=
            pixel.base[pixel.taps[tap] + (int32_t)channel] * (int16_t)(i < 2 ? pair : pair >> 16);
    }
    return sum;
}

/** All channels of one pixel the slow way. */
static void run_pixel(const run_t *run, depthwise_pixel_t pixel, const uint32_t *blocks,
                      int8_t *output)
{
    for (size_t channel = 0; channel < run->p->num_out; channel++) {
        const uint32_t *block = blocks + channel / DEPTHWISE_BLOCK * run->block_words;
        const int32_t sum = sum_of(run, pixel, channel, block);
        output[channel] = rescale_to_s8(sum, &run->p->rescales[channel], &run->p->range);
    }
}

void depthwise_conv_s8_pixels(const conv_params_t *p, const int8_t *input, int8_t *output,
                              void *restrict scratch)
{
    const size_t num_taps = (size_t)p->kernel_height * p->kernel_width;
    run_t run = {.p = p,
                 .num_taps = num_taps,
                 .block_words = sizeof(constants_t) / sizeof(uint32_t) + 2 * num_taps,
                 .way = way_of(p, num_taps)};
    uint32_t *block = scratch;
    for (size_t channel = 0; channel < p->num_out; channel += DEPTHWISE_BLOCK) {
        prepare(&run, channel, block);
        block += run.block_words;
    }
    const depthwise_field_t field = depthwise_field(p, input, block);

    for (int32_t y = 0; y < p->out_height; y++) {
        for (int32_t x = 0; x < p->out_width; x++) {
            const depthwise_pixel_t pixel = depthwise_find_taps(&field, y, x);
            if (run.way == WAY_RIGHT) {
                run_pixel_right(pixel, num_taps, scratch, output, p->num_out);
            } else if (run.way == WAY_ANY) {
                run_pixel_any(pixel, num_taps, scratch, output, p->num_out);
            } else {
                run_pixel(&run, pixel, scratch, output);
            }
            output += p->num_out;
        }
    }
}

#endif
