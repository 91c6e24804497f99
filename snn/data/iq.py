# SPDX-License-Identifier: Apache-2.0
"""A task of radio's own: which modulation or disturbance it is, told from spikes of its I and Q.

    waveform -> amplifier, air, noise, oscillator, mixer, converter -> gain control -> spikes

Air and impairments are those of a scenario, as for receivers: a slot is its OFDM symbols of samples
at the Nyquist rate, its channel acts on their spectra, symbol by symbol. Recording i is slot i of
(scenario, seed), drawn from generators keyed by (seed, stream, i): the same in any batch and split.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from channels import catalog
from channels.impairments.chain import Impairments
from channels.impairments.ofdm import to_samples, to_subcarriers
from channels.randomness import generator
from channels.scenario import Scenario
from snn.data.data_set import Wanted, legal_split
from snn.data.spike_coding import delta_spikes, energy_spikes
from snn.data.waveforms import WAVEFORMS
from snn.errors import DataError, UnknownNameError
from snn.events.event_set import EventSet, Recording, gather
from snn.events.unchecked import Unchecked

SPLITS = ("train", "test")
NAME = "iq-modulation"
_BATCH = 256


class Coding(StrEnum):
    """How samples become spikes; see `snn.data.spike_coding`."""

    DELTA = "delta"
    ENERGY = "energy"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class IqTask:
    """The settings of the task.

    Parameters
    ----------
    classes : tuple of str
        Names in `WAVEFORMS`.
    snr_db : tuple of float [dB]
        Each recording draws one of them, signal over noise in the whole band; it is its group.
    num_train, num_test : int
        Recordings of each split; classes take turns.
    seed : int
        Of everything random.
    coding : Coding
    delta_steps : tuple of float
        Steps of delta coding, for I and Q of root mean square 0.7 each.
    energy_floors : tuple of float
        Floors of energy coding, for a mean energy of 1.
    energy_threshold : float
        Energy above the floor that makes one spike.
    """

    classes: tuple[str, ...] = ("bpsk", "qpsk", "16qam", "64qam", "ofdm", "tone")
    snr_db: tuple[float, ...] = (0.0, 5.0, 10.0, 15.0, 20.0)
    num_train: int = 1800
    num_test: int = 600
    seed: int = 1
    coding: Coding = Coding.BOTH
    delta_steps: tuple[float, ...] = (0.25, 0.5, 1.0)
    energy_floors: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0)
    energy_threshold: float = 4.0

    @property
    def num_channels(self) -> int:
        """Return I and Q, each ON and OFF, for every step; then one for every floor."""
        delta = 4 * len(self.delta_steps) if self.coding is not Coding.ENERGY else 0
        return delta + (len(self.energy_floors) if self.coding is not Coding.DELTA else 0)


def narrowband(*, kind: str = "awgn") -> Scenario:
    """Return a link of 1 MHz, one sample a microsecond, over one kind of channel.

    A slot is 14 symbols of 64 samples, 896 us. Fading has 50 ns of delay spread and 3 m/s.
    """
    fading = {"delay_spread_s": 50e-9, "min_speed_mps": 3.0, "max_speed_mps": 3.0}
    channel: dict[str, object] = {"kind": kind, **({} if kind == "awgn" else fading)}
    return Scenario.model_validate(
        {
            "schema": 1,
            "name": f"narrowband-{kind}",
            "title": "A narrow band of 1 MHz",
            "grid": {"num_subcarriers": 64, "subcarrier_spacing_hz": 1e6 / 64},
            "channel": channel,
            "snr": {"kind": "snr_db", "values": [10.0]},
        }
    )


def iq_modulation(path: Path, wanted: Wanted) -> Unchecked:
    """Return a split of the default task over additive noise; nothing is read from `path`."""
    del path
    split = legal_split(wanted, SPLITS, name=NAME)
    return Unchecked(events=generate(IqTask(), split=split), files=(NAME,), unique=True)


def generate(task: IqTask, *, split: str, scenario: Scenario | None = None) -> EventSet:
    """Return the recordings of one split.

    Test recordings lie behind those for training in the same stream, so that none is in both.

    Raises
    ------
    UnknownNameError
        A class is no waveform.
    DataError
        There is no such split, or the scenario's samples are not whole microseconds apart.
    """
    split = legal_split(Wanted(split=split), SPLITS, name=NAME)
    air = scenario or narrowband()
    sample_us = _sample_us(air)
    for name in task.classes:
        if name not in WAVEFORMS:
            raise UnknownNameError(kind="waveform", name=name, legal=tuple(WAVEFORMS))
    first, number = (0, task.num_train) if split == "train" else (task.num_train, task.num_test)
    recordings: list[Recording] = []
    for begin in range(first, first + number, _BATCH):
        slots = range(begin, min(begin + _BATCH, first + number))
        fired = encode(received(task, air, slots), task)
        recordings += [
            _recording(fired[:, i], sample_us=sample_us, label=slot % len(task.classes))
            for i, slot in enumerate(slots)
        ]
    duration_us = air.grid.num_resource_elements * sample_us
    return gather(
        recordings,
        name=NAME,
        sensor_shape=(task.num_channels,),
        class_names=task.classes,
        duration_us=duration_us,
        groups=tuple(f"{_snr_db(task, i):g} dB" for i in range(first, first + number)),
    )


def received(task: IqTask, scenario: Scenario, slots: range) -> NDArray[np.complex64]:
    """Return what the receiver samples: complex64 [num_slots, num_samples], of mean power 1.

    The phase is unknown: each recording is turned by one that is drawn.
    """
    grid, first = scenario.grid, slots.start
    sent = np.stack([_sent(task, scenario, slot) for slot in slots])
    shape = (len(slots), 1, grid.num_symbols, grid.num_subcarriers)
    impairments = Impairments(scenario, seed=task.seed)
    x = torch.from_numpy(to_subcarriers(sent.reshape(shape)))
    x = impairments.transmit(x, first_slot=first)
    h = catalog.build(scenario, seed=task.seed).response(first, len(slots))
    y = torch.einsum("brtsk,btsk->brsk", h[:, :1], x)
    noise = np.stack([_noise(task, slot, shape[1:]) for slot in slots])
    y = impairments.receive(y + torch.from_numpy(noise), first_slot=first)
    samples = to_samples(y.numpy()).reshape(len(slots), -1)
    power = np.mean(np.abs(samples) ** 2, axis=1, keepdims=True)
    return np.asarray(samples / np.sqrt(np.maximum(power, 1e-12)), dtype=np.complex64)


def encode(samples: NDArray[np.complex64], task: IqTask) -> NDArray[np.bool_]:
    """Return which channels fire at which sample: bool [num_samples, num_slots, num_channels].

    Channels: I ON, I OFF, Q ON, Q OFF for all steps each, then energy for all floors.
    """
    coded: list[NDArray[np.bool_]] = []
    if task.coding is not Coding.ENERGY:
        steps = np.array(task.delta_steps)
        for part in (samples.real, samples.imag):
            fired = delta_spikes(part.T.astype(np.float64), steps=steps)
            coded.append(fired.reshape(*fired.shape[:2], -1))
    if task.coding is not Coding.DELTA:
        energy = (np.abs(samples) ** 2).T.astype(np.float64)
        floors = np.array(task.energy_floors)
        coded.append(energy_spikes(energy, floors=floors, threshold=task.energy_threshold))
    return np.concatenate(coded, axis=2)


def _recording(fired: NDArray[np.bool_], *, sample_us: int, label: int) -> Recording:
    samples, channels = np.nonzero(fired)
    return Recording(
        times_us=samples.astype(np.int64) * sample_us,
        channels=channels.astype(np.int32),
        label=label,
    )


def _sent(task: IqTask, scenario: Scenario, slot: int) -> NDArray[np.complex64]:
    rng = generator(seed=task.seed, stream="iq-waveform", index=slot)
    name = task.classes[slot % len(task.classes)]
    waveform = WAVEFORMS[name](scenario.grid, rng)
    turned = waveform * np.exp(2j * np.pi * rng.uniform())
    return np.asarray(turned, dtype=np.complex64)


def _noise(task: IqTask, slot: int, shape: tuple[int, ...]) -> NDArray[np.complex64]:
    rng = generator(seed=task.seed, stream="iq-noise", index=slot)
    parts = rng.standard_normal((2, *shape))
    scale = np.sqrt(0.5 * 10.0 ** (-_snr_db(task, slot) / 10.0))
    return np.asarray(scale * (parts[0] + 1j * parts[1]), dtype=np.complex64)


def _snr_db(task: IqTask, slot: int) -> float:
    rng = generator(seed=task.seed, stream="iq-snr", index=slot)
    return task.snr_db[int(rng.integers(len(task.snr_db)))]


def _sample_us(scenario: Scenario) -> int:
    """Return the time between samples; raises DataError if it is no whole number [us]."""
    grid = scenario.grid
    exact_us = 1e6 / (grid.subcarrier_spacing_hz * grid.num_subcarriers)
    if exact_us < 0.5 or abs(exact_us - round(exact_us)) > 1e-6 or grid.cyclic_prefix_length:
        raise DataError(
            f"{scenario.name}: samples are {exact_us:.4g} us apart with a prefix of "
            f"{grid.cyclic_prefix_length}; events need whole microseconds and no prefix: choose "
            "grid.subcarrier_spacing_hz = 1e6 / grid.num_subcarriers, cyclic_prefix_length = 0"
        )
    return round(exact_us)
