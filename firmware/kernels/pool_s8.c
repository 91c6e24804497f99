/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/pool_s8.h"

#include "kernels/mve.h"

#include <string.h>

/** The part of a window that lies inside the input; half open. */
typedef struct {
    int32_t top;
    int32_t bottom;
    int32_t left;
    int32_t right;
} part_t;

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static part_t part_of(const conv_params_t *p, int32_t y, int32_t x)
{
    const int32_t top = y * p->stride_height - p->pad_top;
    const int32_t left = x * p->stride_width - p->pad_left;
    return (part_t){.top = most(top, 0),
                    .bottom = least(top + p->kernel_height, p->height),
                    .left = most(left, 0),
                    .right = least(left + p->kernel_width, p->width)};
}

static const int8_t *pixel(const conv_params_t *p, const int8_t *input, int32_t y, int32_t x)
{
    return input + ((size_t)y * p->width + (size_t)x) * p->num_out;
}

size_t average_pool_s8_scratch_bytes(const conv_params_t *p)
{
    return round_up(sizeof(int32_t) * p->num_out, 16);
}

#if AIRLOOP_MVE

static void sum(const conv_params_t *p, const int8_t *restrict input, const part_t *part,
                int32_t *restrict sums)
{
    const size_t num_channels = p->num_out;
    for (size_t c = 0; c < num_channels; c += 4) {
        const mve_pred16_t there = vctp32q((uint32_t)(num_channels - c));
        int32x4_t total = vdupq_n_s32(0);
        for (int32_t y = part->top; y < part->bottom; y++) {
            const int8_t *from = pixel(p, input, y, part->left) + c;
            for (int32_t x = part->left; x < part->right; x++) {
                total = vaddq_s32(total, vldrbq_z_s32(from, there));
                from += num_channels;
            }
        }
        vst1q_s32(sums + c, total);
    }
}

#else

/** Not inlined: Armv6-M has few registers. */
static __attribute__((noinline)) void sum(const conv_params_t *p, const int8_t *restrict input,
                                          const part_t *part, int32_t *restrict sums)
{
    memset(sums, 0, sizeof *sums * p->num_out);
    for (int32_t y = part->top; y < part->bottom; y++) {
        for (int32_t x = part->left; x < part->right; x++) {
            const int8_t *from = pixel(p, input, y, x);
            for (size_t c = 0; c < p->num_out; c++) {
                sums[c] += from[c];
            }
        }
    }
}

#endif

static int32_t mean(int32_t total, int32_t count)
{
    if (count == 0) {
        return 0;
    }
    return total < 0 ? -((count / 2 - total) / count) : (total + count / 2) / count;
}

/** One pixel of output. */
static void write_means(const int32_t *restrict sums, int32_t count, size_t num_channels,
                        const output_range_t *range, int8_t *restrict output)
{
    for (size_t c = 0; c < num_channels; c++) {
        output[c] = clamp_to_s8(mean(sums[c], count), range);
    }
}

void average_pool_s8(const conv_params_t *p, const int8_t *input, int8_t *output,
                     void *restrict scratch)
{
    int32_t *sums = scratch;
    for (int32_t y = 0; y < p->out_height; y++) {
        for (int32_t x = 0; x < p->out_width; x++) {
            const part_t part = part_of(p, y, x);
            const int32_t rows = most(part.bottom - part.top, 0);
            const int32_t count = rows * most(part.right - part.left, 0);
            sum(p, input, &part, sums);
            write_means(sums, count, p->num_out, &p->range, output);
            output += p->num_out;
        }
    }
}

/** One pixel of output, which overlaps no window from here on. Not inlined, as above. */
static __attribute__((noinline)) void write_greatest(const conv_params_t *p,
                                                     const int8_t *restrict input,
                                                     const part_t *part, int8_t *restrict output)
{
    const size_t num_channels = p->num_out;
    memset(output, INT8_MIN, num_channels);
    for (int32_t row = part->top; row < part->bottom; row++) {
        const int8_t *from = pixel(p, input, row, part->left);
        for (int32_t column = part->left; column < part->right; column++) {
            for (size_t c = 0; c < num_channels; c++) {
                output[c] = output[c] > from[c] ? output[c] : from[c];
            }
            from += num_channels;
        }
    }
    for (size_t c = 0; c < num_channels; c++) {
        output[c] = clamp_to_s8(output[c], &p->range);
    }
}

void max_pool_s8(const conv_params_t *p, const int8_t *input, int8_t *output)
{
    for (int32_t y = 0; y < p->out_height; y++) {
        for (int32_t x = 0; x < p->out_width; x++) {
            const part_t part = part_of(p, y, x);
            write_greatest(p, input, &part, output);
            output += p->num_out;
        }
    }
}
