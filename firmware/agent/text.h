/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The text front: commands that end with '%', as the runner of MLPerf Tiny sends them.
 *
 *     name  timestamp  profile  help  db load N  db HH..  db print  infer N [W]  results
 *
 * Every command is answered by lines, the last of them m-ready; nothing it is sent makes it silent.
 * docs/mlperf-tiny.md tells the answers, and where they differ from those of the reference.
 */
#ifndef AIRLOOP_AGENT_TEXT_H
#define AIRLOOP_AGENT_TEXT_H

#include "agent/requests.h"

/** Execute TEXT: the network in force answers commands next, or a status says why it cannot. */
status_t text_begin(const frame_t *request, answer_t *answer);

/** Answer commands until a frame end comes, or the host is gone for good. */
void text_serve(void);

#endif
