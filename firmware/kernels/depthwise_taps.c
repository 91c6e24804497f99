/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/depthwise_taps.h"

/** All of them are there, the first at `from`. */
static void find_whole(const conv_params_t *p, const int8_t *from, const int8_t **taps)
{
    const size_t step = (size_t)p->dilation_width * p->num_in;
    const size_t row_step = (size_t)p->dilation_height * p->width * p->num_in;
    const size_t kernel_width = p->kernel_width;
    for (size_t i = 0; i < p->kernel_height; i++) {
        const int8_t *tap = from;
        for (const int8_t **const end = taps + kernel_width; taps != end; tap += step) {
            *taps++ = tap;
        }
        from += row_step;
    }
}

/** Whether taps from `first` on, `dilation` apart, lie within `size`. */
static bool is_within(int32_t first, int32_t num_taps, int32_t dilation, int32_t size)
{
    return first >= 0 && first + (num_taps - 1) * dilation < size;
}

void depthwise_find_taps(const conv_params_t *p, const int8_t *input, const int8_t *outside,
                         int32_t y, int32_t x, const int8_t **taps)
{
    const int32_t top = y * p->stride_height - p->pad_top;
    const int32_t left = x * p->stride_width - p->pad_left;
    if (is_within(top, p->kernel_height, p->dilation_height, p->height) &&
        is_within(left, p->kernel_width, p->dilation_width, p->width)) {
        const size_t pixel = (size_t)top * p->width + (size_t)left;
        find_whole(p, input + pixel * p->num_in, taps);
        return;
    }
    int32_t row = top;
    for (size_t i = 0; i < p->kernel_height; i++) {
        int32_t column = left;
        const bool is_row = row >= 0 && row < p->height;
        const int8_t *from = input + (is_row ? (size_t)row * p->width * p->num_in : 0);
        for (size_t j = 0; j < p->kernel_width; j++) {
            const bool is_inside = is_row && column >= 0 && column < p->width;
            *taps++ = is_inside ? from + (size_t)column * p->num_in : outside;
            column += p->dilation_width;
        }
        row += p->dilation_height;
    }
}
