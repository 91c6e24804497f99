/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the twin offers of spiking networks; `sim/spiking_twin.py` calls it.
 */
#include "image/spiking.h"
#include "image/validate.h"
#include "run/window.h"

#include <string.h>

#define TWIN_EXPORT __attribute__((visibility("default")))

TWIN_EXPORT int32_t twin_events(const uint8_t *image, uint8_t *arena, uint32_t first_step,
                                uint32_t num_steps, const uint8_t *packed, size_t length);
TWIN_EXPORT void twin_scores(const uint8_t *image, const uint8_t *arena, int32_t *scores,
                             spiking_tally_t *tallies);

/**
 * Run a piece of a window.
 *
 * @param[in,out] arena       [twin_arena_bytes], 16-byte aligned; keeps the states
 * @param         first_step  0 brings the network to rest; else the caller must have run as many
 * @return a status_t; on error nothing has changed
 */
int32_t twin_events(const uint8_t *image, uint8_t *arena, uint32_t first_step, uint32_t num_steps,
                    const uint8_t *packed, size_t length)
{
    const window_piece_t piece = {.packed = packed, .length = length, .num_steps = num_steps};
    RETURN_IF(!spiking_is_image(image), STATUS_BAD_STATE);
    RETURN_IF(first_step > window_max_steps(image) ||
                  num_steps > window_max_steps(image) - first_step,
              STATUS_TOO_LARGE);
    RETURN_IF_ERROR(window_check(image, arena, &piece));
    if (first_step == 0) {
        window_begin(image, arena);
    }
    return window_run(image, arena, &piece, NULL);
}

/** Copy the scores so far, and what each operator did. */
void twin_scores(const uint8_t *image, const uint8_t *arena, int32_t *scores,
                 spiking_tally_t *tallies)
{
    const image_tensor_t *output = &image_header(image)->output;
    memcpy(scores, arena + output->offset,
           (size_t)output->height * output->width * output->channels);
    for (size_t i = 0; i < image_header(image)->num_operators; i++) {
        tallies[i] = *window_tally(image, arena, i);
    }
}
