# SPDX-License-Identifier: Apache-2.0
"""A slot kept for rehearsal, in few bytes: what was received in int8, and its pilots."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels.grid import Grid
from receivers.state import State
from sim.slot import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One observed slot of one user.

    Parameters
    ----------
    y : int8 [num_rx_ant, num_symbols, num_subcarriers, 2]
        Real and imaginary part in steps of `step`; the rounding is 40 dB or more below the signal.
    step : float
    cells : uint16 [num_pilots]
        Flat index of each pilot: symbol * num_subcarriers + subcarrier.
    symbols : float16 [num_pilots, 2]
        Real and imaginary part of each pilot.
    teaches : bool [num_pilots]
        Which pilots are learning pilots.
    no : float
        Noise variance.
    """

    y: NDArray[np.int8]
    step: float
    cells: NDArray[np.uint16]
    symbols: NDArray[np.float16]
    teaches: NDArray[np.bool_]
    no: float

    @property
    def num_bytes(self) -> int:
        """Return what a device would spend on it: arrays, `teaches` as bits, and two floats."""
        packed = -(-self.teaches.size // 8)
        return self.y.nbytes + self.cells.nbytes + self.symbols.nbytes + packed + 8


def pack(observation: Observation, *, i_slot: int) -> Frame:
    """Return one slot of an observation as a frame."""
    y = torch.view_as_real(observation.y[i_slot]).numpy()
    step = max(float(np.abs(y).max()) / 127.0, 1e-12)
    mask = observation.pilot_mask[i_slot, 0]
    pilots = torch.view_as_real(observation.pilots[i_slot, 0][mask]).numpy()
    return Frame(
        y=np.rint(y / step).astype(np.int8),
        step=step,
        cells=np.flatnonzero(mask.flatten().numpy()).astype(np.uint16),
        symbols=pilots.astype(np.float16),
        teaches=observation.learning_mask[i_slot, 0][mask].numpy(),
        no=float(observation.no[i_slot]),
    )


def restored(state: State) -> Frame:
    """Return the frame whose `fields_of` these are."""
    arrays = {name: v.numpy() for name, v in state.items() if isinstance(v, Tensor)}
    return Frame(step=state["step"], no=state["no"], **arrays)


def unpack(frames: Sequence[Frame], *, grid: Grid, num_bits_per_symbol: int) -> Observation:
    """Return frames as one observation; no element of it is data."""
    y = np.stack([frame.y.astype(np.float32) * np.float32(frame.step) for frame in frames])
    shape = (len(frames), 1, grid.num_symbols, grid.num_subcarriers)
    pilots = torch.zeros(len(frames), 1, grid.num_resource_elements, dtype=torch.complex64)
    pilot_mask = torch.zeros(pilots.shape, dtype=torch.bool)
    learning_mask = torch.zeros(pilots.shape, dtype=torch.bool)
    for i, frame in enumerate(frames):
        cells = torch.from_numpy(frame.cells.astype(np.int64))
        pilots[i, 0, cells] = _complex(frame.symbols.astype(np.float32))
        pilot_mask[i, 0, cells] = True
        learning_mask[i, 0, cells] = torch.from_numpy(frame.teaches)
    return Observation(
        grid=grid,
        num_bits_per_symbol=num_bits_per_symbol,
        y=_complex(y),
        pilots=pilots.view(shape),
        pilot_mask=pilot_mask.view(shape),
        learning_mask=learning_mask.view(shape),
        data_mask=torch.zeros(shape, dtype=torch.bool),
        no=torch.tensor([frame.no for frame in frames], dtype=torch.float32),
    )


def _complex(parts: NDArray[np.float32]) -> Tensor:
    return torch.view_as_complex(torch.from_numpy(np.ascontiguousarray(parts)))
