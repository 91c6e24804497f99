/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/depthwise_taps.h"

#include <string.h>

depthwise_field_t depthwise_field(const conv_params_t *p, const int8_t *input, void *scratch)
{
    /* Where a window has one row, what its dilation would be may be beyond any plane. */
    const uint32_t row = (uint32_t)p->dilation_height * p->width * p->num_in;
    const uint32_t step = (uint32_t)p->dilation_width * p->num_in;
    const size_t num_taps = depthwise_num_taps(p);
    int32_t *whole = scratch;
    int32_t *border = whole + num_taps;
    int8_t *outside = (int8_t *)(border + num_taps);
    for (uint32_t i = 0; i < p->kernel_height; i++) {
        for (uint32_t j = 0; j < p->kernel_width; j++) {
            *whole++ = (int32_t)(i * row + j * step);
        }
    }
    memset(outside, p->input_zero_point, p->num_in);
    return (depthwise_field_t){.p = p,
                               .input = input,
                               .outside = (int32_t)((uintptr_t)outside - (uintptr_t)input),
                               .whole = scratch,
                               .border = border};
}

/** Whether taps from `first` on, `dilation` apart, lie within `size`. */
static bool is_within(int32_t first, int32_t num_taps, int32_t dilation, int32_t size)
{
    return first >= 0 && first + (num_taps - 1) * dilation < size;
}

/** Some taps are missing. Not inlined: most pixels have all of them. */
static __attribute__((noinline)) void find_border(const depthwise_field_t *f, int32_t top,
                                                  int32_t left)
{
    const conv_params_t *p = f->p;
    const int32_t num_in = p->num_in;
    const int32_t step = p->dilation_width;
    const int32_t end = left + p->kernel_width * step;
    int32_t *tap = f->border;
    int32_t row = top;
    for (size_t i = 0; i < p->kernel_height; i++) {
        const bool is_row = row >= 0 && row < p->height;
        const int32_t from = is_row ? row * p->width * num_in : 0;
        const uint32_t width = is_row ? p->width : 0;
        for (int32_t column = left; column != end; column += step) {
            *tap++ = (uint32_t)column < width ? from + column * num_in : f->outside;
        }
        row += p->dilation_height;
    }
}

depthwise_pixel_t depthwise_find_taps(const depthwise_field_t *f, int32_t y, int32_t x)
{
    const conv_params_t *p = f->p;
    const int32_t top = y * p->stride_height - p->pad_top;
    const int32_t left = x * p->stride_width - p->pad_left;
    if (is_within(top, p->kernel_height, p->dilation_height, p->height) &&
        is_within(left, p->kernel_width, p->dilation_width, p->width)) {
        const size_t pixel = (size_t)top * p->width + (size_t)left;
        return (depthwise_pixel_t){f->whole, f->input + pixel * p->num_in};
    }
    find_border(f, top, left);
    return (depthwise_pixel_t){f->border, f->input};
}
