/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A stand-in for CMSIS-NN: what LiteRT's quantization specification says, in plain loops.
 *
 * As the real one does on a core with Helium, FULLY_CONNECTED there takes its sums from the
 * context: a harness that forgets to prepare them computes something else.
 */
#include "arm_nnsupportfunctions.h"

#include <math.h>

static int8_t requantized(int64_t sum, int32_t multiplier, int32_t shift, int32_t offset,
                          const cmsis_nn_activation *range)
{
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t right = shift > 0 ? 0 : -shift;
    const int64_t product = (sum << left) * multiplier;
    const int32_t high = (int32_t)((product + (product < 0 ? 1 - (1 << 30) : 1 << 30)) / (1LL << 31));
    const int32_t mask = (int32_t)((1LL << right) - 1);
    const int32_t rest = high & mask;
    int32_t y = (high >> right) + (rest > (mask >> 1) + (high < 0)) + offset;
    y = y < range->min ? range->min : y;
    return (int8_t)(y > range->max ? range->max : y);
}

/** Rounded once, ties away from zero, as LiteRT's FULLY_CONNECTED is. */
static int8_t rounded_once(int64_t sum, int32_t multiplier, int32_t shift, int32_t offset,
                           const cmsis_nn_activation *range)
{
    const int64_t product = sum * multiplier;
    const int64_t half = 1LL << (30 - shift);
    const int64_t size = (product < 0 ? -product : product) + half;
    int32_t y = (int32_t)((size >> (31 - shift)) * (product < 0 ? -1 : 1)) + offset;
    y = y < range->min ? range->min : y;
    return (int8_t)(y > range->max ? range->max : y);
}

static int is_inside(int32_t row, int32_t column, const cmsis_nn_dims *in)
{
    return row >= 0 && row < in->h && column >= 0 && column < in->w;
}

int32_t arm_convolve_wrapper_s8_get_buffer_size(const cmsis_nn_conv_params *p,
                                                const cmsis_nn_dims *in, const cmsis_nn_dims *f,
                                                const cmsis_nn_dims *out)
{
    return 64;
}

arm_cmsis_nn_status arm_convolve_wrapper_s8(const cmsis_nn_context *ctx,
                                            const cmsis_nn_conv_params *p,
                                            const cmsis_nn_per_channel_quant_params *q,
                                            const cmsis_nn_dims *in, const int8_t *x,
                                            const cmsis_nn_dims *f, const int8_t *w,
                                            const cmsis_nn_dims *b, const int32_t *bias,
                                            const cmsis_nn_dims *out, int8_t *y)
{
    if (ctx->buf == NULL || ctx->size != 64 || f->n != out->c || b->c != out->c) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
    for (int32_t i = 0; i < out->h * out->w * out->c; i++) {
        const int32_t c = i % out->c;
        const int32_t top = i / out->c / out->w * p->stride.h - p->padding.h;
        const int32_t left = i / out->c % out->w * p->stride.w - p->padding.w;
        int64_t sum = bias[c];
        for (int32_t k = 0; k < f->h * f->w * f->c; k++) {
            const int32_t row = top + k / f->c / f->w * p->dilation.h;
            const int32_t column = left + k / f->c % f->w * p->dilation.w;
            if (is_inside(row, column, in)) {
                sum += (x[(row * in->w + column) * in->c + k % f->c] + p->input_offset) *
                       w[c * f->h * f->w * f->c + k];
            }
        }
        y[i] = requantized(sum, q->multiplier[c], q->shift[c], p->output_offset, &p->activation);
    }
    return ARM_CMSIS_NN_SUCCESS;
}

int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size(const cmsis_nn_dw_conv_params *p,
                                                      const cmsis_nn_dims *in,
                                                      const cmsis_nn_dims *f,
                                                      const cmsis_nn_dims *out)
{
    return 0;
}

arm_cmsis_nn_status arm_depthwise_conv_wrapper_s8(const cmsis_nn_context *ctx,
                                                  const cmsis_nn_dw_conv_params *p,
                                                  const cmsis_nn_per_channel_quant_params *q,
                                                  const cmsis_nn_dims *in, const int8_t *x,
                                                  const cmsis_nn_dims *f, const int8_t *w,
                                                  const cmsis_nn_dims *b, const int32_t *bias,
                                                  const cmsis_nn_dims *out, int8_t *y)
{
    if (p->ch_mult * in->c != out->c || f->c != out->c) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
    for (int32_t i = 0; i < out->h * out->w * out->c; i++) {
        const int32_t c = i % out->c;
        const int32_t top = i / out->c / out->w * p->stride.h - p->padding.h;
        const int32_t left = i / out->c % out->w * p->stride.w - p->padding.w;
        int64_t sum = bias[c];
        for (int32_t k = 0; k < f->h * f->w; k++) {
            const int32_t row = top + k / f->w * p->dilation.h;
            const int32_t column = left + k % f->w * p->dilation.w;
            if (is_inside(row, column, in)) {
                sum += (x[(row * in->w + column) * in->c + c / p->ch_mult] + p->input_offset) *
                       w[k * f->c + c];
            }
        }
        y[i] = requantized(sum, q->multiplier[c], q->shift[c], p->output_offset, &p->activation);
    }
    return ARM_CMSIS_NN_SUCCESS;
}

