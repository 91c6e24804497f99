/* SPDX-License-Identifier: Apache-2.0 */
/** What a generated network offers the harness. */
#ifndef AIRLOOP_BENCHMARKS_CMSIS_NN_HARNESS_H
#define AIRLOOP_BENCHMARKS_CMSIS_NN_HARNESS_H

#include <stddef.h>
#include <stdint.h>

extern int8_t *const network_output;
extern const size_t network_output_bytes;

/** Put the input in its place, and do what a framework does once: sums of weights. */
void network_prepare(void);

/** Run the network. @return 0, or the status of the first kernel that refuses */
int32_t network_run(void);

#endif
