/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The body of DEPTHWISE_CONV_2D for Helium: sixteen channels of a pixel, tap by tap.
 *
 * Products of the lanes of a vector come as those of even and odd lanes, in int16; widened once
 * more, sums lie by channel modulo 4, and so do the constants:
 *
 *     sums[0] of channels 0, 4, 8, 12 | sums[1] of 1, 5, 9, 13 | ...
 */
#include "kernels/depthwise_taps.h"
#include "kernels/fast_rescale.h"
#include "kernels/mve.h"

#if AIRLOOP_MVE

#include <string.h>

#define CHANNELS 16u
#define SUMS 4u

/** Constants of the channels of one sum, in the order in which they are read. */
typedef struct {
    int32_t bias[SUMS];
    struct {
        int32_t factor[SUMS];
        int32_t offset[SUMS];
        int32_t minus_n[SUMS];
    } rescaling;
} sum_constants_t;

/** Of sixteen channels. */
typedef struct {
    sum_constants_t sums[SUMS];
} constants_t;

/** One run; scratch holds the constants, where the taps lie, a pixel of zero points. */
typedef struct {
    const conv_params_t *p;
    const int8_t **taps;
    size_t num_taps;
    constants_t *constants;
    size_t stride; /**< from the weights of a tap to those of the next */
} run_t;

size_t depthwise_mve_bytes(const conv_params_t *p)
{
    const size_t channels = round_up(p->num_out, CHANNELS);
    return sizeof(constants_t) / CHANNELS * channels + sizeof(int8_t *) * depthwise_num_taps(p) +
           channels;
}

/** Write the constants. @return whether all channels take the fast way */
static bool prepare(const run_t *run)
{
    const conv_params_t *p = run->p;
    for (size_t c = 0; c < p->num_out; c++) {
        if (!fast_rescale_fits(&p->rescales[c], &p->range, run->num_taps)) {
            return false;
        }
        const fast_rescale_t f = fast_rescale_prepare(&p->rescales[c], &p->range);
        sum_constants_t *sum = &run->constants[c / CHANNELS].sums[c % SUMS];
        const size_t i = c % CHANNELS / SUMS;
        sum->bias[i] = p->rescales[c].bias;
        sum->rescaling.factor[i] = f.factor;
        sum->rescaling.offset[i] = f.offset;
        sum->rescaling.minus_n[i] = -f.n;
    }
    return true;
}

/** The sums, q0 .. q3, start from the biases. */
#define BIAS(Q) "vldrw.32 " Q ", [%[k]], #64\n\t"

/** The sums go on with the sixteen products of one tap. LOAD loads q4 and q5. */
#define TAP(LOAD)                                                                                  \
    "ldr %[x], [%[tap]], #4\n\t"                                                                   \
    "add %[x], %[x], %[channel]\n\t" LOAD "add %[w], %[w], %[stride]\n\t"                          \
    "vmullb.s8 q6, q4, q5\n\t"                                                                     \
    "vmullt.s8 q4, q4, q5\n\t"                                                                     \
    "vmovlb.s16 q7, q6\n\t"                                                                        \
    "vmovlt.s16 q6, q6\n\t"                                                                        \
    "vadd.i32 q0, q0, q7\n\t"                                                                      \
    "vmovlb.s16 q7, q4\n\t"                                                                        \
    "vadd.i32 q2, q2, q6\n\t"                                                                      \
    "vmovlt.s16 q4, q4\n\t"                                                                        \
    "vadd.i32 q1, q1, q7\n\t"                                                                      \
    "vadd.i32 q3, q3, q4\n\t"

/** A sum is rescaled, see kernels/fast_rescale.h, but not saturated. K: where its constants lie. */
#define RESCALE(Q, K)                                                                              \
    "vldrw.32 q4, [%[k], #" K " + 16]\n\t"                                                         \
    "vshl.s32 " Q ", " Q ", #1\n\t"                                                                \
    "vldrw.32 q5, [%[k], #" K " + 32]\n\t"                                                         \
    "vrmulh.s32 q4, " Q ", q4\n\t"                                                                 \
    "vshr.s32 " Q ", " Q ", #31\n\t"                                                               \
    "vadd.i32 q4, q4, q5\n\t"                                                                      \
    "vldrw.32 q5, [%[k], #" K " + 48]\n\t"                                                         \
    "vadd.i32 " Q ", " Q ", q4\n\t"                                                                \
    "vshl.s32 " Q ", " Q ", q5\n\t"

