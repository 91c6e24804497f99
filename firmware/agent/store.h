/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Keeps two images: one in force, and one that is being loaded, patched or learned, or was in
 * force before.
 *
 * Nothing changes the image in force until it is committed. Beginning one gives up an
 * unfinished other.
 */
#ifndef AIRLOOP_AGENT_STORE_H
#define AIRLOOP_AGENT_STORE_H

#include "status.h"
#include "wire/messages.h"

#include <stddef.h>

/** Begin to load an image, or go on with the same. @param[out] next  offset to go on at */
status_t store_begin(const load_begin_t *load, uint32_t *next);

/** Take bytes of the image; `offset` is where the last ones ended. @param[out] next  offset */
status_t store_append(uint32_t offset, const uint8_t *bytes, size_t length, uint32_t *next);

/** Verify what was loaded and put it in force. On any error the old image stays. */
status_t store_commit(void);

/** Begin to patch a copy of the image in force, or go on with it. @param[out] next  offset */
status_t store_patch_begin(const patch_begin_t *patch, uint32_t *next);

/** Take pieces; `offset` is where the last ones ended. @param[out] next  offset */
status_t store_patch(uint32_t offset, const uint8_t *pieces, size_t length, uint32_t *next);

/** Verify the patched copy and put it in force. On any error the old image stays. */
status_t store_patch_commit(void);

/** Return a copy of the image in force, in the other slot, to be changed; gives up what was under
 * way there. NULL if there is no image, or slots lie in flash. */
uint8_t *store_copy(void);

/** Seal the changed copy and put it in force if it is valid. On any error the old image stays. */
status_t store_copy_commit(void);

/** Forget every image. */
void store_reset(void);

/** Return the image in force, valid and aligned; NULL if there is none. */
const uint8_t *store_image(void);

/** Return the digest the image in force was announced with, [32]; NULL if there is none. */
const uint8_t *store_sha256(void);

#endif
