/* SPDX-License-Identifier: Apache-2.0 */
#include "ports/cortexm/info.h"

#ifndef AIRLOOP_BOARD
#error "define AIRLOOP_BOARD: the name of the board, a string"
#endif

/** Symbols of the linker script; their addresses are sizes. */
extern const uint8_t link_agent_ram_bytes[];
extern const uint8_t link_agent_flash_bytes[];

const port_info_t *cortexm_info(uint8_t tick_bits)
{
    static port_info_t info = {.name = AIRLOOP_BOARD, .clock_hz = AIRLOOP_CLOCK_HZ};
    info.tick_bits = tick_bits;
    info.agent_ram_bytes = (uint32_t)(uintptr_t)link_agent_ram_bytes;
    info.agent_flash_bytes = (uint32_t)(uintptr_t)link_agent_flash_bytes;
    return &info;
}
