# SPDX-License-Identifier: Apache-2.0
"""Training a network on fresh slots, resumable at any moment.

The loss is the cross-entropy against the genie's bit probabilities instead of the bits themselves.
Since E[P(b | y, h) | y, pilots] = P(b | y, pilots), the minimiser is the same posterior, and the
gradient carries less noise. The genie knows the channel only, so its probabilities are those of the
bits only where the radios are perfect.

The last steps round activations as int8 would, and so teach the network to keep its ranges narrow.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from channels.impairments.chain import active
from channels.randomness import generator
from channels.scenario import Scenario
from receivers import checkpoints
from receivers.errors import ReceiverError
from receivers.learning.masking import masked
from receivers.neural.network import Network, count_parameters, macs_per_element
from receivers.neural.planes import data_llrs, num_planes, planes
from receivers.neural.settings import TrainingSettings
from receivers.neural.sizes import SIZES
from receivers.neural.weights import Weights
from receivers.perfect_csi import PerfectCsi
from sim.link import Link
from sim.slot import Observation, Slot

WARMUP_STEPS = 40
ROUNDED_RATE = 0.1  # of the peak learning rate
CHECKPOINT_STEPS = 50
_SMOOTHING = 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where training stands.

    Parameters
    ----------
    step : int
        Steps done.
    num_steps : int
        Steps in all.
    loss : float
        Smoothed cross-entropy [nat per bit].
    excess : float
        What of it the genie does not pay.
    """

    step: int
    num_steps: int
    loss: float
    excess: float


@dataclass(slots=True, kw_only=True)
class _State:
    """All that a checkpoint must keep."""

    network: Network
    optimizer: torch.optim.AdamW
    step: int = 0
    loss: float = math.nan
    excess: float = math.nan


def train(
    settings: TrainingSettings,
    scenarios: tuple[Scenario, ...],
    *,
    checkpoint: Path,
    on_progress: Callable[[Progress], None],
) -> Weights:
    """Train a network; an interrupted run goes on from its checkpoint.

    Parameters
    ----------
    settings : TrainingSettings
        Kept in the checkpoint; a checkpoint of other settings is refused.
    scenarios : tuple of Scenario
        The loaded `settings.scenarios`, all with the same antennas and modulation.
    checkpoint : Path
        Written every 50 steps, atomically; removed by nobody.
    on_progress : callable
        Told about every step.

    Returns
    -------
    Weights
        In evaluation mode, with the record of the training.

    Raises
    ------
    ReceiverError
        If the scenarios do not fit together, a scenario has impairments, or the checkpoint belongs
        to other settings.
    """
    _check(scenarios)
    state = _restore(settings, scenarios[0], checkpoint)
    links = [Link(scenario, seed=settings.seed) for scenario in scenarios]
    state.network.train()
    try:
        while state.step < settings.num_steps_in_all:
            _advance(state, settings, links)
            on_progress(_progress(state, settings))
            if state.step % CHECKPOINT_STEPS == 0:
                _store(state, settings, checkpoint)
    finally:
        _store(state, settings, checkpoint)
    return _finish(state, settings, scenarios[0])


def _advance(state: _State, settings: TrainingSettings, links: list[Link]) -> None:
    state.network.round_activations(on=state.step >= settings.num_steps)
    for group in state.optimizer.param_groups:
        group["lr"] = _learning_rate(settings, state.step)
    slot = _draw(settings, links[state.step % len(links)], state.step)
    loss, excess = _losses(state.network, slot, seen=_hiding(settings, slot, state.step))
    state.optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    state.optimizer.step()
    state.step += 1
    state.loss = _smooth(state.loss, float(loss.detach()))
    state.excess = _smooth(state.excess, excess)


