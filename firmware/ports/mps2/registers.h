/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The registers of an MPS2 board that the port uses.
 *
 * Source: Arm DDI 0479, Cortex-M System Design Kit, APB UART; Arm DDI 0403, Armv7-M, B3.2 system
 * control, B3.3 SysTick; Arm DAI 0400/0386, memory map of the MPS2 images.
 */
#ifndef AIRLOOP_PORTS_MPS2_REGISTERS_H
#define AIRLOOP_PORTS_MPS2_REGISTERS_H

#include <stdint.h>

typedef struct {
    volatile uint32_t data;
    volatile uint32_t state;
    volatile uint32_t ctrl;
    volatile uint32_t intstatus; /**< write 1 to clear */
    volatile uint32_t bauddiv;
} cmsdk_uart_t;

#define UART0 ((cmsdk_uart_t *)0x40004000u)
#define UART_STATE_TX_FULL (1u << 0)
#define UART_STATE_RX_FULL (1u << 1)
#define UART_STATE_RX_OVERRUN (1u << 3)
#define UART_CTRL_TX_ENABLE (1u << 0)
#define UART_CTRL_RX_ENABLE (1u << 1)
#define UART_BAUDDIV_MIN 16u

typedef struct {
    volatile uint32_t csr;
    volatile uint32_t rvr;
    volatile uint32_t cvr;
} systick_t;

#define SYSTICK ((systick_t *)0xE000E010u)
#define SYSTICK_CSR_ENABLE (1u << 0)
#define SYSTICK_CSR_INTERRUPT (1u << 1)
#define SYSTICK_CSR_CORE_CLOCK (1u << 2)
#define SYSTICK_MAX 0xFFFFFFu

/** Interrupt control and state register: bit 26 says that a SysTick interrupt is pending. */
#define SCB_ICSR (*(volatile uint32_t *)0xE000ED04u)
#define SCB_ICSR_PENDSTSET (1u << 26)

/** Coprocessor access: bits 20..23 give full access to the floating-point unit. */
#define SCB_CPACR (*(volatile uint32_t *)0xE000ED88u)
#define SCB_CPACR_FPU (0xFu << 20)

/** Two LEDs of the FPGA's I/O block; the first serves as trigger pin. */
#define FPGAIO_LED (*(volatile uint32_t *)0x40028000u)

#endif
