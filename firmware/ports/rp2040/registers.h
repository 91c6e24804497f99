/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The registers of an RP2040 that the port uses.
 *
 * Source: Raspberry Pi, RP2040 Datasheet: subsystem resets, clocks, crystal oscillator, GPIO, UART,
 * timer, watchdog, SIO, SSI.
 */
#ifndef AIRLOOP_PORTS_RP2040_REGISTERS_H
#define AIRLOOP_PORTS_RP2040_REGISTERS_H

#include <stdint.h>

#define RP_REGISTER(address) (*(volatile uint32_t *)(address))

#define CRYSTAL_HZ 12000000u

/** Resets: a 1 holds a block, and DONE says which are out of it. CLEAR writes zeros only. */
#define RESETS_CLEAR RP_REGISTER(0x4000F000u)
#define RESETS_DONE RP_REGISTER(0x4000C008u)
#define RESETS_IO_BANK0 (1u << 5)
#define RESETS_PADS_BANK0 (1u << 8)
#define RESETS_TIMER (1u << 21)
#define RESETS_UART0 (1u << 22)

#define XOSC_CTRL RP_REGISTER(0x40024000u)
#define XOSC_CTRL_ENABLE_UP_TO_15_MHZ 0x00FABAA0u
#define XOSC_STATUS RP_REGISTER(0x40024004u)
#define XOSC_STATUS_STABLE (1u << 31)
#define XOSC_STARTUP RP_REGISTER(0x4002400Cu)
#define XOSC_STARTUP_1_MS ((CRYSTAL_HZ / 1000u + 255u) / 256u) /**< in 256 cycles */

#define CLOCK_REF_CTRL RP_REGISTER(0x40008030u)
#define CLOCK_REF_CTRL_XOSC 2u
#define CLOCK_REF_SELECTED RP_REGISTER(0x40008038u)
#define CLOCK_REF_SELECTED_XOSC (1u << 2)
#define CLOCK_SYS_CTRL RP_REGISTER(0x4000803Cu)
#define CLOCK_SYS_CTRL_REF 0u
#define CLOCK_PERI_CTRL RP_REGISTER(0x40008048u)
#define CLOCK_PERI_CTRL_XOSC (1u << 11 | 4u << 5)

/**
 * The timer counts what the watchdog makes of the reference clock: usually microseconds, here a
 * quarter of one.
 */
#define WATCHDOG_TICK RP_REGISTER(0x4005802Cu)
#define WATCHDOG_TICK_ENABLE (1u << 9)
#define TIMER_RAW_HIGH RP_REGISTER(0x40054024u)
#define TIMER_RAW_LOW RP_REGISTER(0x40054028u)
#define TIMER_CLOCK_HZ 4000000u

#define GPIO_FUNCTION(pin) RP_REGISTER(0x40014004u + 8u * (pin))
#define GPIO_FUNCTION_UART 2u
#define GPIO_FUNCTION_SIO 5u
#define SIO_OUT_SET RP_REGISTER(0xD0000014u)
#define SIO_OUT_CLEAR RP_REGISTER(0xD0000018u)
#define SIO_OUTPUT_SET RP_REGISTER(0xD0000024u)

/** UART 0, a PL011. */
#define UART_DATA RP_REGISTER(0x40034000u)
#define UART_DATA_OVERRUN (1u << 11)
#define UART_FLAGS RP_REGISTER(0x40034018u)
#define UART_FLAGS_RX_EMPTY (1u << 4)
#define UART_FLAGS_TX_FULL (1u << 5)
#define UART_DIVIDER RP_REGISTER(0x40034024u)
#define UART_DIVIDER_64THS RP_REGISTER(0x40034028u)
#define UART_LINE RP_REGISTER(0x4003402Cu)
#define UART_LINE_8_BITS_FIFO 0x70u
#define UART_CONTROL RP_REGISTER(0x40034030u)
#define UART_CONTROL_ENABLE (1u << 0 | 1u << 8 | 1u << 9)
#define UART_LEVEL RP_REGISTER(0x40034034u) /**< 0: an eighth of the FIFO interrupts */
#define UART_INTERRUPTS RP_REGISTER(0x40034038u)
#define UART_INTERRUPTS_RX (1u << 4 | 1u << 6) /**< so many bytes; fewer, and then silence */
#define UART_INTERRUPT 20u

/** Sixteen cycles a sample, in 64ths. */
#define UART_64THS_OF(baud) ((4u * CRYSTAL_HZ + (baud) / 2u) / (baud))

#endif
