/* SPDX-License-Identifier: Apache-2.0 */
/**
 * From reset to the agent: vectors, memory, floating-point unit.
 */
#include "ports/cortexm/startup.h"
#include "agent/agent.h"
#include "ports/cortexm/registers.h"

#include <string.h>

/** Symbols of the linker script; the address of a `_bytes` is a size. */
extern uint8_t link_stack_top[];
extern uint8_t link_data_start[];
extern const uint8_t link_data_bytes[];
extern const uint8_t link_data_load[];
extern uint8_t link_bss_start[];
extern const uint8_t link_bss_bytes[];

_Noreturn void reset_handler(void);

static _Noreturn void halt(void)
{
    for (;;) {
    }
}

typedef struct {
    void *stack_top;
    void (*handlers[15])(void); /**< by exception number, from 1 */
} vectors_t;

__attribute__((section(".vectors"), used)) static const vectors_t VECTORS = {
    .stack_top = link_stack_top,
    .handlers =
        {
            [1 - 1] = reset_handler,
            [2 - 1] = halt,  /* NMI */
            [3 - 1] = halt,  /* HardFault */
            [4 - 1] = halt,  /* MemManage */
            [5 - 1] = halt,  /* BusFault */
            [6 - 1] = halt,  /* UsageFault */
            [11 - 1] = halt, /* SVCall */
            [12 - 1] = halt, /* DebugMonitor */
            [14 - 1] = halt, /* PendSV */
            [15 - 1] = halt, /* SysTick */
        },
};

__attribute__((weak)) void port_settle_supply(void)
{
}

_Noreturn void reset_handler(void)
{
    port_settle_supply();
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    SCB_CPACR |= SCB_CPACR_FPU;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
#if __ARM_ARCH_ISA_THUMB == 1
    SCB_CCR |= SCB_CCR_UNALIGN_TRP; /* where an emulator runs it on another core */
#endif
    memcpy(link_data_start, link_data_load, (size_t)(uintptr_t)link_data_bytes);
    memset(link_bss_start, 0, (size_t)(uintptr_t)link_bss_bytes);
    port_start();
    agent_run();
    halt();
}
