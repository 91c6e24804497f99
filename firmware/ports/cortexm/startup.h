/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the start of a Cortex-M asks of its port.
 */
#ifndef AIRLOOP_PORTS_CORTEXM_STARTUP_H
#define AIRLOOP_PORTS_CORTEXM_STARTUP_H

/** Bring clocks, serial port and tick counter up, with interrupts masked for good. */
void port_start(void);

#endif
