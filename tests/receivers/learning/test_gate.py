# SPDX-License-Identifier: Apache-2.0
"""Drift gates: quiet while nothing changes, and awake soon after something has."""

import numpy as np
import pytest

from receivers.learning.gate import GATES, Ddm, Gate, LikelihoodRatio, Open
from receivers.learning.settings import GateKind


def _first_alarm(gate: Gate, losses: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> int | None:
    return next((i for i, loss in enumerate(losses) if gate.drifted(float(loss))), None)


@pytest.mark.parametrize(
    ("kind", "shape"), [("glr", 1.0), ("glr", 4.0), ("page-hinkley", 4.0), ("ddm", 4.0)]
)
def test_a_gate_seldom_gives_a_false_alarm(kind: GateKind, shape: float) -> None:
    """100,000 slots without a drift, 30 times; losses of few fades are far from normal."""
    rng = np.random.default_rng(5)

    alarms = [_first_alarm(GATES[kind](), rng.gamma(shape, 0.01, 6250)) for _ in range(30)]

    assert sum(alarm is not None for alarm in alarms) <= 1


@pytest.mark.parametrize("kind", ["glr", "page-hinkley"])
@pytest.mark.parametrize(("rise", "within"), [(1.0, 90), (2.0, 30), (5.0, 8)])
def test_a_rise_is_found_soon(kind: GateKind, rise: float, within: int) -> None:
    rng = np.random.default_rng(5)
    delays: list[int] = []
    for _ in range(40):
        losses = rng.normal(1.0, 0.2, 400)
        losses[200:] += rise * 0.2
        alarm = _first_alarm(GATES[kind](), losses)
        assert alarm is not None
        assert alarm >= 200
        delays.append(alarm - 200)

    assert np.mean(delays) < within


@pytest.mark.parametrize("kind", ["glr", "page-hinkley"])
def test_one_outlier_is_no_drift(kind: GateKind) -> None:
    losses = np.random.default_rng(5).normal(1.0, 0.2, 400)
    losses[100] = 1e6

    assert _first_alarm(GATES[kind](), losses) is None


def test_a_rise_too_small_for_an_allowance_is_found_by_the_likelihood_ratio() -> None:
    """The mean creeps up by 0.8 deviations within 2,000 mini-batches."""
    rng = np.random.default_rng(5)
    rise = np.clip(np.arange(4000) / 2000, 0.0, 1.0) * 0.8 * 0.2

    alarms = [_first_alarm(LikelihoodRatio(), rng.normal(1.0, 0.2, 4000) + rise) for _ in range(10)]

    assert all(alarm is not None and 500 < alarm < 2000 for alarm in alarms)


def test_what_is_remembered_is_bounded_and_a_late_rise_is_found_all_the_same() -> None:
    gate = LikelihoodRatio(capacity=64)
    rng = np.random.default_rng(5)

    assert _first_alarm(gate, rng.normal(1.0, 0.2, 5000)) is None
    kept = gate.state()

    assert len(kept["_nums"]) == len(kept["_sums"]) <= 64
    alarm = _first_alarm(gate, rng.normal(1.4, 0.2, 400))
    assert alarm is not None
    assert alarm < 40


def test_a_likelihood_ratio_goes_on_where_another_was() -> None:
    losses = np.random.default_rng(5).normal(1.0, 0.2, 600) + np.where(np.arange(600) > 400, 0.3, 0)
    whole = _first_alarm(LikelihoodRatio(), losses)
    first, second = LikelihoodRatio(), LikelihoodRatio()
    assert _first_alarm(first, losses[:300]) is None
    second.restore(first.state())

    assert whole is not None
    assert _first_alarm(second, losses[300:]) == whole - 300


def test_ddm_finds_a_rise() -> None:
    losses = np.random.default_rng(5).normal(1.0, 0.2, 600)
    losses[300:] += 0.4

    alarm = _first_alarm(Ddm(), losses)

    assert alarm is not None
    assert 300 <= alarm < 450


@pytest.mark.parametrize("kind", ["glr", "page-hinkley", "ddm"])
def test_after_a_restart_the_new_level_is_normal(kind: GateKind) -> None:
    rng = np.random.default_rng(5)
    gate = GATES[kind]()
    assert _first_alarm(gate, np.concatenate([rng.normal(1, 0.2, 100), rng.normal(3, 0.2, 50)]))

    gate.restart()

    assert _first_alarm(gate, rng.normal(3.0, 0.2, 200)) is None


def test_an_open_gate_is_always_open() -> None:
    gate = Open()
    gate.restart()
    assert gate.drifted(0.0)
