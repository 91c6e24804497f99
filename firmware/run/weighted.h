/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Operators with windows or weights: convolutions, pools, matrix products.
 */
#ifndef AIRLOOP_RUN_WEIGHTED_H
#define AIRLOOP_RUN_WEIGHTED_H

#include "run/operators.h"

/** Return the bytes of scratch that the operator needs; 0 for one of another kind. */
size_t weighted_scratch_bytes(const image_operator_t *op);

status_t run_conv(const image_operator_t *op, const place_t *place);
status_t run_depthwise(const image_operator_t *op, const place_t *place);
status_t run_dense(const image_operator_t *op, const place_t *place);
status_t run_average_pool(const image_operator_t *op, const place_t *place);
status_t run_max_pool(const image_operator_t *op, const place_t *place);

#endif
