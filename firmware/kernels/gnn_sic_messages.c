/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/fixed_point.h"
#include "kernels/gnn_sic_work.h"

#define SUM_SHIFT 4
#define PAIR_ONE (1 << UNKNOWNS_PAIR_BITS)
#define STEP (AIRLOOP_DSP ? 2u : 1u) /* from one P to the next */

#if AIRLOOP_MVE

#include <arm_mve.h>

/** Return sums / 2^-minus_shift, within int16. */
static int32x4_t narrowed(int32x4_t sums, int32x4_t minus_shift)
{
    const int32x4_t least = vdupq_n_s32(INT16_MIN);
    const int32x4_t most = vdupq_n_s32(INT16_MAX);
    return vminq_s32(vmaxq_s32(vshlq_s32(sums, minus_shift), least), most);
}

void gnn_sic_activate(const int32_t *sums, const int32_t *bias, const uint8_t *shifts,
                      size_t num_sums, int16_t *active)
{
    const int32x4_t zero = vdupq_n_s32(0);
    for (size_t i = 0; i < num_sums; i += 4) {
        const int32x4_t minus_shift =
            vsubq_s32(zero, vreinterpretq_s32_u32(vldrbq_u32(shifts + i)));
        const int32x4_t sum = vaddq_s32(vld1q_s32(sums + i), vld1q_s32(bias + i));
        vstrhq_s32(active + i, vmaxq_s32(narrowed(sum, minus_shift), zero));
    }
}

/** Write P and S of node j, and 2^12 R over its product. */
static void prepare(const gnn_sic_t *p, const gnn_sic_work_t *w, size_t j)
{
    const size_t num_messages = p->sizes.num_messages;
    const int16_t *f = w->seen + j * gnn_sic_num_seen(&p->sizes);
    const int32x4_t minus_shift = vdupq_n_s32(-(int32_t)p->message_shift);
    const int8_t *pair = p->pair;
    const int32_t *bias = p->receiver_bias;
    int32_t *sums = w->sums + j * 2u * num_messages;
    int16_t *share = w->sent + j * num_messages;
    int16_t *sent = share + w->n * num_messages;
    for (size_t c = 0; c < num_messages; c += 4) {
        int32x4_t of_pair = vshlq_n_s32(vldrbq_s32(pair + c), FIXED_FEATURE_BITS);
        of_pair = vmlaq_n_s32(of_pair, vldrbq_s32(pair + num_messages + c), f[0]);
        of_pair = vmlaq_n_s32(of_pair, vldrbq_s32(pair + 2u * num_messages + c), f[1]);
        const int32x4_t taken = vaddq_s32(vld1q_s32(sums + num_messages + c), vld1q_s32(bias + c));
        vstrhq_s32(share + c, narrowed(of_pair, minus_shift));
        vstrhq_s32(sent + c, narrowed(vld1q_s32(sums + c), minus_shift));
        vst1q_s32(sums + num_messages + c,
                  vshlq_n_s32(narrowed(taken, minus_shift), UNKNOWNS_PAIR_BITS));
    }
}

/** Write the messages of node k: those of all nodes but its own, which goes in and out again. */
static void hear(const gnn_sic_t *p, const gnn_sic_work_t *w, size_t k, int16_t *message)
{
    const size_t num_messages = p->sizes.num_messages;
    const int32_t *taken = w->sums + k * 2u * num_messages + num_messages;
    const int16_t *const sents = w->sent + w->n * num_messages;
    const int16_t *const es = w->unknowns.interference + k * w->n;
    const int32x4_t zero = vdupq_n_s32(0);
    const int32x4_t most = vdupq_n_s32(INT16_MAX);
    for (size_t c = 0; c < num_messages; c += 4) {
        const int16_t *share = w->sent + c;
        const int16_t *sent = sents + c;
        const int16_t *e = es;
        const int32x4_t r = vld1q_s32(taken + c);
        int32x4_t sum = zero;
        for (size_t j = w->n; j != 0; j--, share += num_messages, sent += num_messages) {
            int32x4_t t = vmlaq_n_s32(r, vldrhq_s32(sent), PAIR_ONE);
            t = vmlaq_n_s32(t, vldrhq_s32(share), *e++);
            sum = vaddq_s32(sum, vshrq_n_s32(vmaxq_s32(t, zero), SUM_SHIFT));
        }
        const int32x4_t own = vmlaq_n_s32(r, vldrhq_s32(sents + k * num_messages + c), PAIR_ONE);
        sum = vsubq_s32(sum, vshrq_n_s32(vmaxq_s32(own, zero), SUM_SHIFT));
        const uint32x4_t shift = vldrbq_u32(p->message_shifts + c);
        const int32x4_t minus_shift = vsubq_s32(zero, vreinterpretq_s32_u32(shift));
        vstrhq_s32(message + c, vminq_s32(vshlq_s32(sum, minus_shift), most));
    }
}

