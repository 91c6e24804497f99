/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The registers of an STM32's USART, of which there are two versions, and of its low-power UART.
 *
 * Source: ST RM0090, USART (version 1); RM0432, RM0455 and RM0456, USART and LPUART (version 2).
 */
#ifndef AIRLOOP_PORTS_STM32_UART_H
#define AIRLOOP_PORTS_STM32_UART_H

#include "ports/stm32/chip.h"

#define UART_REGISTER(offset) STM32_REGISTER(UART_BASE + (offset))

#if UART_VERSION == 1
#define UART_STATUS UART_REGISTER(0x00u)
#define UART_RECEIVED UART_REGISTER(0x04u) /**< reading it also clears an overrun */
#define UART_TO_SEND UART_REGISTER(0x04u)
#define UART_DIVIDER UART_REGISTER(0x08u)
#define UART_CONTROL UART_REGISTER(0x0Cu)
#define UART_CONTROL_ENABLE (1u << 13)
#else
#define UART_CONTROL UART_REGISTER(0x00u)
#define UART_CONTROL_ENABLE (1u << 0)
#define UART_DIVIDER UART_REGISTER(0x0Cu)
#define UART_STATUS UART_REGISTER(0x1Cu)
#define UART_CLEAR UART_REGISTER(0x20u)
#define UART_RECEIVED UART_REGISTER(0x24u)
#define UART_TO_SEND UART_REGISTER(0x28u)
#endif

#define UART_CONTROL_RX (1u << 2)
#define UART_CONTROL_TX (1u << 3)
#define UART_CONTROL_RX_INTERRUPT (1u << 5)
#define UART_STATUS_OVERRUN (1u << 3) /**< the same bit of UART_CLEAR clears it */
#define UART_STATUS_RX_FULL (1u << 5)
#define UART_STATUS_TX_EMPTY (1u << 7)

/** The clock's cycles a bit; the low-power UART counts them in 256ths. */
#ifdef UART_IS_LOW_POWER
#define UART_CYCLES_OF(baud) ((256u * CORE_CLOCK_HZ + (baud) / 2u) / (baud))
#else
#define UART_CYCLES_OF(baud) ((CORE_CLOCK_HZ + (baud) / 2u) / (baud))
#endif

#endif
