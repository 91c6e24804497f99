/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/text_clock.h"

#include "ports/port.h"

static struct {
    uint64_t ticks; /**< since the beginning */
    uint64_t last;  /**< reading of the counter */
    uint32_t multiplier;
    uint8_t right_shift;
} watch;

void text_clock_begin(uint32_t multiplier, uint8_t right_shift)
{
    watch.multiplier = multiplier;
    watch.right_shift = right_shift;
    watch.ticks = 0;
    watch.last = port_ticks();
}

void text_clock_advance(void)
{
    const uint64_t now = port_ticks();
    const uint8_t num_bits = port_info()->tick_bits;
    const uint64_t mask = num_bits < 64u ? (UINT64_C(1) << num_bits) - 1u : UINT64_MAX;
    watch.ticks += (now - watch.last) & mask;
    watch.last = now;
}

uint64_t text_clock_us(void)
{
    text_clock_advance();
    const uint64_t low = (watch.ticks & UINT32_MAX) * watch.multiplier;
    const uint64_t high = (watch.ticks >> 32) * watch.multiplier + (low >> 32);
    return high >> (watch.right_shift - 32u);
}
