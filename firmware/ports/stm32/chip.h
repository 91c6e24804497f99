/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What differs between the STM32 chips that the port knows; a board file defines one of them.
 *
 * GPIO_OF, UART and its pins, clock gates: where they are, and which bit of which register opens
 * them. All run from the internal oscillator, which needs no start-up but a switch at most.
 */
#ifndef AIRLOOP_PORTS_STM32_CHIP_H
#define AIRLOOP_PORTS_STM32_CHIP_H

#include <stdint.h>

#define STM32_REGISTER(address) (*(volatile uint32_t *)(address))

#if defined(STM32F405)

/* Source: ST RM0090, STM32F405: memory map, RCC, GPIO, interrupt vectors, USART, TIM2. USART1 at
 * PA9 and PA10; the reset clock is the HSI, 16 MHz. */
#define CORE_CLOCK_HZ 16000000u
#define GPIO_BASE 0x40020000u
#define GATE_OF_GPIO STM32_REGISTER(0x40023830u) /* AHB1ENR */
#define GATE_OF_UART STM32_REGISTER(0x40023844u) /* APB2ENR */
#define GATE_OF_UART_BIT 4u
#define UART_BASE 0x40011000u
#define UART_INTERRUPT 37u
#define UART_VERSION 1
#define UART_PORT 'A'
#define UART_PIN_TX 9u
#define UART_PIN_RX 10u
#define UART_FUNCTION 7u

#elif defined(STM32L4R5)

/* Source: ST RM0432, STM32L4+: memory map, PWR, RCC, GPIO, interrupt vectors, LPUART; UM2179,
 * Nucleo-144: LPUART1 at PG7 and PG8 is the ST-LINK's serial port. The clock is the HSI16, 16 MHz,
 * up to which the flash has no wait states. */
#define CORE_CLOCK_HZ 16000000u
#define GPIO_BASE 0x48000000u
#define GATE_OF_GPIO STM32_REGISTER(0x4002104Cu) /* AHB2ENR */
#define GATE_OF_UART STM32_REGISTER(0x4002105Cu) /* APB1ENR2 */
#define GATE_OF_UART_BIT 0u
#define UART_BASE 0x40008000u
#define UART_INTERRUPT 70u
#define UART_VERSION 2
#define UART_IS_LOW_POWER 1
#define UART_PORT 'G'
#define UART_PIN_TX 7u
#define UART_PIN_RX 8u
#define UART_FUNCTION 8u
#define HSI_CONTROL STM32_REGISTER(0x40021000u) /* CR */
#define HSI_SWITCH STM32_REGISTER(0x40021008u)  /* CFGR */
#define GATE_OF_PWR STM32_REGISTER(0x40021058u) /* APB1ENR1 */
#define GATE_OF_PWR_BIT 28u
#define PWR_VDDIO2 STM32_REGISTER(0x40007004u) /* CR2: port G has a supply of its own */
#define PWR_VDDIO2_VALID (1u << 9)

#elif defined(STM32U575)

/* Source: ST RM0456, STM32U5: memory map, FLASH, RCC, GPIO, interrupt vectors, USART, all at their
 * non-secure addresses; UM2861, Nucleo-144: USART1 at PA9 and PA10 is the ST-LINK's serial port.
 * The clock is the HSI16, 16 MHz, for which the reset voltage, range 4, needs wait states. */
#define CORE_CLOCK_HZ 16000000u
#define GPIO_BASE 0x42020000u
#define GATE_OF_GPIO STM32_REGISTER(0x46020C8Cu) /* AHB2ENR1 */
#define GATE_OF_UART STM32_REGISTER(0x46020CA4u) /* APB2ENR */
#define GATE_OF_UART_BIT 14u
#define UART_BASE 0x40013800u
#define UART_INTERRUPT 61u
#define UART_VERSION 2
#define UART_PORT 'A'
#define UART_PIN_TX 9u
#define UART_PIN_RX 10u
#define UART_FUNCTION 7u
#define HSI_CONTROL STM32_REGISTER(0x46020C00u) /* CR */
#define HSI_SWITCH STM32_REGISTER(0x46020C1Cu)  /* CFGR1 */
#define FLASH_ACR STM32_REGISTER(0x40022000u)
#define FLASH_WAIT_STATES 2u

#elif defined(STM32H7A3)

/* Source: ST RM0455, STM32H7A3: memory map, PWR, RCC, GPIO, interrupt vectors, USART; UM2408,
 * Nucleo-144: USART3 at PD8 and PD9 is the ST-LINK's serial port, and the SMPS supplies the core.
 * The reset clock is the HSI, 64 MHz. */
#define CORE_CLOCK_HZ 64000000u
#define GPIO_BASE 0x58020000u
#define GATE_OF_GPIO STM32_REGISTER(0x58024540u) /* AHB4ENR */
#define GATE_OF_UART STM32_REGISTER(0x58024548u) /* APB1LENR */
#define GATE_OF_UART_BIT 18u
#define UART_BASE 0x40004800u
#define UART_INTERRUPT 39u
#define UART_VERSION 2
#define UART_PORT 'D'
#define UART_PIN_TX 8u
#define UART_PIN_RX 9u
#define UART_FUNCTION 7u
#define PWR_CSR1 STM32_REGISTER(0x58024804u)
#define PWR_CSR1_ACTVOSRDY (1u << 13)
#define PWR_CR3 STM32_REGISTER(0x5802480Cu)
#define PWR_CR3_SUPPLIES 7u /* SMPSEN, LDOEN, BYPASS */
#define PWR_CR3_SMPS 4u

#else
#error "define the chip: STM32F405, STM32L4R5, STM32U575 or STM32H7A3"
#endif

#endif
