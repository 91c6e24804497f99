/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The boards with an STM32, on silicon or as QEMU models them.
 *
 * The board file defines the chip (ports/stm32/chip.h) and PIN_TRIGGER, a pin of port A. Ticks are
 * those of the cycle counter, or, where the board file defines TIM2_CLOCK_HZ, of timer 2.
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
#include "ports/stm32/registers.h"
#include "ports/stm32/uart.h"

static uint32_t num_overruns;

#ifdef PWR_CR3_SMPS
/** Until the supply is chosen, RAM must not be written. */
void port_settle_supply(void)
{
    PWR_CR3 = (PWR_CR3 & ~PWR_CR3_SUPPLIES) | PWR_CR3_SMPS;
    while ((PWR_CSR1 & PWR_CSR1_ACTVOSRDY) == 0) {
    }
}
#endif

static void start_clock(void)
{
#ifdef FLASH_ACR
    FLASH_ACR = FLASH_WAIT_STATES;
#endif
#ifdef HSI_CONTROL
    HSI_CONTROL |= 1u << 8;
    while ((HSI_CONTROL & 1u << 10) == 0) {
    }
    HSI_SWITCH = (HSI_SWITCH & ~3u) | 1u;
    while ((HSI_SWITCH >> 2 & 3u) != 1u) {
    }
#endif
}

#ifdef TIM2_CLOCK_HZ
static void start_ticks(void)
{
    RCC_F4_APB1ENR |= RCC_F4_APB1ENR_TIM2;
    TIM2->prescaler = TIM2_CLOCK_HZ / AIRLOOP_CLOCK_HZ - 1u;
    TIM2->reload = UINT32_MAX;
    TIM2->event = TIM_EVENT_UPDATE;
    TIM2->control = TIM_CONTROL_ENABLE;
}

static uint32_t read_ticks(void)
{
    return TIM2->count;
}
#else
_Static_assert(AIRLOOP_CLOCK_HZ == CORE_CLOCK_HZ, "ticks are the core's cycles");

static void start_ticks(void)
{
    cycle_counter_start();
}

static uint32_t read_ticks(void)
{
    return cycle_counter_read();
}
#endif

/** Open a peripheral's clock, and let it come. */
static void open_gate(volatile uint32_t *gate, uint32_t bits)
{
    *gate |= bits;
    (void)*gate;
}

static void set_mode(gpio_t *gpio, uint32_t pin, uint32_t mode)
{
    gpio->mode = (gpio->mode & ~(3u << (2u * pin))) | mode << (2u * pin);
}

static void give_to_uart(uint32_t pin)
{
    gpio_t *gpio = GPIO(UART_PORT);
    const uint32_t shift = 4u * (pin % 8u);
    volatile uint32_t *function = &gpio->function[pin / 8u];
    *function = (*function & ~(0xFu << shift)) | UART_FUNCTION << shift;
    set_mode(gpio, pin, GPIO_MODE_FUNCTION);
}

static void start_pins(void)
{
#ifdef PWR_VDDIO2
    open_gate(&GATE_OF_PWR, 1u << GATE_OF_PWR_BIT);
    PWR_VDDIO2 |= PWR_VDDIO2_VALID;
#endif
    open_gate(&GATE_OF_GPIO, 1u << GPIO_INDEX(UART_PORT));
    open_gate(&GATE_OF_GPIO, 1u << GPIO_INDEX('A'));
    set_mode(GPIO('A'), PIN_TRIGGER, GPIO_MODE_OUTPUT);
    give_to_uart(UART_PIN_TX);
    give_to_uart(UART_PIN_RX);
}

void port_start(void)
{
    core_mask_interrupts();
    start_clock();
    start_pins();
    open_gate(&GATE_OF_UART, 1u << GATE_OF_UART_BIT);
    UART_DIVIDER = UART_CYCLES_OF(AIRLOOP_BAUD);
    UART_CONTROL =
        UART_CONTROL_ENABLE | UART_CONTROL_TX | UART_CONTROL_RX | UART_CONTROL_RX_INTERRUPT;
    NVIC_ENABLE(UART_INTERRUPT);
    start_ticks();
}

const port_info_t *port_info(void)
{
    return cortexm_info(32);
}

/**
 * Return the UART's status once it holds a byte. The interrupt is cleared before the status is
 * read: a byte that comes in between ends the sleep at once.
 */
static uint32_t wait_for_byte(void)
{
    for (;;) {
        NVIC_CLEAR(UART_INTERRUPT);
        const uint32_t status = UART_STATUS;
        if (status & UART_STATUS_RX_FULL) {
            return status;
        }
        core_sleep();
    }
}

static void count_overrun(void)
{
    num_overruns++;
#ifdef UART_CLEAR
    UART_CLEAR = UART_STATUS_OVERRUN;
#endif
}

size_t port_read(uint8_t *bytes, size_t capacity)
{
    size_t length = 0;
    uint32_t status = wait_for_byte();
    while ((status & UART_STATUS_RX_FULL) && length < capacity) {
        if (status & UART_STATUS_OVERRUN) {
            count_overrun();
        }
        bytes[length++] = (uint8_t)UART_RECEIVED;
        status = UART_STATUS;
    }
    return length;
}

void port_write(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        while ((UART_STATUS & UART_STATUS_TX_EMPTY) == 0) {
        }
        UART_TO_SEND = bytes[i];
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
    GPIO('A')->set_reset = is_running ? 1u << PIN_TRIGGER : 1u << (PIN_TRIGGER + 16u);
}
