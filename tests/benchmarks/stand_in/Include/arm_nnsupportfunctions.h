/* SPDX-License-Identifier: Apache-2.0 */
/** A stand-in for CMSIS-NN, for the tests of the harness; see `arm_nnfunctions.h`. */
#ifndef STAND_IN_ARM_NNSUPPORTFUNCTIONS_H
#define STAND_IN_ARM_NNSUPPORTFUNCTIONS_H

#include "arm_nnfunctions.h"

arm_cmsis_nn_status arm_vector_sum_s8(int32_t *sums, const int32_t cols, const int32_t rows,
                                      const int8_t *data, const int32_t lhs_offset,
                                      const int32_t *bias);

#endif
