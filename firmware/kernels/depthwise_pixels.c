/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/depthwise_pixels.h"

#include "kernels/depthwise_taps.h"
#include "kernels/fast_rescale.h"
#include "kernels/simd.h"

#if AIRLOOP_DSP

/** Constants of the fast way, channel by channel; n is 0 in all where the block has none. */
typedef struct {
    struct {
        int32_t bias;
        int32_t factor;
        int32_t offset;
        int32_t n;
    } channel[DEPTHWISE_BLOCK];
} constants_t;

_Static_assert(sizeof(constants_t) == DEPTHWISE_BLOCK_CONSTANT_BYTES, "the scratch has room");

/** One run; scratch holds the blocks, then a pixel of zero points. */
typedef struct {
    const conv_params_t *p;
    int8_t *outside;
    size_t num_taps;
    size_t block_words;
    bool is_fast; /**< all blocks are whole, and take the fast way */
} run_t;

/** The weights of two channels for one tap in one word; 0 beyond the last channel. */
static uint32_t weights_of(const run_t *run, size_t tap, size_t channel, int32_t gain)
{
    const size_t num_out = run->p->num_out;
    const int8_t *w = run->p->weights + tap * round_up(num_out, 4) + channel;
    const int32_t one = channel < num_out ? gain * w[0] : 0;
    const int32_t other = channel + 2 < num_out ? gain * w[2] : 0;
    return simd_lows((uint32_t)one, (uint32_t)other);
}

static constants_t *constants_of(const run_t *run, uint32_t *block)
{
    return (constants_t *)(block + 2 * run->num_taps);
}

/** Write the weights and constants of the channels from `first` on. @return whether it is fast */
static bool prepare(const run_t *run, size_t first, uint32_t *block)
{
    const conv_params_t *p = run->p;
    constants_t *constants = constants_of(run, block);
    bool is_fast = true;
    for (size_t i = first; i < first + DEPTHWISE_BLOCK; i++) {
        is_fast = is_fast && fast_rescale_fits(&p->rescales[i], &p->range, run->num_taps);
    }
    for (size_t i = 0; i < DEPTHWISE_BLOCK; i++) {
        fast_rescale_t f = {0};
        if (is_fast) {
            f = fast_rescale_prepare(&p->rescales[first + i], &p->range);
        }
        constants->channel[i].bias = f.bias;
        constants->channel[i].factor = f.factor;
        constants->channel[i].offset = f.offset;
        constants->channel[i].n = f.n;
    }
    const int32_t gain = is_fast ? 2 : 1;
    for (size_t tap = 0; tap < run->num_taps; tap++) {
        *block++ = weights_of(run, tap, first, gain);
        *block++ = weights_of(run, tap, first + 1, gain);
    }
    return is_fast;
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

#define DEPTHWISE_ASM(BODY)                                                                        \
    __asm__ volatile(BODY                                                                          \
                     : [taps] "+r"(taps), [w] "+r"(w), [s0] "+r"(s0), [s1] "+r"(s1),               \
                       [s2] "+r"(s2), [s3] "+r"(s3), [even] "=&r"(even), [odd] "=&r"(odd),         \
                       [w0] "=&r"(w0), [w1] "=&r"(w1), [output] "+r"(output)                       \
                     : [channel] "r"(channel)                                                      \
                     : "memory")

/** All channels of one pixel the fast way. Not inlined: it needs all registers for itself. */
static __attribute__((noinline)) void run_pixel_fast(const int8_t *const *const first_tap,
                                                     size_t num_taps, const uint32_t *w,
                                                     int8_t *output, size_t num_out)
{
    const int8_t *const *const threes_end = first_tap + num_taps / 3 * 3;
    const int8_t *const *const end = first_tap + num_taps;
    for (size_t channel = 0; channel < num_out; channel += DEPTHWISE_BLOCK) {
        const int8_t *const *taps = first_tap;
        int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        uint32_t even, odd, w0, w1;
        while (taps != threes_end) {
            DEPTHWISE_ASM(DEPTHWISE_TAP DEPTHWISE_TAP DEPTHWISE_TAP);
        }
        while (taps != end) {
            DEPTHWISE_ASM(DEPTHWISE_TAP);
        }
        DEPTHWISE_ASM(DEPTHWISE_FINISH("s0") DEPTHWISE_FINISH("s1") DEPTHWISE_FINISH("s2")
                          DEPTHWISE_FINISH("s3"));
    }
}

/** The sum of one channel, as its weights are: doubled or not. */
static int32_t sum_of(const run_t *run, const int8_t *const *taps, size_t channel,
                      const uint32_t *block)
{
    const size_t i = channel % DEPTHWISE_BLOCK;
    int32_t sum = 0;
    for (size_t tap = 0; tap < run->num_taps; tap++) {
        const uint32_t pair = block[2 * tap + i % 2];
        sum += taps[tap][channel] * (int16_t)(i < 2 ? pair : pair >> 16);
    }
    return sum;
}

/** All channels of one pixel the slow way. */
static void run_pixel(const run_t *run, const int8_t *const *taps, uint32_t *blocks, int8_t *output)
{
    for (size_t channel = 0; channel < run->p->num_out; channel++) {
        uint32_t *block = blocks + channel / DEPTHWISE_BLOCK * run->block_words;
        const bool is_doubled = constants_of(run, block)->channel[0].n != 0;
        const int32_t sum = sum_of(run, taps, channel, block) >> is_doubled;
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
                 .is_fast = p->num_out % DEPTHWISE_BLOCK == 0};
    uint32_t *block = scratch;
    for (size_t channel = 0; channel < p->num_out; channel += DEPTHWISE_BLOCK) {
        run.is_fast = prepare(&run, channel, block) && run.is_fast;
        block += run.block_words;
    }
    run.outside = (int8_t *)block;
    memset(run.outside, p->input_zero_point, round_up(p->num_in, DEPTHWISE_BLOCK));

    for (int32_t y = 0; y < p->out_height; y++) {
        for (int32_t x = 0; x < p->out_width; x++) {
            const int8_t *taps[DEPTHWISE_PIXELS_MAX_TAPS];
            depthwise_find_taps(p, input, run.outside, y, x, taps);
            if (run.is_fast) {
                run_pixel_fast(taps, num_taps, scratch, output, p->num_out);
            } else {
                run_pixel(&run, taps, scratch, output);
            }
            output += p->num_out;
        }
    }
}

#endif