#else

static inline int32_t positive(int32_t value)
{
#if AIRLOOP_DSP
    int32_t kept;
    __asm__("bic %0, %1, %1, asr #31" : "=r"(kept) : "r"(value));
    return kept;
#else
    return value & ~(value >> 31);
#endif
}

/** Where P and S of a sender lie: side by side where a core multiplies both at once, and then four
 * messages of all nodes after each other; else one array behind the other. */
static inline int16_t *share_at(const gnn_sic_work_t *w, size_t num_messages, size_t j, size_t c)
{
    return AIRLOOP_DSP ? w->sent + 2u * ((c / 4u * w->n + j) * 4u + c % 4u)
                       : w->sent + j * num_messages + c;
}

static inline int16_t *sent_at(const gnn_sic_work_t *w, size_t num_messages, size_t j, size_t c)
{
    return share_at(w, num_messages, j, c) + (AIRLOOP_DSP ? 1u : w->n * num_messages);
}

void gnn_sic_activate(const int32_t *sums, const int32_t *bias, const uint8_t *shifts,
                      size_t num_sums, int16_t *active)
{
    for (size_t i = 0; i < num_sums; i++) {
        active[i] = (int16_t)fixed_positive((sums[i] + bias[i]) >> shifts[i]);
    }
}

/** Write P and S of node j, and 2^12 R over its product. */
static void prepare(const gnn_sic_t *p, const gnn_sic_work_t *w, size_t j)
{
    const size_t num_messages = p->sizes.num_messages;
    const unsigned shift = p->message_shift;
    const int16_t *f = w->seen + j * gnn_sic_num_seen(&p->sizes);
    const int32_t x = f[0];
    const int32_t r = f[1];
    const int8_t *pair = p->pair;
    const int32_t *bias = p->receiver_bias;
    const int32_t *sums = w->sums + j * 2u * num_messages;
    int32_t *taken = w->sums + (j * 2u + 1u) * num_messages;
    for (size_t c = 0; c < num_messages; c += 4) {
        int16_t *share = share_at(w, num_messages, j, c);
        int16_t *sent = sent_at(w, num_messages, j, c);
        for (size_t i = 0; i < 4; i++, pair++) {
            const int32_t of_pair = pair[0] * (1 << FIXED_FEATURE_BITS) + pair[num_messages] * x +
                                    pair[2u * num_messages] * r;
            share[i * STEP] = (int16_t)fixed_saturated(of_pair >> shift);
            sent[i * STEP] = (int16_t)fixed_saturated(*sums++ >> shift);
        }
    }
    for (size_t c = 0; c < num_messages; c++) {
        taken[c] = fixed_saturated((taken[c] + bias[c]) >> shift) * PAIR_ONE;
    }
}

/** What node k hears of itself, which bodies that go through all nodes add as well. */
static int32_t own(int32_t sent, int32_t taken)
{
    return positive(sent * PAIR_ONE + taken) >> SUM_SHIFT;
}

#if AIRLOOP_DSP

/** Return sum + max(t, 0) / 16 with t = e P + 2^12 S + taken. */
static inline int32_t add_message(uint32_t pair, uint32_t sender, int32_t taken, int32_t sum)
{
    return sum + (positive(simd_dot2(pair, sender, taken)) >> SUM_SHIFT);
}

