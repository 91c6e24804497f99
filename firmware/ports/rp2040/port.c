/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The boards with an RP2040, which runs from its crystal of 12 MHz here. Core 1 stays asleep.
 *
 * The board file defines PIN_TX and PIN_RX, pins of UART 0, and PIN_TRIGGER. The core has no cycle
 * counter: ticks are the timer's, a quarter of a microsecond each.
 *
 * No interrupt is ever taken: where there is nothing to read, the core sleeps until the UART's is
 * pending.
 */
#include "ports/port.h"

#include "ports/cortexm/info.h"
#include "ports/cortexm/registers.h"
#include "ports/cortexm/startup.h"
#include "ports/rp2040/registers.h"

_Static_assert(AIRLOOP_CLOCK_HZ == TIMER_CLOCK_HZ, "ticks are those of the timer");

static uint32_t num_overruns;

static void start_clocks(void)
{
    XOSC_STARTUP = XOSC_STARTUP_1_MS;
    XOSC_CTRL = XOSC_CTRL_ENABLE_UP_TO_15_MHZ;
    while ((XOSC_STATUS & XOSC_STATUS_STABLE) == 0) {
    }
    CLOCK_SYS_CTRL = CLOCK_SYS_CTRL_REF;
    CLOCK_REF_CTRL = CLOCK_REF_CTRL_XOSC;
    while (CLOCK_REF_SELECTED != CLOCK_REF_SELECTED_XOSC) {
    }
    CLOCK_PERI_CTRL = CLOCK_PERI_CTRL_XOSC;
    WATCHDOG_TICK = WATCHDOG_TICK_ENABLE | CRYSTAL_HZ / TIMER_CLOCK_HZ;
}

static void end_resets(void)
{
    const uint32_t blocks = RESETS_IO_BANK0 | RESETS_PADS_BANK0 | RESETS_TIMER | RESETS_UART0;
    RESETS_CLEAR = blocks;
    while ((RESETS_DONE & blocks) != blocks) {
    }
}

void port_start(void)
{
    core_mask_interrupts();
    start_clocks();
    end_resets();
    GPIO_FUNCTION(PIN_TX) = GPIO_FUNCTION_UART;
    GPIO_FUNCTION(PIN_RX) = GPIO_FUNCTION_UART;
    GPIO_FUNCTION(PIN_TRIGGER) = GPIO_FUNCTION_SIO;
    SIO_OUTPUT_SET = 1u << PIN_TRIGGER;
    UART_DIVIDER = UART_64THS_OF(AIRLOOP_BAUD) / 64u;
    UART_DIVIDER_64THS = UART_64THS_OF(AIRLOOP_BAUD) % 64u;
    UART_LINE = UART_LINE_8_BITS_FIFO; /* takes the dividers over */
    UART_LEVEL = 0;
    UART_INTERRUPTS = UART_INTERRUPTS_RX;
    UART_CONTROL = UART_CONTROL_ENABLE;
    NVIC_ENABLE(UART_INTERRUPT);
}

const port_info_t *port_info(void)
{
    return cortexm_info(64);
}

/** The interrupt is cleared before the flag is read: a byte in between ends the sleep at once. */
static void wait_for_byte(void)
{
    for (;;) {
        NVIC_CLEAR(UART_INTERRUPT);
        if ((UART_FLAGS & UART_FLAGS_RX_EMPTY) == 0) {
            return;
        }
        core_sleep();
    }
}

size_t port_read(uint8_t *bytes, size_t capacity)
{
    size_t length = 0;
    wait_for_byte();
    while ((UART_FLAGS & UART_FLAGS_RX_EMPTY) == 0 && length < capacity) {
        const uint32_t data = UART_DATA;
        num_overruns += (data & UART_DATA_OVERRUN) != 0;
        bytes[length++] = (uint8_t)data;
    }
    return length;
}

void port_write(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        while (UART_FLAGS & UART_FLAGS_TX_FULL) {
        }
        UART_DATA = bytes[i];
    }
}

uint32_t port_overruns(void)
{
    return num_overruns;
}

/** The halves are read until the upper one has not changed in between. */
uint64_t port_ticks(void)
{
    uint32_t high;
    uint32_t low;
    do {
        high = TIMER_RAW_HIGH;
        low = TIMER_RAW_LOW;
    } while (high != TIMER_RAW_HIGH);
    return (uint64_t)high << 32 | low;
}

void port_trigger(bool is_running)
{
    if (is_running) {
        SIO_OUT_SET = 1u << PIN_TRIGGER;
    } else {
        SIO_OUT_CLEAR = 1u << PIN_TRIGGER;
    }
}
