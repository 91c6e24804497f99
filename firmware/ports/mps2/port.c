/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The MPS2 and MPS3 boards with a Cortex-M3, M4, M7 or M55, on silicon or as QEMU models them.
 *
 * No interrupt is ever taken, so nothing but the agent's own instructions runs. Where there is
 * nothing to read, the core sleeps until the UART's interrupt is pending, which wakes it although
 * interrupts are masked: an idle emulated board takes no time of its host.
 */
#include "ports/port.h"

#include "ports/cortexm/info.h"
#include "ports/cortexm/registers.h"
#include "ports/cortexm/startup.h"
#include "ports/mps2/flash.h"
#include "ports/mps2/registers.h"

static uint32_t num_overruns;

void port_start(void)
{
    core_mask_interrupts();
    NVIC_ENABLE(UART0_RX_INTERRUPT);
    UART0->bauddiv = UART_BAUDDIV_MIN;
    UART0->ctrl = UART_CTRL_TX_ENABLE | UART_CTRL_RX_ENABLE | UART_CTRL_RX_INTERRUPT;
    FPGAIO->prescale = 0;
}

const port_info_t *port_info(void)
{
    return cortexm_info(56);
}

/**
 * Return the UART's state once it holds a byte.
 *
 * The interrupt is cleared before the state is read: a byte that comes in between is seen in the
 * state, one that comes later makes the interrupt pending, and WFI ends at once.
 */
static uint32_t wait_for_byte(void)
{
    for (;;) {
        UART0->intstatus = UART_INTSTATUS_RX;
        NVIC_CLEAR(UART0_RX_INTERRUPT);
        const uint32_t state = UART0->state;
        if (state & UART_STATE_RX_FULL) {
            return state;
        }
        core_sleep();
    }
}

size_t port_read(uint8_t *bytes, size_t capacity)
{
    size_t length = 0;
    uint32_t state = wait_for_byte();
    while ((state & UART_STATE_RX_FULL) && length < capacity) {
        num_overruns += (state & UART_STATE_RX_OVERRUN) != 0;
        bytes[length++] = (uint8_t)UART0->data;
        state = UART0->state;
    }
    return length;
}

void port_write(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        while (UART0->state & UART_STATE_TX_FULL) {
        }
        UART0->data = bytes[i];
    }
}

uint32_t port_overruns(void)
{
    return num_overruns;
}

_Static_assert(AIRLOOP_CLOCK_HZ == FPGAIO_CLOCK_HZ, "ticks are those of the FPGA's counter");

/**
 * Extend the counter's 32 bits by those that its twin at 1 Hz has counted: their difference is a
 * multiple of 2^32 ticks, give or take a second.
 */
static inline uint64_t raw_ticks(void)
{
    const uint32_t count = FPGAIO->counter;
    const uint64_t coarse = (uint64_t)FPGAIO->clk1hz * FPGAIO_CLOCK_HZ;
    return coarse + (uint64_t)(int64_t)(int32_t)(count - (uint32_t)coarse);
}

uint64_t port_raw_ticks(void)
{
    return raw_ticks();
}

uint64_t port_ticks(void)
{
    return raw_ticks() - flash_hidden_ticks;
}

void port_trigger(bool is_running)
{
    FPGAIO->led = is_running ? 1u : 0u;
}
