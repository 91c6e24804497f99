/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/fixed_point.h"
#include "kernels/gnn_sic_work.h"

#define RECEIVER_LIMIT (1 << 28)
#define SUM_SHIFT 4

/** P and S lie side by side where a core multiplies both at once, else one array behind the other.
 */
#define SHARE_STEP (AIRLOOP_DSP ? 2u : 1u)

static int16_t *share_at(const gnn_sic_work_t *w, size_t j, size_t num_messages)
{
    return w->sent + j * num_messages * SHARE_STEP;
}

static int16_t *sent_at(const gnn_sic_work_t *w, size_t j, size_t num_messages)
{
    return share_at(w, j, num_messages) + (AIRLOOP_DSP ? 1u : w->n * num_messages);
}

/** Write P and S of node j, and R over its product. */
static void prepare(const gnn_sic_t *p, const gnn_sic_work_t *w, size_t j)
{
    const size_t num_messages = p->sizes.num_messages;
    const unsigned shift = p->message_shift;
    const unsigned lift = GNN_SIC_PAIR_BITS - shift;
    const int16_t *f = w->seen + j * gnn_sic_num_seen(&p->sizes);
    int32_t *sums = w->sums + j * 2u * num_messages;
    int16_t *share = share_at(w, j, num_messages);
    int16_t *sent = sent_at(w, j, num_messages);
    for (size_t c = 0; c < num_messages; c++) {
        const int8_t *pair = p->pair + 4u * c;
        const int32_t of_pair =
            pair[0] * (1 << FIXED_FEATURE_BITS) + pair[1] * f[0] + pair[2] * f[1];
        const int32_t taken = sums[num_messages + c] + p->receiver_bias[c];
        share[c * SHARE_STEP] = (int16_t)fixed_saturated(of_pair >> shift);
        sent[c * SHARE_STEP] = (int16_t)fixed_saturated(sums[c] >> shift);
        sums[num_messages + c] = fixed_clipped(taken, RECEIVER_LIMIT >> lift) * (1 << lift);
    }
}

#if AIRLOOP_MVE

#include <arm_mve.h>

static void hear(const gnn_sic_work_t *w, size_t k, size_t num_messages, int32_t *heard)
{
    const int32_t *taken = w->sums + k * 2u * num_messages + num_messages;
    const int16_t *own_sent = sent_at(w, k, num_messages);
    const int32x4_t zero = vdupq_n_s32(0);
    for (size_t c = 0; c < num_messages; c += 4) {
        const int16_t *share = share_at(w, 0, num_messages) + c;
        const int16_t *sent = sent_at(w, 0, num_messages) + c;
        const int16_t *e = w->interference + k * w->n;
        const int32x4_t r = vld1q_s32(taken + c);
        int32x4_t sum = zero;
        for (size_t j = 0; j < w->n; j++, share += num_messages, sent += num_messages) {
            int32x4_t t = vmlaq_n_s32(r, vldrhq_s32(sent), 1 << GNN_SIC_PAIR_BITS);
            t = vmlaq_n_s32(t, vldrhq_s32(share), e[j]);
            sum = vaddq_s32(sum, vshrq_n_s32(vmaxq_s32(t, zero), SUM_SHIFT));
        }
        const int32x4_t of_own = vmlaq_n_s32(r, vldrhq_s32(own_sent + c), 1 << GNN_SIC_PAIR_BITS);
        const int32x4_t too_much = vshrq_n_s32(vmaxq_s32(of_own, zero), SUM_SHIFT);
        vst1q_s32(heard + c, vsubq_s32(sum, too_much));
    }
}

#else

static int32_t positive(int32_t value)
{
    return value > 0 ? value : 0;
}

/** What node k hears of itself, which bodies that go through all nodes add as well. */
static int32_t own(int32_t sent, int32_t taken)
{
    return positive(sent * (1 << GNN_SIC_PAIR_BITS) + taken) >> SUM_SHIFT;
}

#if AIRLOOP_DSP

/** Return sum + max(t, 0) / 16 with t = e P + 2^12 S + R. */
static inline int32_t add_message(uint32_t pair, uint32_t sender, int32_t taken, int32_t sum)
{
    const int32_t t = simd_dot2(pair, sender, taken);
    return sum + ((t & ~(t >> 31)) >> SUM_SHIFT);
}

static void hear(const gnn_sic_work_t *w, size_t k, size_t num_messages, int32_t *heard)
{
    const int32_t *taken = w->sums + k * 2u * num_messages + num_messages;
    const int16_t *e = w->interference + k * w->n;
    const int16_t *own_sent = sent_at(w, k, num_messages);
    for (size_t j = 0; j < w->n; j++) {
        w->pairs[j] = (uint16_t)e[j] | 1u << (16u + GNN_SIC_PAIR_BITS);
    }
    const uint32_t *const end = w->pairs + w->n;
    for (size_t c = 0; c < num_messages; c += 4, taken += 4, heard += 4) {
        const uint32_t *sender = (const uint32_t *)(const void *)w->sent + c;
        int32_t sums[4] = {0};
        for (const uint32_t *pair = w->pairs; pair != end; pair++, sender += num_messages) {
            sums[0] = add_message(*pair, sender[0], taken[0], sums[0]);
            sums[1] = add_message(*pair, sender[1], taken[1], sums[1]);
            sums[2] = add_message(*pair, sender[2], taken[2], sums[2]);
            sums[3] = add_message(*pair, sender[3], taken[3], sums[3]);
        }
        for (size_t i = 0; i < 4; i++) {
            heard[i] = sums[i] - own(own_sent[2u * (c + i)], taken[i]);
        }
    }
}

#else

static void hear(const gnn_sic_work_t *w, size_t k, size_t num_messages, int32_t *heard)
{
    const int32_t *taken = w->sums + k * 2u * num_messages + num_messages;
    const int16_t *e = w->interference + k * w->n;
    const int16_t *own_sent = sent_at(w, k, num_messages);
    for (size_t c = 0; c < num_messages; c++) {
        heard[c] = -own(own_sent[c], taken[c]);
    }
    for (size_t j = 0; j < w->n; j++) {
        const int16_t *share = share_at(w, j, num_messages);
        const int16_t *sent = sent_at(w, j, num_messages);
        const int32_t of_pair = e[j];
        for (size_t c = 0; c < num_messages; c++) {
            const int32_t t = of_pair * share[c] + sent[c] * (1 << GNN_SIC_PAIR_BITS) + taken[c];
            heard[c] += positive(t) >> SUM_SHIFT;
        }
    }
}

#endif

#endif

void gnn_sic_messages(const gnn_sic_t *p, const gnn_sic_work_t *w)
{
    const size_t num_messages = p->sizes.num_messages;
    const size_t num_known = gnn_sic_num_known(&p->sizes);
    for (size_t j = 0; j < w->n; j++) {
        prepare(p, w, j);
    }
    for (size_t k = 0; k < w->n; k++) {
        int16_t *message = w->seen + k * gnn_sic_num_seen(&p->sizes) + num_known;
        /* The sender's product is in P and S by now. */
        int32_t *heard = w->sums + k * 2u * num_messages;
        hear(w, k, num_messages, heard);
        for (size_t c = 0; c < num_messages; c++) {
            const int32_t one = heard[c] >> p->message_shifts[c];
            message[c] = (int16_t)(one < INT16_MAX ? one : INT16_MAX);
        }
    }
}
