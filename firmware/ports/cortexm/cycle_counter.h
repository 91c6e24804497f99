/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The cycle counter of cores from Armv7-M on: cycles of the core while it is awake, 32 bits.
 *
 * Source: Arm DDI 0403, Armv7-M, C1.6.5 and C1.8; Arm DDI 0489, Cortex-M7, for the lock, which
 * other cores ignore.
 */
#ifndef AIRLOOP_PORTS_CORTEXM_CYCLE_COUNTER_H
#define AIRLOOP_PORTS_CORTEXM_CYCLE_COUNTER_H

#include <stdint.h>

#define DEBUG_DEMCR (*(volatile uint32_t *)0xE000EDFCu)
#define DEBUG_DEMCR_TRCENA (1u << 24)
#define DWT_CTRL (*(volatile uint32_t *)0xE0001000u)
#define DWT_CTRL_CYCCNTENA (1u << 0)
#define DWT_CYCCNT (*(volatile uint32_t *)0xE0001004u)
#define DWT_LAR (*(volatile uint32_t *)0xE0001FB0u)
#define DWT_LAR_UNLOCK 0xC5ACCE55u

static inline void cycle_counter_start(void)
{
    DEBUG_DEMCR |= DEBUG_DEMCR_TRCENA;
    DWT_LAR = DWT_LAR_UNLOCK;
    DWT_CYCCNT = 0;
    DWT_CTRL |= DWT_CTRL_CYCCNTENA;
}

static inline uint32_t cycle_counter_read(void)
{
    return DWT_CYCCNT;
}

#endif
