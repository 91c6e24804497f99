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

#define CHANNELS 16u
#define SUMS 4u

/** Of sixteen channels, in the order in which they are read. */
typedef struct {
    mve_four_t sums[SUMS];
} constants_t;

/** One run; scratch holds the constants, then the field. */
typedef struct {
    const conv_params_t *p;
    depthwise_pixel_t pixel;
    size_t num_taps;
    constants_t *constants;
    size_t stride; /**< from the weights of a tap to those of the next */
    int32_t zero_point;
} run_t;

size_t depthwise_mve_bytes(const conv_params_t *p)
{
    const size_t channels = round_up(p->num_out, CHANNELS);
    return sizeof(constants_t) / CHANNELS * channels + depthwise_field_bytes(p);
}

/** Write the constants. @return the way that all channels have */
static rescale_way_t prepare(const run_t *run)
{
    const conv_params_t *p = run->p;
    rescale_way_t way = WAY_RIGHT;
    for (size_t c = 0; c < p->num_out; c++) {
        const rescale_t *r = &p->rescales[c];
        way = rescale_way_of_both(way, fast_rescale_way(r, &p->range, run->num_taps));
        mve_prepare(r, c % CHANNELS / SUMS, &run->constants[c / CHANNELS].sums[c % SUMS]);
    }
    return way;
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

/** A sum is rescaled, see kernels/mve.h, but the zero point is missing yet. K: where its constants
 * lie. */
#define RESCALE(Q, K)                                                                              \
    "vldrw.32 q4, [%[k], #" K " + 16]\n\t"                                                         \
    "vldrw.32 q5, [%[k], #" K " + 32]\n\t"                                                         \
    "vqrdmulh.s32 q4, " Q ", q4\n\t"                                                               \
    "vshr.s32 " Q ", " Q ", #31\n\t"                                                               \
    "vadd.i32 " Q ", " Q ", q4\n\t"                                                                \
    "vrshl.s32 " Q ", " Q ", q5\n\t"

/** The same for WAY_ANY. */
#define RESCALE_ANY(Q, K)                                                                          \
    "vldrw.32 q6, [%[k], #" K " + 48]\n\t"                                                         \
    "vldrw.32 q4, [%[k], #" K " + 16]\n\t"                                                         \
    "vshl.s32 " Q ", " Q ", q6\n\t"                                                                \
    "vldrw.32 q5, [%[k], #" K " + 32]\n\t"                                                         \
    "vqrdmulh.s32 q4, " Q ", q4\n\t"                                                               \
    "vshr.s32 " Q ", " Q ", #31\n\t"                                                               \
    "vshr.s32 q6, q5, #31\n\t"                                                                     \
    "vand " Q ", " Q ", q6\n\t"                                                                    \
    "vadd.i32 " Q ", " Q ", q4\n\t"                                                                \
    "vrshl.s32 " Q ", " Q ", q5\n\t"

/** Saturated, the values of the four sums fall into place. */
#define PACK                                                                                       \
    "vqmovnb.s32 q4, q0\n\t"                                                                       \
    "vqmovnt.s32 q4, q2\n\t"                                                                       \
    "vqmovnb.s32 q5, q1\n\t"                                                                       \
    "vqmovnt.s32 q5, q3\n\t"                                                                       \
    "vqadd.s16 q4, q4, %[zero_point]\n\t"                                                          \
    "vqadd.s16 q5, q5, %[zero_point]\n\t"                                                          \
    "vqmovnb.s16 q6, q4\n\t"                                                                       \
    "vqmovnt.s16 q6, q5\n\t"

/** Sixteen channels of a pixel, or those that are `there`. */
#define BLOCK(LOAD, RESCALED, STORE)                                                               \
    __asm__ volatile("vmsr p0, %[there]\n\t" BIAS("q0") BIAS("q1") BIAS("q2")                      \
                         BIAS("q3") "sub %[k], %[k], #256\n\t"                                     \
                                    "dls lr, %[num_taps]\n\t"                                      \
                                    "1:\n\t" TAP(LOAD) "le lr, 1b\n\t" RESCALED("q0", "0")         \
                                        RESCALED("q1", "64") RESCALED("q2", "128")                 \
                                            RESCALED("q3", "192") PACK STORE                       \
                     : [tap] "+r"(tap), [w] "+r"(w), [k] "+r"(k), [x] "=&r"(x)                     \
                     : [channel] "r"(run->pixel.base + channel), [stride] "r"(run->stride),        \
                       [there] "r"(there), [num_taps] "r"(run->num_taps),                          \
                       [output] "r"(output + channel), [zero_point] "r"(run->zero_point)           \
                     : "lr", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "p0", "memory")

#define LOAD_WHOLE                                                                                 \
    "vldrb.u8 q4, [%[x]]\n\t"                                                                      \
    "vldrb.u8 q5, [%[w]]\n\t"
#define LOAD_THERE                                                                                 \
    "vpstt\n\t"                                                                                    \
    "vldrbt.u8 q4, [%[x]]\n\t"                                                                     \
    "vldrbt.u8 q5, [%[w]]\n\t"
#define STORE_WHOLE "vstrb.u8 q6, [%[output]]\n\t"
#define STORE_THERE                                                                                \
    "vpst\n\t"                                                                                     \
    "vstrbt.u8 q6, [%[output]]\n\t"

/** All channels of a pixel the fast way. */
static inline __attribute__((always_inline)) void run_pixel_by(const run_t *run, int8_t *output,
                                                               bool is_any)
{
    const size_t num_out = run->p->num_out;
    for (size_t channel = 0; channel < num_out; channel += CHANNELS) {
        const uint32_t there = vctp8q((uint32_t)(num_out - channel));
        const constants_t *k = run->constants + channel / CHANNELS;
        const int8_t *w = run->p->weights + channel;
        const int32_t *tap = run->pixel.taps;
        const int8_t *x;
        if (is_any) {
            BLOCK(LOAD_THERE, RESCALE_ANY, STORE_THERE);
        } else if (channel + CHANNELS <= num_out) {
            BLOCK(LOAD_WHOLE, RESCALE, STORE_WHOLE);
        } else {
            BLOCK(LOAD_THERE, RESCALE, STORE_THERE);
        }
    }
}

static __attribute__((noinline)) void run_pixel(const run_t *run, int8_t *output)
{
    run_pixel_by(run, output, false);
}

static __attribute__((noinline)) void run_pixel_any(const run_t *run, int8_t *output)
{
    run_pixel_by(run, output, true);
}

/** All channels of a pixel, whatever their rescaling is. */
static void run_pixel_slowly(const run_t *run, int8_t *output)
{
    const conv_params_t *p = run->p;
    for (size_t c = 0; c < p->num_out; c++) {
        const int8_t *w = p->weights + c;
        int32_t sum = 0;
        for (size_t tap = 0; tap < run->num_taps; tap++) {
            sum += run->pixel.base[run->pixel.taps[tap] + (int32_t)c] * *w;
            w += run->stride;
        }
        output[c] = rescale_to_s8(sum, &p->rescales[c], &p->range);
    }
}

void depthwise_conv_s8_mve(const conv_params_t *p, const int8_t *input, int8_t *output,
                           void *restrict scratch)
{
    constants_t *constants = scratch;
    const size_t blocks = round_up(p->num_out, CHANNELS) / CHANNELS;
    const depthwise_field_t field = depthwise_field(p, input, constants + blocks);
    run_t run = {.p = p,
                 .num_taps = depthwise_num_taps(p),
                 .constants = constants,
                 .stride = round_up(p->num_out, 4),
                 .zero_point = p->range.zero_point};

    const rescale_way_t way = prepare(&run);
    for (int32_t y = 0; y < p->out_height; y++) {
        for (int32_t x = 0; x < p->out_width; x++) {
            run.pixel = depthwise_find_taps(&field, y, x);
            if (way == WAY_RIGHT) {
                run_pixel(&run, output);
            } else if (way == WAY_ANY) {
                run_pixel_any(&run, output);
            } else {
                run_pixel_slowly(&run, output);
            }
            output += p->num_out;
        }
    }
}

#endif
