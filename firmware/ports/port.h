/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the agent asks of a board. A port is one folder that implements this and, once the board is
 * up, calls `agent_run`.
 */
#ifndef AIRLOOP_PORTS_PORT_H
#define AIRLOOP_PORTS_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *name;           /**< of the board, UTF-8, at most 63 bytes */
    uint32_t clock_hz;          /**< of `port_ticks`; 0 = the board has no clock to trust */
    uint8_t tick_bits;          /**< after which `port_ticks` wraps; 0 = there is no clock */
    uint32_t agent_ram_bytes;   /**< without image and arena; 0 = not known */
    uint32_t agent_flash_bytes; /**< without image; 0 = not known */
} port_info_t;

/** Say what this board is. */
const port_info_t *port_info(void);

/**
 * Wait for bytes from the host.
 *
 * @param[out] bytes  [capacity]
 * @return how many came, at least 1; 0 when the host is gone for good
 */
size_t port_read(uint8_t *bytes, size_t capacity);

/** Send bytes to the host; returns when they are on their way. */
void port_write(const uint8_t *bytes, size_t length);

/** Return how many received bytes the board itself has lost so far. */
uint32_t port_overruns(void);

/** Return the tick counter. */
uint64_t port_ticks(void);

/** Raise or lower the pin that tells an energy meter when a network runs. */
void port_trigger(bool is_running);

/**
 * Write to the flash that the image slots lie in; only boards with memory.flash_page_bytes have it.
 *
 * A page is erased when its first byte is written, so bytes come in ascending order from the
 * beginning of a page on.
 */
void port_flash_write(uint8_t *place, const uint8_t *bytes, size_t length);

#endif
