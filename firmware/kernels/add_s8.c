/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/add_s8.h"

#include "kernels/fast_rescale.h"
#include "kernels/simd.h"

/** What every int8 of one input comes to on the common scale; entry i is for (uint8_t)x == i. */
static void tabulate(const rescale_t *r, int32_t zero_point, int32_t table[256])
{
    for (int32_t x = INT8_MIN; x <= INT8_MAX; x++) {
        const int32_t centred = (x - zero_point) * (1 << ADD_S8_LEFT_SHIFT);
        table[(uint8_t)x] = rescale(centred, r->multiplier, r->shift);
    }
}

static void add_any(const add_params_t *p, const int8_t *a, const int8_t *b, int8_t *output,
                    const int32_t *tables)
{
    const rescale_t sum = {
        .bias = 0, .multiplier = p->rescales[2].multiplier, .shift = p->rescales[2].shift};
    for (size_t i = 0; i < p->num_values; i++) {
        const uint32_t one = (uint32_t)tables[(uint8_t)a[i]];
        const uint32_t other = (uint32_t)tables[256 + (uint8_t)b[i]];
        output[i] = rescale_to_s8((int32_t)(one + other), &sum, &p->range);
    }
}

#if AIRLOOP_SIMD

/** Shifts of the inputs' factors are never to the left here, so a sum stays below 2^29. */
static bool fits(const add_params_t *p)
{
    const rescale_t sum = {
        .bias = 0, .multiplier = p->rescales[2].multiplier, .shift = p->rescales[2].shift};
    return p->rescales[0].shift <= 0 && p->rescales[1].shift <= 0 &&
           fast_rescale_fits(&sum, &p->range, 1);
}

static void add_fast(const add_params_t *p, const int8_t *a, const int8_t *b, int8_t *output,
                     int32_t *tables)
{
    const rescale_t sum = {
        .bias = 0, .multiplier = p->rescales[2].multiplier, .shift = p->rescales[2].shift};
    const fast_rescale_t f = fast_rescale_prepare(&sum, &p->range);
    for (size_t i = 0; i < 512; i++) {
        tables[i] *= 2;
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < p->num_values; i++) {
        const int32_t twice = tables[(uint8_t)a[i]] + tables[256 + (uint8_t)b[i]];
        output[i] = simd_rescale(twice, f.factor, f.offset, f.n);
    }
}

#endif

status_t add_s8(const add_params_t *p, const int8_t *a, const int8_t *b, int8_t *output,
                void *scratch)
{
    int32_t *tables = scratch;
    tabulate(&p->rescales[0], p->input_zero_points[0], tables);
    tabulate(&p->rescales[1], p->input_zero_points[1], tables + 256);
#if AIRLOOP_SIMD
    if (fits(p)) {
        add_fast(p, a, b, output, tables);
        return STATUS_OK;
    }
#endif
    add_any(p, a, b, output, tables);
    return STATUS_OK;
}
