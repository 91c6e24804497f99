/* SPDX-License-Identifier: Apache-2.0 */
#include "run/spiking_operators.h"

#include "image/spiking.h"
#include "kernels/convolution.h"
#include "kernels/spike_readout.h"
#include "kernels/spiking_neurons.h"
#include "kernels/spiking_synapses.h"
#include "run/operator_params.h"

#include <stdbool.h>

/** What an operator reads, keeps and writes. */
typedef struct {
    const uint8_t *constants;
    const uint16_t *events;
    spiking_tally_t *tally;
    void *kept;
    void *output;
} site_t;

static site_t site_of(const image_operator_t *op, const place_t *place)
{
    spiking_tally_t *tally = (spiking_tally_t *)(void *)(place->arena + op->inputs[1]);
    return (site_t){.constants = operator_weights(op, place),
                    .events = (const uint16_t *)(const void *)(place->arena + op->inputs[0]),
                    .tally = tally,
                    .kept = tally + 1,
                    .output = place->arena + op->output};
}

size_t spiking_layer_scratch_bytes(const image_operator_t *op)
{
    return round_up(op->parameters.spiking.num_out, SPIKING_BLOCK) * sizeof(int32_t);
}

/** A kind of synapses of a layer, and their events; without recurrence the second has none. */
typedef struct {
    spiking_synapses_t synapses;
    const uint16_t *events;
    size_t num_events;
} source_t;

static source_t source_of(const image_operator_t *op, const site_t *site, bool is_recurrent)
{
    const image_spiking_t *s = &op->parameters.spiking;
    const spiking_parts_t parts = spiking_parts(op);
    const uint16_t *list = is_recurrent ? site->output : site->events;
    const bool has_any = !is_recurrent || s->is_recurrent != 0;
    return (source_t){
        .synapses = {.rows = site->constants + (is_recurrent ? parts.recurrent : parts.rows),
                     .num_out = s->num_out,
                     .bits = op->weight_bits,
                     .shift = is_recurrent ? s->recurrent_shift : s->weights_shift},
        .events = list + 1,
        .num_events = has_any ? list[0] : 0};
}

/** Fill the sums of a layer with the weights of all its events. */
static void add_up(const source_t sources[2], int32_t *sums)
{
    const int32_t raised = spiking_raised(&sources[0].synapses, sources[0].num_events) +
                           spiking_raised(&sources[1].synapses, sources[1].num_events);
    spiking_begin_sums(sums, sources[0].synapses.num_out, -raised);
    for (size_t i = 0; i < 2; i++) {
        spiking_add_rows(&sources[i].synapses, sources[i].events, sources[i].num_events, sums);
    }
}

status_t run_spiking_layer(const image_operator_t *op, const place_t *place)
{
    const image_spiking_t *s = &op->parameters.spiking;
    const site_t site = site_of(op, place);
    const source_t sources[2] = {source_of(op, &site, false), source_of(op, &site, true)};
    int32_t *sums = place->scratch;
    uint16_t *spikes = site.output;
    add_up(sources, sums);
    site.tally->events += (uint32_t)(sources[0].num_events + sources[1].num_events);
    const spiking_neurons_t neurons = {.neurons = site.constants,
                                       .num_neurons = s->num_out,
                                       .num_states = s->num_states,
                                       .leak_shift = s->leak_shift,
                                       .threshold = s->threshold,
                                       .sum_limit = s->sum_limit};
    site.tally->saturations += spiking_step(&neurons, sums, site.kept, spikes);
    site.tally->spikes += spikes[0];
    site.tally->steps++;
    return STATUS_OK;
}

status_t run_spike_readout(const image_operator_t *op, const place_t *place)
{
    const image_spiking_t *s = &op->parameters.spiking;
    const site_t site = site_of(op, place);
    const spike_readout_t p = {.rows = (const int8_t *)(site.constants + spiking_parts(op).rows),
                               .bias = (const int32_t *)(const void *)site.constants,
                               .num_out = s->num_out};
    site.tally->events += site.events[0];
    site.tally->steps++;
    spike_readout_add(&p, site.events + 1, site.events[0], site.kept);
    spike_readout_scores(&p, site.kept, site.tally->steps, site.output);
    return STATUS_OK;
}
