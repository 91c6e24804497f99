/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Runs one network with the kernels of a CMSIS-NN checkout and tells its host ticks and output.
 *
 * `network.c` is generated (benchmarks/cmsis_nn_source.py). Sent, in hexadecimal, a line each:
 * status, ticks of one run, output.
 */
#include "agent/agent.h"
#include "ports/port.h"

#include "cmsis_nn_harness.h"

static void put_byte(uint8_t byte)
{
    static const char DIGITS[] = "0123456789abcdef";
    const uint8_t pair[2] = {(uint8_t)DIGITS[byte >> 4], (uint8_t)DIGITS[byte & 15u]};
    port_write(pair, sizeof pair);
}

static void put_number(uint64_t value)
{
    for (uint32_t shift = 64u; shift > 0;) {
        shift -= 8u;
        put_byte((uint8_t)(value >> shift));
    }
    port_write((const uint8_t *)"\n", 1);
}

void agent_run(void)
{
    network_prepare();
    const uint64_t start = port_ticks();
    const int32_t status = network_run();
    const uint64_t ticks = port_ticks() - start;
    put_number((uint64_t)(uint32_t)status);
    put_number(ticks);
    for (size_t i = 0; i < network_output_bytes; i++) {
        put_byte((uint8_t)network_output[i]);
    }
    port_write((const uint8_t *)"\n", 1);
}
