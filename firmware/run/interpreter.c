/* SPDX-License-Identifier: Apache-2.0 */
#include "run/interpreter.h"

#include "image/validate.h"
#include "run/operators.h"

status_t interpreter_run(const uint8_t *image, uint8_t *arena, const loader_t *loader,
                         const stopwatch_t *stopwatch)
{
    const image_header_t *header = image_header(image);
    stream_t stream = stream_begin(image, loader);
    place_t place = {.image = image, .arena = arena, .scratch = arena + header->scratch_offset};
    status_t status = STATUS_OK;

    for (size_t i = 0; i < header->num_operators && status == STATUS_OK; i++) {
        const uint64_t start = stopwatch != NULL ? stopwatch->now() : 0;
        stream_before(&stream, &place, i);
        status = operator_run(image_operator(image, i), &place);
        if (stopwatch != NULL) {
            stopwatch->report(i, stopwatch->now() - start);
        }
    }
    if (loader != NULL) {
        loader->wait_all();
    }
    return status;
}
