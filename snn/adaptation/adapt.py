# SPDX-License-Identifier: Apache-2.0
"""A network at another time step than the one it was trained at."""

import copy
from fractions import Fraction

import torch

from snn.adaptation.methods import RULES, Method, Rule
from snn.errors import AdaptationError
from snn.layer import SpikingLayer
from snn.network import SpikingNetwork
from snn.neurons.fixed import FixedNeurons

_FINEST = Fraction(1, 1000)
_COARSEST = Fraction(1000)


def adapt(
    network: SpikingNetwork, *, dt_us: int, method: Method = Method.INTEGRAL
) -> SpikingNetwork:
    """Return the counterpart of a network at another time step; the network stays as it is.

    Parameters
    ----------
    network : SpikingNetwork
    dt_us : int [us]
        The time step of the target, finer or coarser.
    method : Method
        How neurons, weights and read-out are mapped.

    Returns
    -------
    SpikingNetwork
        In evaluation mode. It takes counts of events in bins of `dt_us`: where the method wants
        rates, the first layer's weights contain the factor.

    Raises
    ------
    AdaptationError
        If a neuron has no counterpart at that step, or the ratio is beyond 1000.
    """
    ratio = Fraction(dt_us, network.dt_us)
    if not _FINEST <= ratio <= _COARSEST:
        raise AdaptationError(
            f"from {network.dt_us} us to {dt_us} us is a ratio of {float(ratio):g}: it must lie "
            "between 1/1000 and 1000"
        )
    target = copy.deepcopy(network).eval()
    target.dt_us = dt_us
    rule = RULES[method]
    with torch.no_grad():
        for i_layer, layer in enumerate(target.spiking_layers()):
            _map(layer, source_dt_s=network.dt_s, ratio=ratio, rule=rule)
            if rule.takes_rates and i_layer == 0:
                layer.weights.div_(float(ratio))
        if rule.scales_bias:
            target.readout.weight.div_(float(ratio))
    return target


def _map(layer: SpikingLayer, *, source_dt_s: float, ratio: Fraction, rule: Rule) -> None:
    source = layer.neurons.at(source_dt_s)
    layer.neurons = FixedNeurons(rule.neurons(layer.neurons, source, ratio))
    if rule.scales_bias:
        layer.bias.mul_(float(ratio))
