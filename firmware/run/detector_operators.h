/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Operators that detect several users, element by element.
 */
#ifndef AIRLOOP_RUN_DETECTOR_OPERATORS_H
#define AIRLOOP_RUN_DETECTOR_OPERATORS_H

#include "run/operators.h"

/** Return the bytes of scratch that a detector needs. */
size_t detector_scratch_bytes(const image_operator_t *op);

status_t run_lmmse_detector(const image_operator_t *op, const place_t *place);
status_t run_gnn_sic(const image_operator_t *op, const place_t *place);
status_t run_lora_unfolded(const image_operator_t *op, const place_t *place);

#endif
