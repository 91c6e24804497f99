# SPDX-License-Identifier: Apache-2.0
"""The figures of trained detectors: what is trained for a number of users, and what is kept."""

from pathlib import Path

import pytest

from benchmarks import detectors_by_users, trained_detectors
from benchmarks.detector_figures import Size
from host.report.tables import Table
from host.theory.quotation import recorded_tables
from receivers.mimo.deep.beforehand import BeforehandSettings
from receivers.mimo.deep.kinds import build
from receivers.mimo.deep.network import Deep

SIZE = Size(num_elements=5, num_steps=2)


def _first(size: Size) -> Table:
    return Table(caption="first", head=("elements",), rows=((str(size.num_elements),),))


def _second(size: Size) -> Table:
    return Table(caption="second", head=("steps",), rows=((str(size.num_steps),),))


def test_a_row_over_users_has_a_figure_in_every_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detectors_by_users, "USERS_DB", {4: (2.0,), 2: (0.0, 4.0)})

    table = detectors_by_users.by_users(SIZE)

    assert [row[0] for row in table.rows] == ["4, 2 dB", "2, 0 dB", "2, 4 dB"]
    assert {len(row) for row in table.rows} == {len(table.head)}
    assert "15 symbols" in table.note


def test_own_weights_are_of_their_users_on_all_antennas(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[BeforehandSettings] = []

    def untrained(settings: BeforehandSettings) -> Deep:
        asked.append(settings)
        return Deep(build(settings.kind, settings.mixture.modulation, seed=1))

    monkeypatch.setattr(detectors_by_users, "USERS_DB", {4: (2.0,), 6: (3.0,)})
    monkeypatch.setattr(detectors_by_users, "_trained", untrained)

    detectors_by_users.by_users(SIZE)

    ranges = [settings.mixture for settings in asked if settings.kind != "gnn-sic"]
    assert [(one.min_num_tx, one.max_num_tx) for one in ranges] == [(4, 4), (4, 4), (6, 6), (6, 6)]
    assert {(one.fewest_rx_ant, one.num_rx_ant) for one in ranges} == {(8, 8)}


def test_the_record_keeps_tables_in_order_from_several_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "record.json"
    monkeypatch.setattr(trained_detectors, "TABLES", (_first, _second))
    monkeypatch.setattr("sys.argv", f"it --elements 5 --steps 2 --workers 2 --json {path}".split())

    trained_detectors.main()

    assert [(table.caption, table.rows) for table in recorded_tables(path)] == [
        ("first", (("5",),)),
        ("second", (("2",),)),
    ]


def test_too_few_processes_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["it", "--workers", "0", "--json", "never.json"])

    with pytest.raises(SystemExit) as refused:
        trained_detectors.main()

    assert refused.value.code == 2
    assert "--workers: 0 are too few; give 1 or more" in capsys.readouterr().err