arm_cmsis_nn_status arm_vector_sum_s8(int32_t *sums, const int32_t cols, const int32_t rows,
                                      const int8_t *data, const int32_t lhs_offset,
                                      const int32_t *bias)
{
    for (int32_t row = 0; row < rows; row++) {
        sums[row] = bias[row];
        for (int32_t i = 0; i < cols; i++) {
            sums[row] += lhs_offset * data[row * cols + i];
        }
    }
    return ARM_CMSIS_NN_SUCCESS;
}

arm_cmsis_nn_status arm_fully_connected_s8(const cmsis_nn_context *ctx,
                                           const cmsis_nn_fc_params *p,
                                           const cmsis_nn_per_tensor_quant_params *q,
                                           const cmsis_nn_dims *in, const int8_t *x,
                                           const cmsis_nn_dims *f, const int8_t *w,
                                           const cmsis_nn_dims *b, const int32_t *bias,
                                           const cmsis_nn_dims *out, int8_t *y)
{
    static int32_t own[1024];
    const int32_t *sums = own;
    if (f->c > 1024 || p->filter_offset != 0) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
#ifdef __ARM_FEATURE_MVE
    sums = ctx->buf;
#else
    arm_vector_sum_s8(own, f->n, f->c, w, p->input_offset, bias);
#endif
    for (int32_t i = 0; i < in->n * f->c; i++) {
        int64_t sum = sums[i % f->c];
        for (int32_t k = 0; k < f->n; k++) {
            sum += x[i / f->c * f->n + k] * w[i % f->c * f->n + k];
        }
        y[i] = rounded_once(sum, q->multiplier, q->shift, p->output_offset, &p->activation);
    }
    return ARM_CMSIS_NN_SUCCESS;
}

int32_t arm_avgpool_s8_get_buffer_size(const int dim_dst_width, const int ch_src)
{
    return 4 * ch_src;
}

arm_cmsis_nn_status arm_avgpool_s8(const cmsis_nn_context *ctx, const cmsis_nn_pool_params *p,
                                   const cmsis_nn_dims *in, const int8_t *x,
                                   const cmsis_nn_dims *f, const cmsis_nn_dims *out, int8_t *y)
{
    if (ctx->size != 4 * in->c) {
        return ARM_CMSIS_NN_ARG_ERROR;
    }
    for (int32_t i = 0; i < out->h * out->w * out->c; i++) {
        int32_t sum = 0;
        int32_t count = 0;
        for (int32_t k = 0; k < f->h * f->w; k++) {
            const int32_t row = i / out->c / out->w * p->stride.h - p->padding.h + k / f->w;
            const int32_t column = i / out->c % out->w * p->stride.w - p->padding.w + k % f->w;
            if (is_inside(row, column, in)) {
                sum += x[(row * in->w + column) * in->c + i % out->c];
                count++;
            }
        }
        int32_t mean = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
        mean = mean < p->activation.min ? p->activation.min : mean;
        y[i] = (int8_t)(mean > p->activation.max ? p->activation.max : mean);
    }
    return ARM_CMSIS_NN_SUCCESS;
}

/** In floating point: within one step of the fixed-point algorithm. */
void arm_softmax_s8(const int8_t *input, const int32_t num_rows, const int32_t row_size,
                    const int32_t mult, const int32_t shift, const int32_t diff_min,
                    int8_t *output)
{
    const float step = ldexpf((float)mult, shift - 31 - 26);
    for (int32_t row = 0; row < num_rows; row++) {
        const int8_t *x = input + row * row_size;
        int32_t most = -128;
        float sum = 0.0f;
        for (int32_t i = 0; i < row_size; i++) {
            most = x[i] > most ? x[i] : most;
        }
        for (int32_t i = 0; i < row_size; i++) {
            sum += x[i] - most >= diff_min ? expf(step * (float)(x[i] - most)) : 0.0f;
        }
        for (int32_t i = 0; i < row_size; i++) {
            const float y = 256.0f * expf(step * (float)(x[i] - most)) / sum - 128.0f;
            output[row * row_size + i] = (int8_t)(y > 127.0f ? 127.0f : floorf(y + 0.5f));
        }
    }
}
