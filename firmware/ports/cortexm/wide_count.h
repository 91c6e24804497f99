/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A counter of 32 bits that counts on: nothing is lost if it is read once before it wraps.
 */
#ifndef AIRLOOP_PORTS_CORTEXM_WIDE_COUNT_H
#define AIRLOOP_PORTS_CORTEXM_WIDE_COUNT_H

#include <stdint.h>

typedef struct {
    uint32_t latest;
    uint32_t num_wraps;
} wide_count_t;

/** Return all 64 bits of a counter that stands at `count` now. */
static inline uint64_t wide_count(wide_count_t *wide, uint32_t count)
{
    wide->num_wraps += count < wide->latest;
    wide->latest = count;
    return (uint64_t)wide->num_wraps << 32 | count;
}

#endif
