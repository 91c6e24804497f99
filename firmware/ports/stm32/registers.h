/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The registers that all STM32 chips of this port have alike: GPIO, and timer 2.
 *
 * Source: ST RM0090, RM0432, RM0455 and RM0456, GPIO; RM0090, TIM2.
 */
#ifndef AIRLOOP_PORTS_STM32_REGISTERS_H
#define AIRLOOP_PORTS_STM32_REGISTERS_H

#include "ports/stm32/chip.h"

typedef struct {
    volatile uint32_t mode; /**< two bits a pin */
    uint32_t reserved[5];
    volatile uint32_t set_reset; /**< the lower half sets pins, the upper one resets them */
    uint32_t lock;
    volatile uint32_t function[2]; /**< four bits a pin */
} gpio_t;

#define GPIO_BYTES 0x400u
#define GPIO_INDEX(letter) ((uint32_t)((letter) - 'A'))
#define GPIO(letter) ((gpio_t *)(GPIO_BASE + GPIO_INDEX(letter) * GPIO_BYTES))
#define GPIO_MODE_OUTPUT 1u
#define GPIO_MODE_FUNCTION 2u

#define RCC_F4_APB1ENR STM32_REGISTER(0x40023840u)
#define RCC_F4_APB1ENR_TIM2 (1u << 0)

typedef struct {
    volatile uint32_t control;
    uint32_t reserved[4];
    volatile uint32_t event; /**< bit 0 takes prescaler and reload over, and counts from 0 */
    uint32_t reserved_2[3];
    volatile uint32_t count;
    volatile uint32_t prescaler; /**< divides by one more */
    volatile uint32_t reload;
} tim_t;

#define TIM2 ((tim_t *)0x40000000u)
#define TIM_CONTROL_ENABLE (1u << 0)
#define TIM_EVENT_UPDATE (1u << 0)

#endif
