/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Operators of spiking networks: one step of a layer, and of the read-out.
 */
#ifndef AIRLOOP_RUN_SPIKING_OPERATORS_H
#define AIRLOOP_RUN_SPIKING_OPERATORS_H

#include "kernels/spiking.h"
#include "run/operators.h"

/** Return the bytes of scratch that a layer needs. */
size_t spiking_layer_scratch_bytes(const image_operator_t *op);

status_t run_spiking_layer(const image_operator_t *op, const place_t *place);
status_t run_spike_readout(const image_operator_t *op, const place_t *place);

#endif
