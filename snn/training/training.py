# SPDX-License-Identifier: Apache-2.0
"""Training a spiking network, resumable at any moment."""

import json
import math
import os
import pickle
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from channels.randomness import generator
from snn.errors import SpikingError
from snn.events.binning import counts
from snn.events.event_set import EventSet
from snn.network import NetworkSettings, SpikingNetwork
from snn.training.distortion import distorted
from snn.training.settings import TrainingSettings

CHECKPOINT_STEPS = 20
_GRADIENT_NORM = 1.0
_RISING_SHARE = 0.3
_FASTEST_S = 0.005  # the smallest time constant at a time scale of 1
_FIRST_RATE = 1 / 25  # of the peak learning rate
_SMOOTHING = 0.98
_Group = dict[str, Any]
"""As PyTorch's optimizers take and hold them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where training stands: steps done and in all, and the smoothed loss [nat per recording]."""

    step: int
    num_steps: int
    loss: float


@dataclass(slots=True, kw_only=True)
class _State:
    """All that a checkpoint must keep."""

    network: SpikingNetwork
    optimizer: torch.optim.Adam
    step: int = 0
    loss: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Material:
    """What is learned from: counts [num_steps, num_recordings, num_channels], and labels."""

    binned: Tensor
    labels: Tensor


def train(
    events: EventSet,
    settings: TrainingSettings,
    *,
    checkpoint: Path,
    on_progress: Callable[[Progress], None],
) -> SpikingNetwork:
    """Train a network; an interrupted run goes on from its checkpoint, and ends with the same bits.

    Parameters
    ----------
    events : EventSet
        All recordings have labels.
    settings : TrainingSettings
        Kept in the checkpoint; a checkpoint of other settings or other events is refused.
    checkpoint : Path
        Written every 20 steps, atomically; removed by nobody.
    on_progress : callable
        Told about every step, and where a training goes on.

    Returns
    -------
    SpikingNetwork
        In evaluation mode.

    Raises
    ------
    SpikingError
        If the settings cannot be trained with, labels are missing, the checkpoint belongs to
        another training, or the training diverges.
    """
    _check(events, settings)
    state = _restore(events, settings, checkpoint)
    material = _Material(
        binned=torch.from_numpy(counts(events, dt_us=settings.dt_us)),
        labels=torch.from_numpy(events.labels).long(),
    )
    num_steps = settings.num_epochs * (len(events) // settings.batch_size)
    state.network.train()
    if state.step:
        on_progress(Progress(step=state.step, num_steps=num_steps, loss=state.loss))
    while state.step < num_steps:
        _advance(state, settings, material, num_steps=num_steps)
        on_progress(Progress(step=state.step, num_steps=num_steps, loss=state.loss))
        if not math.isfinite(state.loss):
            raise SpikingError(
                f"the training diverged in step {state.step}: its loss is no number any more. "
                "Lower the learning rate, or choose a time scale nearer to that of the recordings"
            )
        if state.step % CHECKPOINT_STEPS == 0 or state.step == num_steps:
            _store(state, _identity(events, settings), checkpoint)
    return state.network.eval()


def _advance(
    state: _State, settings: TrainingSettings, material: _Material, *, num_steps: int
) -> None:
    """Take one step, whose random numbers follow from seed and step alone."""
    chosen = _batch(state.step, settings, num_recordings=len(material.labels))
    rng = _generator(settings, "distortions", state.step)
    seen = distorted(
        material.binned[:, chosen].float(),
        settings.distortions,
        dt_s=settings.dt_us * 1e-6 / settings.time_scale,
        rng=rng,
    )
    rate = settings.learning_rate * _one_cycle(state.step / num_steps)
    for group in state.optimizer.param_groups:
        group["lr"] = rate * group["unit"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_generator(settings, "dropout", state.step).initial_seed())
        scores = state.network(seen)
    loss = functional.cross_entropy(
        scores, material.labels[chosen], label_smoothing=settings.label_smoothing
    )
    state.optimizer.zero_grad()
    loss.backward()
    for group in state.optimizer.param_groups:
        _in_units(group)
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), _GRADIENT_NORM)
    state.optimizer.step()
    state.network.clamp()
    state.step += 1
    state.loss = _smooth(state.loss, float(loss.detach()))


def _batch(step: int, settings: TrainingSettings, *, num_recordings: int) -> Tensor:
    """Return which recordings a step learns from: every epoch visits each once, in a new order."""
    per_epoch = num_recordings // settings.batch_size
    epoch, i_batch = divmod(step, per_epoch)
    order = torch.randperm(num_recordings, generator=_generator(settings, "order", epoch))
    return order[i_batch * settings.batch_size : (i_batch + 1) * settings.batch_size]


