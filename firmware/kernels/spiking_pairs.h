/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Two words that lie side by side, 4-byte aligned: one instruction where the core has it.
 */
#ifndef AIRLOOP_KERNELS_SPIKING_PAIRS_H
#define AIRLOOP_KERNELS_SPIKING_PAIRS_H

#include "kernels/simd.h"

typedef struct {
    uint32_t first;
    uint32_t second;
} spiking_pair_t;

static inline spiking_pair_t spiking_load_pair(const void *from)
{
    spiking_pair_t pair;
#if AIRLOOP_SIMD
    __asm__("ldrd %0, %1, %2"
            : "=&r"(pair.first), "=r"(pair.second)
            : "Uv"(*(const spiking_pair_t *)from));
#else
    pair = *(const spiking_pair_t *)from;
#endif
    return pair;
}

#endif
