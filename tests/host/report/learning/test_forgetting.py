# SPDX-License-Identifier: Apache-2.0
"""Forgetting, against tries whose rates are known, and intervals worked out by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from matplotlib.figure import Figure

from host.record import Probed, Record
from host.report.learning.contest import contests
from host.report.learning.forgetting import Memory, memories
from host.report.learning.forgetting_figure import colour_span, forgetting_map
from host.report.learning.forgetting_picture import save_forgetting
from host.report.learning.forgetting_table import forgetting_table
from tests.host.report.learning.learned import PLAYERS, Air, exact, probed, with_learning

AIR = Air(num_blocks=8)
TRIES = ((20, 4000), (10, 2000), (100, 40), (1000, 80))


def probed_trials(*tries: Probed, seeds: int = 1) -> list[Record]:
    (made,) = exact(AIR, PLAYERS[4:5])
    return [
        with_learning(
            made.model_copy(update={"cell": made.cell.model_copy(update={"seed": seed})}),
            probes=tries,
        )
        for seed in range(1, seeds + 1)
    ]


def memory(*records: Record) -> Memory:
    (contest,) = contests(records, scenario="street")
    (found,) = memories(contest)
    return found


def tries(*errors: tuple[int, ...]) -> list[Probed]:
    return [probed(800 * i, counts) for i, counts in enumerate(errors)]


def test_forgetting_is_the_distance_from_the_best_earlier_try() -> None:
    """Channel 0: 10 at best, 1000 at the end, 2 decades; channel 1: 40 and 80, 0.30 decades."""
    found = memory(*probed_trials(*tries(*TRIES)))

    first, second = found.channels
    assert (first.i_best, second.i_best) == (1, 2)
    assert first.forgotten_decades == pytest.approx(2.0)
    assert second.forgotten_decades == pytest.approx(np.log10(2.0))
    assert found.forgotten_decades == pytest.approx((2.0 + np.log10(2.0)) / 2)


def test_weights_that_are_better_than_ever_have_forgotten_less_than_nothing() -> None:
    found = memory(*probed_trials(*tries((100, 100), (10, 100))))

    assert found.channels[0].forgotten_decades == pytest.approx(-1.0)


def test_a_try_without_an_error_is_half_an_error() -> None:
    found = memory(*probed_trials(*tries((0, 5), (50, 5))))

    assert found.channels[0].forgotten_decades == pytest.approx(2.0)
    assert found.channels[0].rates[0] == pytest.approx(0.5 / 196_608)


def test_seeds_are_added_up_try_by_try() -> None:
    found = memory(*probed_trials(*tries(*TRIES), seeds=3))

    assert found.channels[0].errors.tolist() == [60, 30, 300, 3000]
    assert found.channels[0].num_bits == 3 * 196_608


def test_the_change_has_the_interval_of_the_same_slots() -> None:
    """Eight parts, each with ten times the errors of the first try: the ratio is 10 in all."""
    parts = (10, 20, 30, 40, 10, 20, 30, 40)
    first, last = (
        Probed(
            slot=slot,
            num_bits=(8000, 8000),
            bit_errors=(200 * factor, 1),
            part_errors=(tuple(factor * n for n in parts), None),
        )
        for slot, factor in ((0, 1), (800, 10))
    )

    change = memory(*probed_trials(first, last)).channels[0].change

    assert (change.value, change.low, change.high) == pytest.approx((10.0, 10.0, 10.0))


def test_tries_without_parts_have_no_interval() -> None:
    bare = [one.model_copy(update={"part_errors": None}) for one in tries(*TRIES)]

    (channel, _) = memory(*probed_trials(*bare)).channels

    assert channel.change.value == pytest.approx(50.0)
    assert channel.change.low is None
    assert channel.rate(0).low is None


def test_a_scenario_of_long_drops_has_none_and_the_other_has() -> None:
    half = [
        one.model_copy(update={"part_errors": (one.part_errors[0], None)})
        for one in tries(*TRIES)
        if one.part_errors is not None
    ]

    first, second = memory(*probed_trials(*half)).channels

    assert first.change.low is not None
    assert second.change.low is None


def test_the_table_has_a_row_a_channel_and_the_mean() -> None:
    found = contests(probed_trials(*tries(*TRIES)), scenario="street")

    table = forgetting_table(found)

    assert [row[1] for row in table.rows] == ["delay-45", "delay-405", "F, the mean"]
    assert [row[-1] for row in table.rows] == ["2.00", "0.30", "1.15"]
    assert table.rows[0][3] == "5.1e-05, 800"
    assert "Chaudhry" in table.note
    assert forgetting_table(contests(exact(AIR, PLAYERS[:4]), scenario="street")).rows == ()


def test_the_map_has_a_row_a_channel_and_a_column_a_try() -> None:
    found = memory(*probed_trials(*tries(*TRIES)))

    figure: Any = go.Figure(
        json.loads(json.dumps(forgetting_map(found, span=colour_span([found]))))
    )

    (heat,) = figure.data
    assert heat.y == ("delay-45", "delay-405")
    assert heat.x == ("0", "800", "1\u202f600", "2\u202f400")
    assert heat.z[1][2] == pytest.approx(np.log10(40 / 196_608), abs=1e-3)
    assert (heat.zmin, heat.zmax) == pytest.approx(
        np.log10([10 / 196_608, 4000 / 196_608]), abs=1e-3
    )
    assert heat.texttemplate is not None
    assert heat.colorbar.title.text == "log10 BER"


def test_many_tries_are_not_written_into_their_cells() -> None:
    found = memory(*probed_trials(*tries(*([(10, 20)] * 13))))

    figure: Any = go.Figure(
        json.loads(json.dumps(forgetting_map(found, span=colour_span([found]))))
    )

    assert figure.data[0].texttemplate is None


def test_the_picture_has_a_panel_a_learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: saved.append(figure))
    found = memory(*probed_trials(*tries(*TRIES)))

    save_forgetting(tmp_path / "forgetting.png", [found, found], title="street")

    *panels, bar = saved[0].axes
    assert [panel.get_title(loc="left") for panel in panels] == [
        "adaptive: F = 1.15 decades forgotten"
    ] * 2
    assert len(panels[0].texts) == 8
    assert bar.get_ylabel() == "log10 BER"
