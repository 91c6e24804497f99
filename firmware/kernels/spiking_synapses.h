/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Event-driven synapses: each event adds one row of weights to the sums of all neurons.
 *
 *     sums[j] += (sum over events of w[event][j] + 2^(bits - 1)) 2^shift
 *
 * so that who begins with -spiking_raised() has the sum of the weights themselves. Weights lie row
 * by row, one an input, each raised by half its range so that no field has a sign; a row is rounded
 * up to a multiple of 8 bytes. Of 8 bits, byte j is neuron j; of 4 bits, they lie as in
 * kernels/narrow.h. Two words of a row are added at once, in fields that are spread out before one
 * can overflow.
 *
 * Twin:   snn/integer/reference.py (equal bit for bit, tests/firmware/test_spiking.py)
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   O(num_events num_out); on a Cortex-M4 about an instruction a weight, less with 4 bits.
 */
#ifndef AIRLOOP_KERNELS_SPIKING_SYNAPSES_H
#define AIRLOOP_KERNELS_SPIKING_SYNAPSES_H

#include <stddef.h>
#include <stdint.h>

/** Bits that a row is rounded up to a multiple of. */
#define SPIKING_ROW_BITS 64u

/** Sums have room for a multiple of so many neurons, whatever the bits. */
#define SPIKING_BLOCK 16u

typedef struct {
    const uint8_t *rows; /**< 4-byte aligned */
    size_t num_out;
    unsigned bits;  /**< 8 or 4 */
    unsigned shift; /**< 0 .. 7 */
} spiking_synapses_t;

/** Return the bytes of a row. */
static inline size_t spiking_row_bytes(size_t num_out, unsigned bits)
{
    return (num_out * bits + SPIKING_ROW_BITS - 1) / SPIKING_ROW_BITS * (SPIKING_ROW_BITS / 8u);
}

/** Return what the weights of all events together are raised by. */
int32_t spiking_raised(const spiking_synapses_t *p, size_t num_events);

/** Begin sums with a value; there is room for whole blocks. */
void spiking_begin_sums(int32_t *sums, size_t num_out, int32_t value);

/**
 * Add a row for each event.
 *
 * @param[in]     events  rows that there are [num_events], at most SPIKING_MAX_EVENTS
 * @param[in,out] sums    int32 [num_out, rounded up to a multiple of SPIKING_BLOCK]
 */
void spiking_add_rows(const spiking_synapses_t *p, const uint16_t *events, size_t num_events,
                      int32_t *sums);

#endif
