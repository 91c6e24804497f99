/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/lmmse_detector.h"

#define MAX_LEVELS (1u << LMMSE_MAX_AXIS_BITS)
#define MAX_LLR 127.0f

typedef struct {
    float re;
    float im;
} complex_t;

/** What is worked out of an element; of size n = num_tx. */
typedef struct {
    size_t n;
    element_product_t *products; /**< [n][n + 1] */
    complex_t *a;   /**< [n][n]: below the diagonal L, then W; above, L D of the mirror */
    float *inverse; /**< [n]: of D */
    complex_t *v;   /**< [n]: D^-1 W b */
} work_t;

size_t lmmse_detector_scratch_bytes(element_shape_t shape)
{
    const size_t n = shape.num_tx;
    return element_num_products(shape) * sizeof(element_product_t) + n * n * sizeof(complex_t) +
           n * (sizeof(float) + sizeof(complex_t));
}

static work_t work_in(element_shape_t shape, void *scratch)
{
    work_t w = {.n = shape.num_tx, .products = scratch};
    w.a = (complex_t *)(void *)(w.products + element_num_products(shape));
    w.inverse = (float *)(void *)(w.a + w.n * w.n);
    w.v = (complex_t *)(void *)(w.inverse + w.n);
    return w;
}

/** Return c - a conj(b). */
static complex_t less_product(complex_t c, complex_t a, complex_t b)
{
    return (complex_t){.re = c.re - (a.re * b.re + a.im * b.im),
                       .im = c.im - (a.im * b.re - a.re * b.im)};
}

/** Write column j of L and of L D. */
static void factor_column(const work_t *w, size_t j, float noise)
{
    const size_t n = w->n;
    const element_product_t *products = w->products + 1;
    float d = (float)products[j * (n + 1) + j].re + noise;
    for (size_t p = 0; p < j; p++) {
        const complex_t l = w->a[j * n + p];
        const complex_t c = w->a[p * n + j];
        d -= c.re * l.re + c.im * l.im;
    }
    w->inverse[j] = 1.0f / d;
    for (size_t i = j + 1; i < n; i++) {
        const element_product_t g = products[i * (n + 1) + j];
        complex_t c = {.re = (float)g.re, .im = (float)g.im};
        for (size_t p = 0; p < j; p++) {
            c = less_product(c, w->a[p * n + i], w->a[j * n + p]);
        }
        w->a[j * n + i] = c;
        w->a[i * n + j] = (complex_t){.re = c.re * w->inverse[j], .im = c.im * w->inverse[j]};
    }
}

/** Put W over row i of L, once the rows above are W. */
static void invert_row(const work_t *w, size_t i)
{
    const size_t n = w->n;
    complex_t *row = w->a + i * n;
    for (size_t j = 0; j < i; j++) {
        complex_t sum = row[j];
        for (size_t p = j + 1; p < i; p++) {
            const complex_t l = row[p];
            const complex_t u = w->a[p * n + j];
            sum.re += l.re * u.re - l.im * u.im;
            sum.im += l.re * u.im + l.im * u.re;
        }
        row[j] = (complex_t){.re = -sum.re, .im = -sum.im};
    }
}

/** Write row i of D^-1 W b. */
static void filter_row(const work_t *w, size_t i)
{
    const size_t n = w->n;
    const element_product_t *b = w->products + i * (n + 1);
    complex_t sum = {.re = (float)b->re, .im = (float)b->im};
    for (size_t j = 0; j < i; j++) {
        const element_product_t *other = w->products + j * (n + 1);
        const complex_t l = w->a[i * n + j];
        const complex_t m = {.re = (float)other->re, .im = (float)other->im};
        sum.re += l.re * m.re - l.im * m.im;
        sum.im += l.re * m.im + l.im * m.re;
    }
    w->v[i] = (complex_t){.re = sum.re * w->inverse[i], .im = sum.im * w->inverse[i]};
}

static int8_t bit_llr(const float *q, size_t num_levels, size_t bit, float gain)
{
    float least[2];
    least[0] = q[0];
    least[1] = q[bit];
    for (size_t a = 0; a < num_levels; a++) {
        float *one = &least[(a & bit) != 0];
        *one = q[a] < *one ? q[a] : *one;
    }
    return (int8_t)element_rounded((least[0] - least[1]) * gain, MAX_LLR);
}

/** Write the LLRs of one axis, at every other place. */
static void tell_axis(const lmmse_detector_t *p, float t, float lack, int8_t *llr)
{
    const size_t num_levels = (size_t)1 << p->num_axis_bits;
    const float gain = (float)(1u << p->llr_bits) / lack;
    float q[MAX_LEVELS];
    size_t a = 0;
    do {
        q[a] = p->levels[a] * ((1.0f - lack) * p->levels[a] - 2.0f * t);
    } while (++a < num_levels);
    for (size_t i = 0; i < p->num_axis_bits; i++) {
        llr[2u * i] = bit_llr(q, num_levels, num_levels >> (i + 1u), gain);
    }
}

/** Solve an element with that noise. */
static void solve(const work_t *w, element_shape_t shape, const uint8_t *element, float noise)
{
    element_products(shape, element, w->products);
    for (size_t j = 0; j < w->n; j++) {
        factor_column(w, j, noise);
    }
    for (size_t i = 0; i < w->n; i++) {
        invert_row(w, i);
        filter_row(w, i);
    }
}

static inline lmmse_estimate_t estimate(const work_t *w, size_t k, float noise)
{
    complex_t t = w->v[k];
    float spread = w->inverse[k];
    for (size_t i = k + 1; i < w->n; i++) {
        const complex_t u = w->a[i * w->n + k];
        const complex_t v = w->v[i];
        t.re += u.re * v.re + u.im * v.im;
        t.im += u.re * v.im - u.im * v.re;
        spread += (u.re * u.re + u.im * u.im) * w->inverse[i];
    }
    return (lmmse_estimate_t){.re = t.re, .im = t.im, .lack = noise * spread};
}

const element_product_t *lmmse_solve(element_shape_t shape, const uint8_t *element, void *scratch)
{
    const work_t w = work_in(shape, scratch);
    solve(&w, shape, element, element_noise(shape, element));
    return w.products;
}

lmmse_estimate_t lmmse_estimate(element_shape_t shape, size_t k, float noise, void *scratch)
{
    const work_t w = work_in(shape, scratch);
    return estimate(&w, k, noise);
}

void lmmse_detect(const lmmse_detector_t *p, const uint8_t *element, int8_t *llr, void *scratch)
{
    const work_t w = work_in(p->shape, scratch);
    const float noise = element_noise(p->shape, element);
    solve(&w, p->shape, element, noise);
    for (size_t k = 0; k < w.n; k++) {
        const lmmse_estimate_t one = estimate(&w, k, noise);
        int8_t *to = llr + k * 2u * p->num_axis_bits;
        tell_axis(p, one.re, one.lack, to);
        tell_axis(p, one.im, one.lack, to + 1);
    }
}