/** Add up four messages of all pairs; return where the senders' next four lie. */
static const uint32_t *hear_four(const uint32_t *pair, const uint32_t *end, const uint32_t *sender,
                                 const int32_t *taken, int32_t *sums)
{
    const int32_t taken0 = taken[0];
    const int32_t taken1 = taken[1];
    const int32_t taken2 = taken[2];
    const int32_t taken3 = taken[3];
    int32_t sum0 = 0;
    int32_t sum1 = 0;
    int32_t sum2 = 0;
    int32_t sum3 = 0;
    while (pair != end) {
        const uint32_t one = *pair++;
        uint32_t first;
        uint32_t second;
        SIMD_LOAD_NEXT(first, second, sender);
        sum0 = add_message(one, first, taken0, sum0);
        sum1 = add_message(one, second, taken1, sum1);
        SIMD_LOAD_NEXT(first, second, sender);
        sum2 = add_message(one, first, taken2, sum2);
        sum3 = add_message(one, second, taken3, sum3);
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
    return sender;
}

/** Write the messages of node k: those of all nodes but its own, which goes in and out again. */
static void hear(const gnn_sic_t *p, const gnn_sic_work_t *w, size_t k, int16_t *message)
{
    const size_t num_messages = p->sizes.num_messages;
    const int32_t *taken = w->sums + (k * 2u + 1u) * num_messages;
    const int16_t *e = w->unknowns.interference + k * w->n;
    const uint32_t *sender = (const uint32_t *)(const void *)w->sent;
    uint32_t *const pairs = w->pairs;
    uint32_t *const end = pairs + w->n;
    for (uint32_t *pair = pairs; pair != end; pair++) {
        *pair = (uint16_t)*e++ | (uint32_t)PAIR_ONE << 16;
    }
    for (size_t c = 0; c < num_messages; c += 4, taken += 4) {
        int32_t sums[4];
        sender = hear_four(pairs, end, sender, taken, sums);
        for (size_t i = 0; i < 4; i++) {
            sums[i] -= own(*sent_at(w, num_messages, k, c + i), taken[i]);
            message[c + i] = (int16_t)fixed_positive(sums[i] >> p->message_shifts[c + i]);
        }
    }
}

#else

/** Write the messages of node k: those of all nodes but its own, which goes in and out again. */
static void hear(const gnn_sic_t *p, const gnn_sic_work_t *w, size_t k, int16_t *message)
{
    const size_t num_messages = p->sizes.num_messages;
    const int32_t *taken = w->sums + (k * 2u + 1u) * num_messages;
    int32_t *heard = w->sums + k * 2u * num_messages; /* the sender's product is in S by now */
    const int16_t *sents = w->sent + w->n * num_messages;
    const int16_t *e = w->unknowns.interference + k * w->n;
    for (size_t c = 0; c < num_messages; c++) {
        heard[c] = -own(sents[k * num_messages + c], taken[c]);
    }
    for (size_t j = 0; j < w->n; j++) {
        const int16_t *share = w->sent + j * num_messages;
        const int16_t *sent = sents + j * num_messages;
        const int32_t of_pair = e[j];
        for (size_t c = 0; c < num_messages; c++) {
            heard[c] += positive(of_pair * share[c] + sent[c] * PAIR_ONE + taken[c]) >> SUM_SHIFT;
        }
    }
    for (size_t c = 0; c < num_messages; c++) {
        message[c] = (int16_t)fixed_positive(heard[c] >> p->message_shifts[c]);
    }
}

#endif

#endif

void gnn_sic_messages(const gnn_sic_t *p, const gnn_sic_work_t *w)
{
    const size_t num_seen = gnn_sic_num_seen(&p->sizes);
    int16_t *message = w->seen + gnn_sic_num_known(&p->sizes);
    for (size_t j = 0; j < w->n; j++) {
        prepare(p, w, j);
    }
    for (size_t k = 0; k < w->n; k++, message += num_seen) {
        hear(p, w, k, message);
    }
}
