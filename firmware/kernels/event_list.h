/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Unpacks the events of one step: their number and the channel of each, as wire/spikes.h says.
 *
 * Twin:   snn/events/packing.py, the other way round
 * Memory: no heap, no statics; the caller owns every buffer.
 * Time:   O(num_events), about 10 instructions an event of one byte.
 */
#ifndef AIRLOOP_KERNELS_EVENT_LIST_H
#define AIRLOOP_KERNELS_EVENT_LIST_H

#include "kernels/spiking.h"
#include "status.h"
#include "wire/number.h"

/**
 * Take one step off packed bytes of any origin.
 *
 * @param[in,out] rest          moves behind the step, if STATUS_OK is returned
 * @param         num_channels  that there are
 * @param         room          of the list
 * @param[out]    list          the events (kernels/spiking.h); whatever, on error
 * @return STATUS_OK; STATUS_TOO_LARGE if there are more events than there is room for, else
 *         STATUS_BAD_ARG: a channel that does not exist, or no whole step
 */
status_t event_list_take(number_rest_t *rest, size_t num_channels, size_t room, uint16_t *list);

#endif
