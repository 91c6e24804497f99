/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The registers of an MPS2 or MPS3 board that the port uses.
 *
 * Source: Arm DDI 0479, Cortex-M System Design Kit, APB UART; Arm DAI 0385, 0386 and 0400, memory
 * map, interrupts and FPGA I/O of the MPS2 images; Arm DAI 0547, those of the MPS3 image, of which
 * the port uses the secure addresses.
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

#ifdef MPS3_AN547
#define UART0 ((cmsdk_uart_t *)0x59303000u)
#define UART0_RX_INTERRUPT 33u
#define FPGAIO ((fpgaio_t *)0x59302000u)
#define FPGAIO_CLOCK_HZ 20000000u /* as QEMU 7.2 runs it */
#else
#define UART0 ((cmsdk_uart_t *)0x40004000u)
#define UART0_RX_INTERRUPT 0u
#define FPGAIO ((fpgaio_t *)0x40028000u)
#define FPGAIO_CLOCK_HZ 25000000u
#endif

#define UART_STATE_TX_FULL (1u << 0)
#define UART_STATE_RX_FULL (1u << 1)
#define UART_STATE_RX_OVERRUN (1u << 3)
#define UART_CTRL_TX_ENABLE (1u << 0)
#define UART_CTRL_RX_ENABLE (1u << 1)
#define UART_CTRL_RX_INTERRUPT (1u << 3)
#define UART_INTSTATUS_RX (1u << 1)
#define UART_BAUDDIV_MIN 16u

/** The FPGA's I/O block; the first of its two LEDs serves as trigger pin. */
typedef struct {
    volatile uint32_t led;
    uint32_t reserved[3];
    volatile uint32_t clk1hz; /**< seconds since reset */
    volatile uint32_t clk100hz;
    volatile uint32_t counter; /**< up, at FPGAIO_CLOCK_HZ / (prescale + 1) */
    volatile uint32_t prescale;
} fpgaio_t;

#endif