def _draw(settings: TrainingSettings, link: Link, step: int) -> Slot:
    num_slots = max(1, settings.batch_size * 64 // link.grid.num_subcarriers)
    rng = generator(seed=settings.seed, stream="training-snr", index=step)
    snr_db = rng.uniform(settings.min_snr_db, settings.max_snr_db, num_slots)
    return link.slots(step * num_slots, num_slots, snr_db=snr_db)


def _hiding(settings: TrainingSettings, slot: Slot, step: int) -> Observation:
    """Return what the network is shown: a random share of the learning pilots is hidden."""
    if not settings.max_hidden_share:
        return slot.observation
    rng = generator(seed=settings.seed, stream="training-masks", index=step)
    share = rng.uniform(0.0, settings.max_hidden_share)
    return masked(slot.observation, share=share, rng=rng).observation


def _losses(network: Network, slot: Slot, *, seen: Observation) -> tuple[Tensor, float]:
    """Return the cross-entropy of the network and what of it is above the genie's own."""
    genie = PerfectCsi().detect_with_truth(slot.observation, slot.truth)
    target = torch.sigmoid(genie)
    shown = planes(seen).contiguous(memory_format=torch.channels_last)
    llr = data_llrs(network(shown), slot.observation)
    loss = F.binary_cross_entropy_with_logits(llr, target)
    bound = F.binary_cross_entropy_with_logits(genie, target)
    return loss, float(loss.detach() - bound)


def _learning_rate(settings: TrainingSettings, step: int) -> float:
    """Return a half cosine behind a short warm-up, and a tenth of one for the rounded steps."""
    if step >= settings.num_steps:
        share = (step - settings.num_steps) / settings.num_rounded_steps
        return ROUNDED_RATE * settings.learning_rate * _half_cosine(share)
    warmup = min(1.0, (step + 1) / WARMUP_STEPS)
    return settings.learning_rate * warmup * _half_cosine(step / settings.num_steps)


def _half_cosine(share: float) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * share))


def _smooth(old: float, new: float) -> float:
    return new if math.isnan(old) else _SMOOTHING * old + (1.0 - _SMOOTHING) * new


def _progress(state: _State, settings: TrainingSettings) -> Progress:
    return Progress(
        step=state.step,
        num_steps=settings.num_steps_in_all,
        loss=state.loss,
        excess=state.excess,
    )


def _check(scenarios: tuple[Scenario, ...]) -> None:
    kinds = {
        (s.antennas.num_rx_ant, s.antennas.num_tx, s.link.num_bits_per_symbol) for s in scenarios
    }
    if len(kinds) != 1 or next(iter(kinds))[1] != 1:
        names = ", ".join(s.name for s in scenarios)
        raise ReceiverError(
            f"scenarios {names}: one network needs one user and the same antennas and modulation "
            "in all of them. Train them apart"
        )
    for scenario in scenarios:
        impairments = active(scenario)
        if impairments:
            raise ReceiverError(
                f"scenario {scenario.name} has impairments ({', '.join(impairments)}), and the "
                "genie that teaches does not know them. Train on the same air without them"
            )


def _restore(settings: TrainingSettings, scenario: Scenario, checkpoint: Path) -> _State:
    torch.manual_seed(settings.seed)
    network = Network(
        SIZES[settings.size],
        num_planes=num_planes(scenario.antennas.num_rx_ant),
        num_bits_per_symbol=scenario.link.num_bits_per_symbol,
    )
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=1e-4, betas=(0.9, 0.98)
    )
    state = _State(network=network, optimizer=optimizer)
    kept = checkpoints.load(checkpoint, settings=_plain(settings))
    if kept is None:
        return state
    network.load_state_dict(kept["network"])
    optimizer.load_state_dict(kept["optimizer"])
    return replace(state, step=kept["step"], loss=kept["loss"], excess=kept["excess"])


def _store(state: _State, settings: TrainingSettings, checkpoint: Path) -> None:
    kept = {
        "network": state.network.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "step": state.step,
        "loss": state.loss,
        "excess": state.excess,
    }
    checkpoints.store(checkpoint, kept, settings=_plain(settings))


def _plain(settings: TrainingSettings) -> dict[str, object]:
    return {**asdict(settings), "scenarios": list(settings.scenarios)}


def _finish(state: _State, settings: TrainingSettings, scenario: Scenario) -> Weights:
    state.network.round_activations(on=False)
    record = {
        **_plain(settings),
        "loss_nat_per_bit": round(state.loss, 5),
        "excess_nat_per_bit": round(state.excess, 5),
        "num_parameters": count_parameters(state.network),
        "macs_per_element": macs_per_element(state.network),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
    return Weights(
        size=settings.size,
        num_rx_ant=scenario.antennas.num_rx_ant,
        num_bits_per_symbol=scenario.link.num_bits_per_symbol,
        network=state.network.eval(),
        record=record,
    )
