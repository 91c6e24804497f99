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

/** The pair `OFFSET` bytes, a constant, behind `from`. */
#define SPIKING_PAIR_AT(from, OFFSET)                                                              \
    ((const spiking_pair_t *)(const void *)((const uint8_t *)(from) + (OFFSET)))

#if AIRLOOP_SIMD
#define SPIKING_LOAD_PAIR(pair, from, OFFSET)                                                      \
    __asm__("ldrd %0, %1, [%2, %3]"                                                                \
            : "=r"((pair).first), "=r"((pair).second)                                              \
            : "r"(from), "i"(OFFSET), "m"(*SPIKING_PAIR_AT(from, OFFSET)))
#else
#define SPIKING_LOAD_PAIR(pair, from, OFFSET) ((pair) = *SPIKING_PAIR_AT(from, OFFSET))
#endif

#endif
