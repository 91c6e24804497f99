/* SPDX-License-Identifier: Apache-2.0 */
#include "run/interpreter.h"

#include "image/validate.h"
#include "run/operators.h"

static status_t run_timed(const image_operator_t *op, size_t i, const place_t *place,
                          const stopwatch_t *stopwatch)
{
    const uint64_t start = stopwatch->now();
    const status_t status = operator_run(op, place);
    stopwatch->report(i, stopwatch->now() - start);
    return status;
}

status_t interpreter_run(const uint8_t *image, uint8_t *arena, const stopwatch_t *stopwatch)
{
    const image_header_t *header = image_header(image);
    const place_t place = {
        .image = image, .arena = arena, .scratch = arena + header->scratch_offset};

    for (size_t i = 0; i < header->num_operators; i++) {
        const image_operator_t *op = image_operator(image, i);
        RETURN_IF_ERROR(stopwatch != NULL ? run_timed(op, i, &place, stopwatch)
                                          : operator_run(op, &place));
    }
    return STATUS_OK;
}
