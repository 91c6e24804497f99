/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/fault.h"

#if AIRLOOP_FAULTS

#define MILLION 1000000u

static fault_t settings;
static uint32_t state = 1;

/** Marsaglia's xorshift32; a state of 0 would stay 0. */
static uint32_t random32(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

status_t fault_set(const fault_t *fault)
{
    RETURN_IF(fault->drop_per_million > MILLION || fault->flip_per_million > MILLION,
              STATUS_BAD_ARG);
    settings = *fault;
    state = fault->seed != 0 ? fault->seed : 1;
    return STATUS_OK;
}

bool fault_strikes(uint8_t *encoded, size_t length)
{
    if (random32() % MILLION < settings.drop_per_million) {
        return true;
    }
    if (length > 0 && random32() % MILLION < settings.flip_per_million) {
        uint8_t *byte = &encoded[random32() % length];
        const uint8_t flipped = (uint8_t)(*byte ^ (1u << (random32() % 8u)));
        *byte = flipped != 0 ? flipped : (uint8_t)(*byte ^ 0x81u);
    }
    return false;
}

#else

/** ISO C wants a translation unit to hold something. */
typedef int fault_is_not_built_t;

#endif
