# SPDX-License-Identifier: Apache-2.0
"""Training a detector beforehand on fresh elements of many channels, resumable at any moment.

A network may learn in phases (`DeepNetwork.phases`); each has steps, a warm-up and a cosine of its
own. In the first half of the first phase the cross-entropy of all iterations counts, from then on
that of the last one alone.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from receivers import checkpoints
from receivers.mimo.deep.kinds import build
from receivers.mimo.deep.network import DeepNetwork
from receivers.mimo.deep.training import MAX_GRADIENT_NORM, Progress, loss_of
from receivers.mimo.deep.weights import Weights
from sim.mimo.mixture import MixtureSettings, draw

WARMUP_SHARE = 0.05
CHECKPOINT_STEPS = 200
_SMOOTHING = 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforehandSettings:
    """How a detector is trained.

    Parameters
    ----------
    kind : str
        One of `receivers.mimo.deep.weights_file.KINDS`.
    mixture : MixtureSettings
        What it is trained on.
    num_steps : int
        Of each phase.
    learning_rate : float
        Peak rate of Adam.
    seed : int
        Of first weights and of all elements.
    """

    kind: str
    mixture: MixtureSettings
    num_steps: int = 4000
    learning_rate: float = 5e-3
    seed: int = 1


@dataclass(slots=True, kw_only=True)
class _State:
    """All that a checkpoint must keep."""

    network: DeepNetwork
    optimizer: torch.optim.Adam
    step: int = 0
    loss: float = math.nan


def train_beforehand(
    settings: BeforehandSettings,
    *,
    checkpoint: Path,
    on_progress: Callable[[Progress], None],
    network: DeepNetwork | None = None,
) -> Weights:
    """Train a detector; an interrupted run goes on from its checkpoint.

    Parameters
    ----------
    settings : BeforehandSettings
        Kept in the checkpoint; a checkpoint of other settings is refused.
    checkpoint : Path
        Written every 200 steps, atomically; removed by nobody.
    on_progress : callable
        Told about every step.
    network : DeepNetwork or None
        With its first weights; None for the usual one of its kind.

    Returns
    -------
    Weights
        In evaluation mode, with the record of the training.

    Raises
    ------
    ReceiverError
        The checkpoint belongs to other settings, or is damaged.
    """
    usual = build(settings.kind, settings.mixture.modulation, seed=settings.seed)
    state = _restore(settings, checkpoint, network or usual)
    num_steps = settings.num_steps * len(state.network.phases())
    state.network.train()
    try:
        while state.step < num_steps:
            _advance(state, settings)
            on_progress(Progress(step=state.step, num_steps=num_steps, loss=state.loss))
            if state.step % CHECKPOINT_STEPS == 0:
                _store(state, settings, checkpoint)
    finally:
        _store(state, settings, checkpoint)
    return _finish(state, settings)


def _advance(state: _State, settings: BeforehandSettings) -> None:
    phase, step = divmod(state.step, settings.num_steps)
    if phase and not step:
        state.optimizer = _optimizer(state.network, phase)
    for group in state.optimizer.param_groups:
        group["lr"] = settings.learning_rate * _rate(step / settings.num_steps)
    block = draw(settings.mixture, seed=settings.seed, batch=state.step)
    loss = loss_of(state.network, block, last_alone=2 * state.step >= settings.num_steps)
    state.optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(state.network.phases()[phase], MAX_GRADIENT_NORM)
    state.optimizer.step()
    state.step += 1
    new = loss.item()
    old = new if math.isnan(state.loss) else state.loss
    state.loss = _SMOOTHING * old + (1.0 - _SMOOTHING) * new


def _rate(share: float) -> float:
    """Return what of the peak rate holds when this share of a phase is done."""
    return min(1.0, share / WARMUP_SHARE + 0.01) * 0.5 * (1.0 + math.cos(math.pi * share))


def _optimizer(network: DeepNetwork, phase: int) -> torch.optim.Adam:
    return torch.optim.Adam(network.phases()[phase])


def _restore(settings: BeforehandSettings, checkpoint: Path, network: DeepNetwork) -> _State:
    kept = checkpoints.load(checkpoint, settings=_plain(settings))
    if kept is None:
        return _State(network=network, optimizer=_optimizer(network, 0))
    step = int(kept["step"])
    phase = max(step - 1, 0) // settings.num_steps
    network.load_state_dict(kept["network"])
    optimizer = _optimizer(network, phase)
    optimizer.load_state_dict(kept["optimizer"])
    return _State(network=network, optimizer=optimizer, step=step, loss=kept["loss"])


def _store(state: _State, settings: BeforehandSettings, checkpoint: Path) -> None:
    kept = {
        "network": state.network.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "step": state.step,
        "loss": state.loss,
    }
    checkpoints.store(checkpoint, kept, settings=_plain(settings))


def _plain(settings: BeforehandSettings) -> dict[str, object]:
    mixture = {
        **asdict(settings.mixture),
        "modulation": str(settings.mixture.modulation),
        "scenarios": [one.model_dump(mode="json") for one in settings.mixture.scenarios],
    }
    return {**asdict(settings), "mixture": mixture}


def _finish(state: _State, settings: BeforehandSettings) -> Weights:
    record = {
        **_plain(settings),
        "loss_nat_per_symbol": round(state.loss, 5),
        "num_parameters": state.network.num_parameters,
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
    return Weights(
        kind=settings.kind,
        modulation=settings.mixture.modulation,
        network=state.network.eval(),
        record=record,
    )
