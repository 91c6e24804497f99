# SPDX-License-Identifier: Apache-2.0
"""A channel that plays back a recording, slot by slot."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from channels import recording
from channels.channel import Channel
from channels.errors import RecordingError
from channels.rays import unit_energy
from channels.scenario import Scenario


class RecordedChannel:
    """Slot n of the air is slot n of the recording; nothing is interpolated.

    Behind the last slot the recording begins anew when the scenario says `loop = true`; otherwise
    there is no such slot. Drift of delays or speed does not act on what was recorded.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._file = Path(scenario.channel.recording or "")
        sidecar, self._h = recording.load(self._file)
        self._loop = scenario.channel.loop
        self._power_control = scenario.channel.power_control
        self._check_fit(scenario, sidecar)

    def response(self, first_slot: int, num_slots: int) -> Tensor:
        """Return complex64 [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers].

        Raises
        ------
        RecordingError
            The recording has no such slot, and does not loop.
        ValueError
            first_slot is negative: time begins at slot 0.
        """
        if first_slot < 0:
            raise ValueError(f"there is no slot {first_slot}; the first is slot 0")
        recorded, last = self._h.shape[0], first_slot + num_slots - 1
        if last >= recorded and not self._loop:
            problem = f"slot {last} is not there, it has {recorded}; set channel.loop = true"
            raise RecordingError(file=str(self._file), problem=problem)
        h = torch.from_numpy(self._h[np.arange(first_slot, last + 1) % recorded])
        if not self._power_control:
            return h
        return torch.stack([unit_energy(user.contiguous()) for user in h.unbind(2)], dim=2)

    def _check_fit(self, scenario: Scenario, sidecar: recording.Sidecar) -> None:
        wanted = {**scenario.numerology.model_dump(), **scenario.antennas.model_dump()}
        found = {
            **sidecar.grid.model_dump(),
            "num_rx_ant": sidecar.num_rx_ant,
            "num_tx": sidecar.num_tx,
        }
        for key, value in wanted.items():
            if found[key] != value:
                problem = f"was recorded with {key} = {found[key]}; scenario has {value}"
                raise RecordingError(file=str(self._file), problem=problem)


def build(scenario: Scenario, *, seed: int) -> Channel:
    """Build the channel that plays channel.recording; a recording knows no seed."""
    return RecordedChannel(scenario)