/** Saturated, the values of the four sums fall into place. */
#define PACK                                                                                       \
    "vqmovnb.s32 q4, q0\n\t"                                                                       \
    "vqmovnt.s32 q4, q2\n\t"                                                                       \
    "vqmovnb.s32 q5, q1\n\t"                                                                       \
    "vqmovnt.s32 q5, q3\n\t"                                                                       \
    "vqmovnb.s16 q6, q4\n\t"                                                                       \
    "vqmovnt.s16 q6, q5\n\t"

/** Sixteen channels of a pixel, or those that are `there`. */
#define BLOCK(LOAD, STORE)                                                                         \
    __asm__ volatile("vmsr p0, %[there]\n\t" BIAS("q0") BIAS("q1") BIAS("q2")                      \
                         BIAS("q3") "sub %[k], %[k], #256\n\t"                                     \
                                    "dls lr, %[num_taps]\n\t"                                      \
                                    "1:\n\t" TAP(LOAD) "le lr, 1b\n\t" RESCALE("q0", "0")          \
                                        RESCALE("q1", "64") RESCALE("q2", "128")                   \
                                            RESCALE("q3", "192") PACK STORE                        \
                     : [tap] "+r"(tap), [w] "+r"(w), [k] "+r"(k), [x] "=&r"(x)                     \
                     : [channel] "r"(channel), [stride] "r"(run->stride), [there] "r"(there),      \
                       [num_taps] "r"(run->num_taps), [output] "r"(output + channel)               \
                     : "lr", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "p0", "memory")

/** All channels of a pixel the fast way. */
static __attribute__((noinline)) void run_pixel(const run_t *run, int8_t *output)
{
    const size_t num_out = run->p->num_out;
    for (size_t channel = 0; channel < num_out; channel += CHANNELS) {
        const uint32_t there = vctp8q((uint32_t)(num_out - channel));
        const constants_t *k = run->constants + channel / CHANNELS;
        const int8_t *w = run->p->weights + channel;
        const int8_t *const *tap = run->taps;
        const int8_t *x;
        if (channel + CHANNELS <= num_out) {
            BLOCK("vldrb.u8 q4, [%[x]]\n\t"
                  "vldrb.u8 q5, [%[w]]\n\t",
                  "vstrb.u8 q6, [%[output]]\n\t");
        } else {
            BLOCK("vpstt\n\t"
                  "vldrbt.u8 q4, [%[x]]\n\t"
                  "vldrbt.u8 q5, [%[w]]\n\t",
                  "vpst\n\t"
                  "vstrbt.u8 q6, [%[output]]\n\t");
        }
    }
}

/** All channels of a pixel, whatever their rescaling is. */
static void run_pixel_slowly(const run_t *run, int8_t *output)
{
    const conv_params_t *p = run->p;
    for (size_t c = 0; c < p->num_out; c++) {
        const int8_t *w = p->weights + c;
        int32_t sum = 0;
        for (size_t tap = 0; tap < run->num_taps; tap++) {
            sum += run->taps[tap][c] * *w;
            w += run->stride;
        }
        output[c] = rescale_to_s8(sum, &p->rescales[c], &p->range);
    }
}

void depthwise_conv_s8_mve(const conv_params_t *p, const int8_t *input, int8_t *output,
                           void *restrict scratch)
{
    const size_t num_taps = depthwise_num_taps(p);
    constants_t *constants = scratch;
    const size_t blocks = round_up(p->num_out, CHANNELS) / CHANNELS;
    const int8_t **taps = (const int8_t **)(void *)(constants + blocks);
    int8_t *outside = (int8_t *)(taps + num_taps);
    run_t run = {.p = p,
                 .taps = taps,
                 .num_taps = num_taps,
                 .constants = constants,
                 .stride = round_up(p->num_out, 4)};

    const bool is_fast = prepare(&run);
    memset(outside, p->input_zero_point, p->num_in);
    for (int32_t y = 0; y < p->out_height; y++) {
        for (int32_t x = 0; x < p->out_width; x++) {
            depthwise_find_taps(p, input, outside, y, x, taps);
            if (is_fast) {
                run_pixel(&run, output);
            } else {
                run_pixel_slowly(&run, output);
            }
            output += p->num_out;
        }
    }
}

#endif
