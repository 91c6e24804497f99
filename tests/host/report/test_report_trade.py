# SPDX-License-Identifier: Apache-2.0
"""The gap against work: what is not known of a gap is neither drawn nor told as if it were."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from matplotlib.figure import Figure

from host.report import figures, pictures
from host.report.trade import Offer


def traded() -> list[Offer]:
    """Make offers whose intervals are known on both sides, on one, and on none."""
    ends = {"both": (0.5, 1.0), "low": (0.25, None), "high": (None, 0.75), "none": (None, None)}
    return [
        Offer(
            receiver=name,
            device="host",
            macs_per_slot=(i + 1) * 1_000_000,
            gap_db=0.625,
            low_db=low_db,
            high_db=high_db,
        )
        for i, (name, (low_db, high_db)) in enumerate(ends.items())
    ]


BARS = {(1.0, 0.5), (1.0, 1.0), (2.0, 0.25), (3.0, 0.75)}
"""Work in millions and end of each bar in dB of those offers."""


def test_an_unknown_end_of_a_gap_has_no_bar_on_the_page() -> None:
    figure = go.Figure(json.loads(json.dumps(figures.trade(traded()))))

    traces: Any = figure.data
    bars, line = traces
    assert set(zip(bars.x[1::3], bars.y[1::3], strict=True)) == BARS
    assert set(bars.y[0::3]) == {0.625}
    assert set(bars.y[2::3]) == {None}
    assert line.error_y.array is None
    assert line.hovertext == (
        "both: 0.62 (0.50 to 1.00) dB, 1 million MAC",
        "low: 0.62 (0.25 to –) dB, 2 million MAC",
        "high: 0.62 (– to 0.75) dB, 3 million MAC",
        "none: 0.62 (–) dB, 4 million MAC",
    )


def test_an_unknown_end_of_a_gap_has_no_bar_in_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: saved.append(figure))

    pictures.save_trade(tmp_path / "trade.png", traded(), title="t")

    (figure,) = saved
    _, *bars = figure.axes[0].lines
    assert not figure.axes[0].containers  # no error bars beside these
    ends = {tuple(np.asarray(bar.get_xydata())[1].tolist()) for bar in bars}
    assert ends == BARS
    assert figure.get_supxlabel() == "bars: 95 % interval"
