/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The MPS2 board with a Cortex-M4 or M7, on silicon or as QEMU models it.
 *
 * The UART holds one received byte. The port polls it: between frames the agent does nothing else,
 * and while it is busy the host waits for its answer. Under QEMU a received byte takes about 40 us
 * of the host's time whatever the port does; an interrupt and a ring made it slower, not faster.
 */
#include "ports/port.h"

#include "ports/mps2/registers.h"

#ifndef AIRLOOP_BOARD
#error "define AIRLOOP_BOARD: the name of the board, a string"
#endif

/** Symbols of the linker script; their addresses are sizes. */
extern const uint8_t link_agent_ram_bytes[];
extern const uint8_t link_agent_flash_bytes[];

/** How often SysTick has wrapped. */
static volatile uint32_t num_wraps;
static uint32_t num_overruns;

void port_start(void);
void systick_handler(void);

void port_start(void)
{
    UART0->bauddiv = UART_BAUDDIV_MIN;
    UART0->ctrl = UART_CTRL_TX_ENABLE | UART_CTRL_RX_ENABLE;
    SYSTICK->rvr = SYSTICK_MAX;
    SYSTICK->cvr = 0;
    SYSTICK->csr = SYSTICK_CSR_ENABLE | SYSTICK_CSR_INTERRUPT | SYSTICK_CSR_CORE_CLOCK;
}

void systick_handler(void)
{
    num_wraps++;
}

const port_info_t *port_info(void)
{
    static port_info_t info = {
        .name = AIRLOOP_BOARD, .clock_hz = AIRLOOP_CLOCK_HZ, .tick_bits = 56};
    info.agent_ram_bytes = (uint32_t)(uintptr_t)link_agent_ram_bytes;
    info.agent_flash_bytes = (uint32_t)(uintptr_t)link_agent_flash_bytes;
    return &info;
}

size_t port_read(uint8_t *bytes, size_t capacity)
{
    size_t length = 0;
    uint32_t state = UART0->state;
    while (!(state & UART_STATE_RX_FULL)) {
        state = UART0->state;
    }
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

/** SysTick counts 24 bits down; its interrupt counts the wraps. Read both until they agree. */
uint64_t port_ticks(void)
{
    uint32_t wraps;
    uint32_t count;
    do {
        wraps = num_wraps;
        count = SYSTICK->cvr;
    } while (wraps != num_wraps || (SCB_ICSR & SCB_ICSR_PENDSTSET));
    return ((uint64_t)wraps << 24) + (SYSTICK_MAX - count);
}

void port_trigger(bool is_running)
{
    FPGAIO_LED = is_running ? 1u : 0u;
}
