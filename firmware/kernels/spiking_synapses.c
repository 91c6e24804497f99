/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/spiking_synapses.h"

#include "kernels/spiking_pairs.h"

#include <stdbool.h>

#define BYTE_PAIRS 0x00FF00FFu
#define NIBBLES 0x0F0F0F0Fu
#define BYTES_AT_ONCE 257u  /* times 255, and 16 bits are full */
#define NIBBLES_AT_ONCE 17u /* times 15, and 8 bits are full */

/** Two bytes of a word in fields of 16 bits: bytes 0 and 2 of `sum`, or 1 and 3. */
#if AIRLOOP_SIMD
static inline uint32_t add_even(uint32_t sum, uint32_t bytes)
{
    return (uint32_t)__uxtab16((uint16x2_t)sum, (uint8x4_t)bytes);
}

static inline uint32_t add_odd(uint32_t sum, uint32_t bytes)
{
    __asm__("uxtab16 %0, %0, %1, ror #8" : "+r"(sum) : "r"(bytes));
    return sum;
}
#else
static inline uint32_t add_even(uint32_t sum, uint32_t bytes)
{
    return sum + (bytes & BYTE_PAIRS);
}

static inline uint32_t add_odd(uint32_t sum, uint32_t bytes)
{
    return sum + (bytes >> 8 & BYTE_PAIRS);
}
#endif

/** Hide from the compiler that a factor is a power of two, or what it is a multiple of: it would
 * put shifts and an addition where the core has one instruction for product and sum. */
static inline uint32_t opaque(size_t factor)
{
    uint32_t hidden = (uint32_t)factor;
    __asm__("" : "+r"(hidden));
    return hidden;
}

/** Add to four sums what the fields of two words hold, times `worth`. */
static inline void spread(int32_t *sums, uint32_t even, uint32_t odd, int32_t worth)
{
    sums[0] += (int32_t)(even & 0xFFFFu) * worth;
    sums[1] += (int32_t)(odd & 0xFFFFu) * worth;
    sums[2] += (int32_t)(even >> 16) * worth;
    sums[3] += (int32_t)(odd >> 16) * worth;
}

/** What every event of a list adds to some neurons side by side. */
typedef struct {
    const uint8_t *column; /**< of row 0 */
    size_t row_bytes;
    const uint16_t *events;
    const uint16_t *end;
    int32_t worth;
} column_t;

/** Eight neurons of one byte each. */
static inline void add_bytes(const column_t *c, int32_t *sums)
{
    const uint8_t *const column = c->column;
    const size_t row_bytes = opaque(c->row_bytes);
    const uint16_t *const end = c->end;
    uint32_t fields[4] = {0, 0, 0, 0};
    for (const uint16_t *event = c->events; event != end; event++) {
        spiking_pair_t row;
        SPIKING_LOAD_PAIR(row, column + *event * row_bytes, 0);
        fields[0] = add_even(fields[0], row.first);
        fields[1] = add_odd(fields[1], row.first);
        fields[2] = add_even(fields[2], row.second);
        fields[3] = add_odd(fields[3], row.second);
    }
    spread(sums, fields[0], fields[1], c->worth);
    spread(sums + 4, fields[2], fields[3], c->worth);
}

/** Sixteen neurons of one nibble each: of every word, the low ones and the high ones. */
static inline void add_nibbles(const column_t *c, int32_t *sums)
{
    const uint8_t *const column = c->column;
    const size_t row_bytes = opaque(c->row_bytes);
    const uint16_t *const end = c->end;
    uint32_t fields[4] = {0, 0, 0, 0};
    for (const uint16_t *event = c->events; event != end; event++) {
        spiking_pair_t row;
        SPIKING_LOAD_PAIR(row, column + *event * row_bytes, 0);
        fields[0] += row.first & NIBBLES;
        fields[1] += row.first >> 4 & NIBBLES;
        fields[2] += row.second & NIBBLES;
        fields[3] += row.second >> 4 & NIBBLES;
    }
    for (size_t i = 0; i < 4; i++, sums += 4) {
        spread(sums, fields[i] & BYTE_PAIRS, fields[i] >> 8 & BYTE_PAIRS, c->worth);
    }
}

void spiking_begin_sums(int32_t *sums, size_t num_out, int32_t value)
{
    const size_t end = (num_out + SPIKING_BLOCK - 1) / SPIKING_BLOCK * SPIKING_BLOCK;
    for (size_t j = 0; j < end; j += 8) {
        sums[j] = value;
        sums[j + 1] = value;
        sums[j + 2] = value;
        sums[j + 3] = value;
        sums[j + 4] = value;
        sums[j + 5] = value;
        sums[j + 6] = value;
        sums[j + 7] = value;
    }
}

int32_t spiking_raised(const spiking_synapses_t *p, size_t num_events)
{
    return (int32_t)(num_events << (p->bits - 1 + p->shift));
}

void spiking_add_rows(const spiking_synapses_t *p, const uint16_t *events, size_t num_events,
                      int32_t *sums)
{
    const bool is_narrow = p->bits == 4;
    const size_t at_once = is_narrow ? NIBBLES_AT_ONCE : BYTES_AT_ONCE;
    const uint16_t *const end = events + num_events;
    column_t column = {.row_bytes = spiking_row_bytes(p->num_out, p->bits),
                       .events = events,
                       .worth = (int32_t)opaque(1u << p->shift)};
    for (; column.events != end; column.events = column.end) {
        const size_t left = (size_t)(end - column.events);
        column.end = column.events + (left < at_once ? left : at_once);
        column.column = p->rows;
        for (size_t j = 0; j < p->num_out; column.column += sizeof(spiking_pair_t)) {
            if (is_narrow) {
                add_nibbles(&column, sums + j);
                j += 2 * sizeof(spiking_pair_t);
            } else {
                add_bytes(&column, sums + j);
                j += sizeof(spiking_pair_t);
            }
        }
    }
}