def _one_cycle(share: float) -> float:
    """Return the rate by its peak: up and down again in half cosines (Smith and Topin, 2018)."""
    if share < _RISING_SHARE:
        return _FIRST_RATE + (1.0 - _FIRST_RATE) * _half_cosine(1.0 - share / _RISING_SHARE)
    return _half_cosine((share - _RISING_SHARE) / (1.0 - _RISING_SHARE))


def _half_cosine(share: float) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * share))


def _smooth(old: float, new: float) -> float:
    return new if math.isnan(old) else _SMOOTHING * old + (1.0 - _SMOOTHING) * new


def _generator(settings: TrainingSettings, stream: str, index: int) -> torch.Generator:
    drawn = generator(seed=settings.seed, stream=f"spiking-{stream}", index=index)
    return torch.Generator().manual_seed(int(drawn.integers(2**63)))


def _check(events: EventSet, settings: TrainingSettings) -> None:
    if len(events) < settings.batch_size:
        raise SpikingError(
            f"{events.name}: {len(events)} recordings are fewer than a batch of "
            f"{settings.batch_size}. Lower --batch-size, or choose a larger part"
        )
    if (events.labels < 0).any():
        i_recording = int(np.argmax(events.labels < 0))
        raise SpikingError(
            f"{events.name}: recording {i_recording} has no label, and nothing can be learned from "
            "it. Leave it out"
        )
    fastest_s = _FASTEST_S * settings.time_scale
    if events.duration_us * 1e-6 < fastest_s:
        raise SpikingError(
            f"{events.name}: recordings of {events.duration_us / 1000:g} ms are shorter than the "
            f"fastest neurons take, {fastest_s * 1e3:g} ms. Lower the time scale: 0.001 suits what "
            "happens a thousand times as fast as speech"
        )


def _restore(events: EventSet, settings: TrainingSettings, checkpoint: Path) -> _State:
    made_of = NetworkSettings(
        num_inputs=events.num_channels,
        num_classes=len(events.class_names),
        hidden=settings.hidden,
        neuron=settings.neuron,
        is_recurrent=settings.is_recurrent,
        dropout=settings.dropout,
        time_scale=settings.time_scale,
    )
    rng = _generator(settings, "weights", 0)
    network = SpikingNetwork(made_of, dt_us=settings.dt_us, rng=rng)
    optimizer = torch.optim.Adam(_groups(network, time_scale=settings.time_scale))
    state = _State(network=network, optimizer=optimizer)
    if not checkpoint.exists():
        return state
    try:
        kept = torch.load(checkpoint, weights_only=True)
        is_ours = kept["identity"] == _identity(events, settings)
    except (KeyError, RuntimeError, TypeError, EOFError, pickle.UnpicklingError):
        raise SpikingError(f"{checkpoint} is no checkpoint, or damaged. Remove it") from None
    if not is_ours:
        raise SpikingError(
            f"{checkpoint} belongs to a training with other settings or recordings. Remove it, or "
            "name another --out"
        )
    network.load_state_dict(kept["network"])
    state.optimizer.load_state_dict(kept["optimizer"])
    return replace(state, step=kept["step"], loss=kept["loss"])


def _groups(network: SpikingNetwork, *, time_scale: float) -> list[_Group]:
    """Return the parameters by the unit they are learned in: time constants in time scales.

    A step is then as large, in this unit, whatever the time scale.
    """
    times = [p for layer in network.spiking_layers() for p in layer.neurons.time_constants]
    known = {id(parameter) for parameter in times}
    others = [p for p in network.parameters() if id(p) not in known]
    return [{"params": others, "unit": 1.0}, {"params": times, "unit": time_scale}]


def _in_units(group: _Group) -> None:
    """Turn gradients into those by parameters in their unit."""
    for parameter in group["params"]:
        if parameter.grad is not None:
            parameter.grad.mul_(group["unit"])


def _store(state: _State, identity: str, checkpoint: Path) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    partial = checkpoint.with_suffix(f".{os.getpid()}.tmp")
    kept = {
        "identity": identity,
        "network": state.network.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "step": state.step,
        "loss": state.loss,
    }
    torch.save(kept, partial)
    partial.replace(checkpoint)


def _identity(events: EventSet, settings: TrainingSettings) -> str:
    """Return what a checkpoint must agree with: the settings, and a hash of the recordings."""
    return json.dumps([asdict(settings), events.digest()])
