/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The registers that all Cortex-M cores have at the same place.
 *
 * Source: Arm DDI 0419, Armv6-M, B3.2 and B3.4; Arm DDI 0403, Armv7-M, B3.2 and B3.4; Arm DDI
 * 0553, Armv8-M, D1.2.
 */
#ifndef AIRLOOP_PORTS_CORTEXM_REGISTERS_H
#define AIRLOOP_PORTS_CORTEXM_REGISTERS_H

#include <stdint.h>

/** Interrupt controller: enable an interrupt, clear that it is pending. */
#define NVIC_ENABLE(number)                                                                        \
    (((volatile uint32_t *)0xE000E100u)[(number) / 32u] = 1u << ((number) % 32u))
#define NVIC_CLEAR(number)                                                                         \
    (((volatile uint32_t *)0xE000E280u)[(number) / 32u] = 1u << ((number) % 32u))

/** Coprocessor access: bits 20..23 give full access to floating-point and vector registers. */
#define SCB_CPACR (*(volatile uint32_t *)0xE000ED88u)
#define SCB_CPACR_FPU (0xFu << 20)

/** Configuration: bit 3 makes an access that is not aligned a fault, as it always is on Armv6-M. */
#define SCB_CCR (*(volatile uint32_t *)0xE000ED14u)
#define SCB_CCR_UNALIGN_TRP (1u << 3)

/** Mask all interrupts: one that is pending still ends a sleep. */
static inline void core_mask_interrupts(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

/** Sleep until an interrupt is pending. */
static inline void core_sleep(void)
{
    __asm__ volatile("dsb\n\twfi" ::: "memory");
}

#endif
