/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the build knows of a Cortex-M board.
 */
#ifndef AIRLOOP_PORTS_CORTEXM_INFO_H
#define AIRLOOP_PORTS_CORTEXM_INFO_H

#include "ports/port.h"

/** Return the board's name, clock and sizes. @param tick_bits  of the counter behind its ticks */
const port_info_t *cortexm_info(uint8_t tick_bits);

#endif
