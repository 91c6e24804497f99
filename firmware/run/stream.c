/* SPDX-License-Identifier: Apache-2.0 */
#include "run/stream.h"

#include "image/loads.h"
#include "image/validate.h"

#include <string.h>

static void begin(const loader_t *loader, const uint8_t *image, uint8_t *arena,
                  const image_load_t *load)
{
    if (loader == NULL) {
        memcpy(arena + load->to, image + load->from, load->num_bytes);
    } else {
        loader->begin(arena + load->to, image + load->from, load->num_bytes);
    }
}

void stream_load_once(const uint8_t *image, uint8_t *arena, const loader_t *loader)
{
    const size_t num_once = image_num_loads_once(image);
    for (size_t i = 0; i < num_once; i++) {
        begin(loader, image, arena, image_load(image, i));
    }
    if (loader != NULL) {
        loader->wait_all();
    }
}

stream_t stream_begin(const uint8_t *image, const loader_t *loader)
{
    const size_t num_once = image_num_loads_once(image);
    return (stream_t){.loader = loader, .num_once = num_once, .next = num_once};
}

void stream_before(stream_t *stream, place_t *place, size_t i_operator)
{
    const image_operator_t *op = image_operator(place->image, i_operator);
    const size_t num_loads = image_header(place->image)->num_loads;
    while (stream->next < num_loads && image_load(place->image, stream->next)->step <= i_operator) {
        begin(stream->loader, place->image, place->arena, image_load(place->image, stream->next++));
    }
    if (op->load == 0) {
        place->constants = place->image;
        place->constants_from = 0;
        return;
    }
    if (stream->loader != NULL && op->load > stream->num_once) {
        stream->loader->wait(op->load - stream->num_once);
    }
    const image_load_t *load = image_load(place->image, op->load - 1u);
    place->constants = place->arena + load->to;
    place->constants_from = load->from;
}
