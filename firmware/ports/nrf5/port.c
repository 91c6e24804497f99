/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The boards with a chip of Nordic's nRF51 and nRF52 series, on silicon or as QEMU models them.
 *
 * The board file defines PIN_TX, PIN_RX and PIN_TRIGGER, all of port 0, and HAS_CYCLE_COUNTER where
 * the core has one that counts; without, timer 0 is read.
 *
 * No interrupt is ever taken: where there is nothing to read, the core sleeps until the UART's is
 * pending.
 */
#include "ports/port.h"

#include "ports/cortexm/cycle_counter.h"
#include "ports/cortexm/info.h"
#include "ports/cortexm/registers.h"
#include "ports/cortexm/startup.h"
#include "ports/cortexm/wide_count.h"
#include "ports/nrf5/registers.h"

static uint32_t num_overruns;

static void start_ticks(void)
{
#ifdef HAS_CYCLE_COUNTER
    cycle_counter_start();
#else
    _Static_assert(AIRLOOP_CLOCK_HZ == TIMER0_CLOCK_HZ, "ticks are those of timer 0");
    TIMER0_BITMODE = TIMER0_BITMODE_32;
    TIMER0_PRESCALER = 0;
    TIMER0_START = 1;
#endif
}

static uint32_t read_ticks(void)
{
#ifdef HAS_CYCLE_COUNTER
    return cycle_counter_read();
#else
    TIMER0_CAPTURE0 = 1;
    return TIMER0_CC0;
#endif
}

void port_start(void)
{
    core_mask_interrupts();
    CLOCK_HFCLKSTART = 1;
    while (CLOCK_HFCLKSTARTED == 0) {
    }
    GPIO_OUTSET = 1u << PIN_TX;
    GPIO_DIRSET = 1u << PIN_TX | 1u << PIN_TRIGGER;
    GPIO_CONFIG(PIN_RX) = GPIO_CONFIG_PULLED_UP_INPUT;
    UART_PSELTXD = PIN_TX;
    UART_PSELRXD = PIN_RX;
    UART_BAUDRATE = UART_BAUDRATE_OF(AIRLOOP_BAUD);
    UART_ENABLE = UART_ENABLE_UART;
    UART_STARTTX = 1;
    UART_STARTRX = 1;
    UART_INTENSET = UART_INTENSET_RXDRDY;
    NVIC_ENABLE(UART_INTERRUPT);
    start_ticks();
}

const port_info_t *port_info(void)
{
    return cortexm_info(32);
}

/** The interrupt is cleared before the event is read: a byte in between ends the sleep at once. */
static void wait_for_byte(void)
{
    for (;;) {
        NVIC_CLEAR(UART_INTERRUPT);
        if (UART_RXDRDY != 0) {
            return;
        }
        core_sleep();
    }
}

size_t port_read(uint8_t *bytes, size_t capacity)
{
    size_t length = 0;
    wait_for_byte();
    while (UART_RXDRDY != 0 && length < capacity) {
        UART_RXDRDY = 0;
        bytes[length++] = (uint8_t)UART_RXD;
    }
    if (UART_ERRORSRC & UART_ERRORSRC_OVERRUN) {
        UART_ERRORSRC = UART_ERRORSRC_OVERRUN;
        num_overruns++;
    }
    return length;
}

void port_write(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        UART_TXDRDY = 0;
        UART_TXD = bytes[i];
        while (UART_TXDRDY == 0) {
        }
    }
}

uint32_t port_overruns(void)
{
    return num_overruns;
}

uint64_t port_ticks(void)
{
    static wide_count_t wide;
    return wide_count(&wide, read_ticks());
}

void port_trigger(bool is_running)
{
    if (is_running) {
        GPIO_OUTSET = 1u << PIN_TRIGGER;
    } else {
        GPIO_OUTCLR = 1u << PIN_TRIGGER;
    }
}
