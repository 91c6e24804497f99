/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the start of a Cortex-M asks of its port.
 */
#ifndef AIRLOOP_PORTS_CORTEXM_STARTUP_H
#define AIRLOOP_PORTS_CORTEXM_STARTUP_H

/**
 * Settle the supply, where a chip wants that before its RAM is written: it runs without memory of
 * its own, and does nothing unless a port says otherwise.
 */
void port_settle_supply(void);

/** Bring clocks, serial port and tick counter up, with interrupts masked for good. */
void port_start(void);

#endif
