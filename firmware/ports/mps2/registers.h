/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The registers of an MPS2 board that the port uses.
 *
 * Source: Arm DDI 0479, Cortex-M System Design Kit, APB UART; Arm DDI 0403, Armv7-M, B3.2 system
 * control, B3.4 NVIC; Arm DAI 0400/0386, memory map, interrupts and FPGA I/O of the MPS2 images.
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
#define UART_CTRL_RX_INTERRUPT (1u << 3)
#define UART_INTSTATUS_RX (1u << 1)
#define UART_BAUDDIV_MIN 16u

/** Interrupt controller: set enable, clear pending. Interrupt 0 is that UART0 has received. */
#define NVIC_ISER0 (*(volatile uint32_t *)0xE000E100u)
#define NVIC_ICPR0 (*(volatile uint32_t *)0xE000E280u)
#define NVIC_UART0_RX (1u << 0)

/** Coprocessor access: bits 20..23 give full access to the floating-point unit. */
#define SCB_CPACR (*(volatile uint32_t *)0xE000ED88u)
#define SCB_CPACR_FPU (0xFu << 20)

/** The FPGA's I/O block; the first of its two LEDs serves as trigger pin. */
typedef struct {
    volatile uint32_t led;
    uint32_t reserved[3];
    volatile uint32_t clk1hz; /**< seconds since reset */
    volatile uint32_t clk100hz;
    volatile uint32_t counter; /**< up, at FPGAIO_CLOCK_HZ / (prescale + 1) */
    volatile uint32_t prescale;
} fpgaio_t;

#define FPGAIO ((fpgaio_t *)0x40028000u)
#define FPGAIO_CLOCK_HZ 25000000u

#endif
