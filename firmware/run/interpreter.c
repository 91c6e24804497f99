/* SPDX-License-Identifier: Apache-2.0 */
#include "run/interpreter.h"

#include "image/validate.h"
#include "run/operators.h"

static status_t run_next(stream_t *stream, place_t *place, size_t i)
{
    stream_before(stream, place, i);
    return operator_run(image_operator(place->image, i), place);
}

static status_t run_timed(stream_t *stream, place_t *place, size_t i, const stopwatch_t *stopwatch)
{
    const uint64_t start = stopwatch->now();
    const status_t status = run_next(stream, place, i);
    stopwatch->report(i, stopwatch->now() - start);
    return status;
}

status_t interpreter_run(const uint8_t *image, uint8_t *arena, const loader_t *loader,
                         const stopwatch_t *stopwatch)
{
    const image_header_t *header = image_header(image);
    stream_t stream = stream_begin(image, loader);
    place_t place = {.image = image, .arena = arena, .scratch = arena + header->scratch_offset};
    status_t status = STATUS_OK;

    for (size_t i = 0; i < header->num_operators && status == STATUS_OK; i++) {
        status = stopwatch != NULL ? run_timed(&stream, &place, i, stopwatch)
                                   : run_next(&stream, &place, i);
    }
    if (loader != NULL) {
        loader->wait_all();
    }
    return status;
}
