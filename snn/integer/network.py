# SPDX-License-Identifier: Apache-2.0
"""A spiking network in integers, as devices hold it.

Of every neuron, a step with x_i = floor(z_i / 2^13), the state that products see:

    sum = (sum of its weights, one an event) << weights_shift
          + (sum of its recurrent weights, one a spike of the step before) << recurrent_shift
    sum'  = sum between -sum_limit and sum_limit
    z_i  <- z_i + floor(sum_j leak_ij x_j / 2^leak_shift) + gain_i sum' + bias_i + s reset_i
    z_i' <- between -2^28 and 2^28 - 1;    s <- 1 where z_0 > threshold, else 0

States are int16 in a Q format of their own (x_i = u_i 2^state_bits_i) with 13 more bits that no
product sees, and that the next step carries on: a leak of much less than one unit a step is not
lost, whatever the time step. Where A, B, R and theta are those of `snn.neurons.state_space`,

    leak_ij = (A - 1)_ij 2^(f_i - f_j + 13 + leak_shift)    gain_i = B_i scale 2^(f_i + 13)
    bias_i = B_i bias 2^(f_i + 13)    reset_i = R_i 2^(f_i + 13)    threshold = theta 2^(f_0 + 13)

each rounded to the nearest, f being state_bits. Nothing but the clips loses a carry: with the
limits below no sum leaves int32. A clip that changes a value is counted as a saturation.

The read-out adds up weights, one a spike, and what it says after a number of steps is

    score_k = sum_k + floor(bias_k num_steps / 2^8)    between -2^31 and 2^31 - 1
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from snn.errors import IntegerError

WeightBits = Literal[8, 4]
CARRIED_BITS = 13
READOUT_BIAS_BITS = 8
STATE_LIMIT = 1 << 28
MAX_LEAK = (1 << 15) - 1
MAX_LEAK_SHIFT = 15
MAX_LEAK_SUM = 3
"""Of one state's leaks, as real numbers."""
MAX_DRIVE = 1 << 29
MAX_OFFSET = 1 << 28
"""Of bias and reset together."""
MAX_SUM_SHIFT = 7
MAX_STEPS = (1 << 16) - 1
MAX_EVENTS = (1 << 15) - 1
"""Events of one step, and neurons of a layer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerLayer:
    """A layer of neurons with one or two states; the limits are those of devices.

    Parameters
    ----------
    weight_bits : 8 or 4
        Of the weights in memory.
    weights : int8 [num_inputs, num_neurons]
    recurrent : int8 [num_neurons, num_neurons] or None
        Row i: what a spike of neuron i brings to each neuron, a step later.
    weights_shift, recurrent_shift : int
    leak : int16 [num_states, num_states, num_neurons]
    leak_shift : int
    gain, bias, reset : int32 [num_states, num_neurons]
    threshold, sum_limit : int
    state_bits : tuple of int
        The fraction bits of each state, which only people need to know.

    Raises
    ------
    IntegerError
        If a number is beyond what devices take; the message names it.
    """

    weight_bits: WeightBits
    weights: NDArray[np.int8]
    recurrent: NDArray[np.int8] | None
    weights_shift: int
    recurrent_shift: int
    leak: NDArray[np.int16]
    leak_shift: int
    gain: NDArray[np.int32]
    bias: NDArray[np.int32]
    reset: NDArray[np.int32]
    threshold: int
    sum_limit: int
    state_bits: tuple[int, ...]

    def __post_init__(self) -> None:
        for problem, is_wrong in self._problems().items():
            if is_wrong:
                raise IntegerError(f"a layer of {self.num_neurons} neurons {problem}")

    @property
    def num_inputs(self) -> int:
        """Return the number of inputs."""
        return len(self.weights)

    @property
    def num_neurons(self) -> int:
        """Return the number of neurons."""
        return len(self.weights.T)

    @property
    def num_states(self) -> int:
        """Return how many states a neuron has."""
        return len(self.leak)

    def _problems(self) -> dict[str, bool]:
        """Return everything that could be wrong, and whether it is."""
        largest = (1 << (self.weight_bits - 1)) - 1
        all_weights = [self.weights] if self.recurrent is None else [self.weights, self.recurrent]
        leaks = np.abs(self.leak.astype(np.int64))
        unit = 1 << (CARRIED_BITS + self.leak_shift)
        drive = np.abs(self.gain.astype(np.int64)).max(initial=0) * self.sum_limit
        offset = np.abs(self.bias.astype(np.int64)) + np.abs(self.reset.astype(np.int64))
        return {
            f"has {self.num_states} states: devices take 1 or 2": self.num_states not in (1, 2),
            f"exceeds {MAX_EVENTS} neurons": self.num_neurons > MAX_EVENTS,
            f"has weights beyond {self.weight_bits} bits": any(
                int(np.abs(one.astype(np.int64)).max(initial=0)) > largest for one in all_weights
            ),
            "has a shift out of range": not (
                0 <= self.weights_shift <= MAX_SUM_SHIFT
                and 0 <= self.recurrent_shift <= MAX_SUM_SHIFT
                and 0 <= self.leak_shift <= MAX_LEAK_SHIFT
            ),
            "leaks too much": bool(
                leaks.max(initial=0) > MAX_LEAK
                or leaks.sum(axis=1).max(initial=0) > MAX_LEAK_SUM * unit
            ),
            "can be driven too hard": self.sum_limit < 0 or int(drive) > MAX_DRIVE,
            "has a bias and a reset that are too large": int(offset.max(initial=0)) > MAX_OFFSET,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerReadout:
    """The scores of classes from spikes.

    Parameters
    ----------
    weights : int8 [num_neurons, num_classes]
    bias : int32 [num_classes]
        A step, in 2^-8 of a weight's unit.
    scale : float
        A real score is scale / num_steps times an integer one.
    """

    weights: NDArray[np.int8]
    bias: NDArray[np.int32]
    scale: float

    @property
    def num_classes(self) -> int:
        """Return the number of classes."""
        return len(self.bias)

    @property
    def max_steps(self) -> int:
        """Return the steps of the longest window whose sums are sure to fit int32."""
        return min(MAX_STEPS, ((1 << 31) - 1) // (128 * len(self.weights)))


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerNetwork:
    """Layers, the read-out, and the time step that they work at.

    Parameters
    ----------
    name : str
    layers : tuple of IntegerLayer
    readout : IntegerReadout
    dt_us : int [us]
    max_events : int
        Events that a step may have; a device reserves room for them.
    """

    name: str
    layers: tuple[IntegerLayer, ...]
    readout: IntegerReadout
    dt_us: int
    max_events: int

    def __post_init__(self) -> None:
        if not 1 <= self.max_events <= MAX_EVENTS:
            raise IntegerError(
                f"{self.max_events} events a step: a device has room for 1 to {MAX_EVENTS}"
            )

    @property
    def num_inputs(self) -> int:
        """Return the number of input channels."""
        return self.layers[0].num_inputs
