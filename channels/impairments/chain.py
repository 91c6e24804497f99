# SPDX-License-Identifier: Apache-2.0
"""The impairments of a scenario in the order of the hardware, transmitter and receiver."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels.drift import drifts, values_at
from channels.impairments.amplifier import amplify
from channels.impairments.converter import convert
from channels.impairments.iq_imbalance import add_iq_imbalance
from channels.impairments.oscillator import offset_turns, rotate, wiener_turns
from channels.scenario import Scenario
from channels.scenario_tables import ImpairmentTable
from channels.timeline import RunningSum

SHAPES = frozenset({"pa_smoothness", "adc_clipping_db"})  # of an impairment that others switch on


class Impairments:
    """The hardware of a link: modulator and amplifier; oscillator, mixer and converter.

    Values may drift from slot to slot. What is off costs nothing: with no impairment at all, both
    methods return their argument. Slots may be asked for in any order and batch. What breaks pilots
    alone is not in here but in `sim.broken_pilots`, which knows where pilots stand.
    """

    def __init__(self, scenario: Scenario, *, seed: int) -> None:
        self._scenario = scenario
        self._seed = seed
        self._active = active(scenario)
        self._cfo = RunningSum(scenario, "impairments.cfo_hz")

    def transmit(self, x: Tensor, first_slot: int) -> Tensor:
        """Return what leaves the antennas.

        Parameters
        ----------
        x : complex64 [num_slots, num_tx, num_symbols, num_subcarriers]
            Resource elements of mean energy 1.
        first_slot : int
            Slot of x[0].
        """
        slots = np.arange(first_slot, first_slot + x.shape[0])
        sent = original = x.numpy()
        if self._is_on("tx_iq_gain_db", "tx_iq_phase_rad"):
            gain_db, phase_rad = self._values("tx_iq_gain_db", "tx_iq_phase_rad", slots=slots)
            sent = add_iq_imbalance(sent, gain_db=gain_db, phase_rad=phase_rad)
        if self._is_on("pa_backoff_db"):
            backoff_db, smoothness = self._values("pa_backoff_db", "pa_smoothness", slots=slots)
            sent = amplify(sent, backoff_db=backoff_db, smoothness=smoothness)
        return x if sent is original else torch.from_numpy(sent)

    def receive(self, y: Tensor, first_slot: int) -> Tensor:
        """Return what the receiver's transform sees.

        Parameters
        ----------
        y : complex64 [num_slots, num_rx_ant, num_symbols, num_subcarriers]
            Resource elements at the antennas, noise included.
        first_slot : int
            Slot of y[0].
        """
        slots = np.arange(first_slot, first_slot + y.shape[0])
        seen = original = y.numpy()
        if self._is_on("cfo_hz", "phase_noise_linewidth_hz"):
            seen = rotate(seen, turns=self._turns(slots))
        if self._is_on("iq_gain_db", "iq_phase_rad"):
            gain_db, phase_rad = self._values("iq_gain_db", "iq_phase_rad", slots=slots)
            seen = add_iq_imbalance(seen, gain_db=gain_db, phase_rad=phase_rad)
        if self._is_on("adc_bits"):
            bits, clipping_db = self._values("adc_bits", "adc_clipping_db", slots=slots)
            seen = convert(seen, bits=np.rint(bits).astype(np.int64), clipping_db=clipping_db)
        return y if seen is original else torch.from_numpy(seen)

    def _turns(self, slots: NDArray[np.int64]) -> NDArray[np.float64]:
        grid = self._scenario.grid
        turns = offset_turns(
            grid, cfo_hz=self._cfo.values(slots), before_hz=self._cfo.before(slots)
        )
        if not self._is_on("phase_noise_linewidth_hz"):
            return turns
        (linewidth_hz,) = self._values("phase_noise_linewidth_hz", slots=slots)
        return turns + wiener_turns(
            grid, linewidth_hz=linewidth_hz, first_slot=int(slots[0]), seed=self._seed
        )

    def _is_on(self, *keys: str) -> bool:
        return any(key in self._active for key in keys)

    def _values(self, *keys: str, slots: NDArray[np.int64]) -> tuple[NDArray[np.float64], ...]:
        return tuple(values_at(self._scenario, f"impairments.{key}", slots) for key in keys)


def active(scenario: Scenario) -> tuple[str, ...]:
    """Return the keys of the impairments that are on: declared other than the default, or drifting.

    Empty for perfect radios.
    """
    declared, fields = scenario.impairments, ImpairmentTable.model_fields
    return tuple(
        key
        for key in fields
        if key not in SHAPES
        and (
            getattr(declared, key) != fields[key].default or drifts(scenario, f"impairments.{key}")
        )
    )
