# SPDX-License-Identifier: Apache-2.0
"""Drift gates: quiet while nothing changes, and awake soon after something has."""

import numpy as np
import pytest

from receivers.learning.gate import GATES, Ddm, Gate, Open, PageHinkley
from receivers.learning.settings import GateKind


def _first_alarm(gate: Gate, losses: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> int | None:
    return next((i for i, loss in enumerate(losses) if gate.drifted(float(loss))), None)


def test_page_hinkley_seldom_gives_a_false_alarm() -> None:
    rng = np.random.default_rng(5)

    alarms = [_first_alarm(PageHinkley(), rng.gamma(4.0, 0.01, 6250)) for _ in range(60)]

    assert sum(alarm is not None for alarm in alarms) <= 3


@pytest.mark.parametrize(("rise", "within"), [(1.0, 90), (2.0, 30), (5.0, 8)])
def test_page_hinkley_finds_a_rise_soon(rise: float, within: int) -> None:
    rng = np.random.default_rng(5)
    delays: list[int] = []
    for _ in range(40):
        losses = rng.normal(1.0, 0.2, 400)
        losses[200:] += rise * 0.2
        alarm = _first_alarm(PageHinkley(), losses)
        assert alarm is not None
        assert alarm >= 200
        delays.append(alarm - 200)

    assert np.mean(delays) < within


def test_one_outlier_is_no_drift() -> None:
    losses = np.random.default_rng(5).normal(1.0, 0.2, 400)
    losses[100] = 1e6

    assert _first_alarm(PageHinkley(), losses) is None


def test_ddm_finds_a_rise() -> None:
    losses = np.random.default_rng(5).normal(1.0, 0.2, 600)
    losses[300:] += 0.4

    alarm = _first_alarm(Ddm(), losses)

    assert alarm is not None
    assert 300 <= alarm < 450


@pytest.mark.parametrize("kind", ["page-hinkley", "ddm"])
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
