/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The registers of an nRF51 or nRF52 that the port uses; both have them at the same places.
 *
 * Source: Nordic, nRF51 Series Reference Manual and nRF52840 Product Specification: CLOCK, UART
 * (that without EasyDMA), TIMER, NVMC, GPIO.
 */
#ifndef AIRLOOP_PORTS_NRF5_REGISTERS_H
#define AIRLOOP_PORTS_NRF5_REGISTERS_H

#include <stdint.h>

#define NRF_REGISTER(base, offset) (*(volatile uint32_t *)((base) + (offset)))

/** The crystal: what it is started by, and says when it runs. */
#define CLOCK_HFCLKSTART NRF_REGISTER(0x40000000u, 0x000u)
#define CLOCK_HFCLKSTARTED NRF_REGISTER(0x40000000u, 0x100u)

#define UART_STARTRX NRF_REGISTER(0x40002000u, 0x000u)
#define UART_STARTTX NRF_REGISTER(0x40002000u, 0x008u)
#define UART_RXDRDY NRF_REGISTER(0x40002000u, 0x108u)
#define UART_TXDRDY NRF_REGISTER(0x40002000u, 0x11Cu)
#define UART_INTENSET NRF_REGISTER(0x40002000u, 0x304u)
#define UART_INTENSET_RXDRDY (1u << 2)
#define UART_ERRORSRC NRF_REGISTER(0x40002000u, 0x480u) /**< write 1 to clear */
#define UART_ERRORSRC_OVERRUN (1u << 0)
#define UART_ENABLE NRF_REGISTER(0x40002000u, 0x500u)
#define UART_ENABLE_UART 4u
#define UART_PSELTXD NRF_REGISTER(0x40002000u, 0x50Cu)
#define UART_PSELRXD NRF_REGISTER(0x40002000u, 0x514u)
#define UART_RXD NRF_REGISTER(0x40002000u, 0x518u)
#define UART_TXD NRF_REGISTER(0x40002000u, 0x51Cu)
#define UART_BAUDRATE NRF_REGISTER(0x40002000u, 0x524u)
#define UART_INTERRUPT 2u

/** Bits a second as BAUDRATE takes them: steps of 16 MHz / 2^32, the lowest twelve bits zero. */
#define UART_BAUDRATE_OF(baud)                                                                     \
    ((uint32_t)((((uint64_t)(baud) << 32) / 16000000u + 0x800u) & 0xFFFFF000u))

#define TIMER0_START NRF_REGISTER(0x40008000u, 0x000u)
#define TIMER0_CAPTURE0 NRF_REGISTER(0x40008000u, 0x040u)
#define TIMER0_BITMODE NRF_REGISTER(0x40008000u, 0x508u)
#define TIMER0_BITMODE_32 3u
#define TIMER0_PRESCALER NRF_REGISTER(0x40008000u, 0x510u) /**< of 16 MHz, a power of two */
#define TIMER0_CC0 NRF_REGISTER(0x40008000u, 0x540u)
#define TIMER0_CLOCK_HZ 16000000u

#define NVMC_READY NRF_REGISTER(0x4001E000u, 0x400u)
#define NVMC_CONFIG NRF_REGISTER(0x4001E000u, 0x504u)
#define NVMC_CONFIG_READ 0u
#define NVMC_CONFIG_WRITE 1u
#define NVMC_CONFIG_ERASE 2u
#define NVMC_ERASEPAGE NRF_REGISTER(0x4001E000u, 0x508u) /**< takes the page's address */

#define GPIO_OUTSET NRF_REGISTER(0x50000000u, 0x508u)
#define GPIO_OUTCLR NRF_REGISTER(0x50000000u, 0x50Cu)
#define GPIO_DIRSET NRF_REGISTER(0x50000000u, 0x518u)
#define GPIO_CONFIG(pin) NRF_REGISTER(0x50000000u, 0x700u + 4u * (pin))
#define GPIO_CONFIG_PULLED_UP_INPUT 0xCu

#endif
