/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The request loop: every request is executed once and answered as often as it is asked.
 */
#ifndef AIRLOOP_AGENT_AGENT_H
#define AIRLOOP_AGENT_AGENT_H

/** Serve the host until it is gone for good; on a board that is never. */
void agent_run(void);

#endif
