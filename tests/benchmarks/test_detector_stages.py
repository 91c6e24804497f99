# SPDX-License-Identifier: Apache-2.0
"""The comparison of stages: read off by hand, and whole from end to end."""

import json
import math
from pathlib import Path

import pytest

from benchmarks import detector_stages
from benchmarks.detector_stages import Case, Curve, differences_db, rows
from host.theory.quotation import recorded_tables
from receivers.mimo.deep.lora_unfolded import Start
from receivers.mimo.deep.staged import Stages
from sim.modulation import Modulation


def _curve(name: str, *errors: float, seed: int = 1) -> Curve:
    return Curve(
        seed=seed, name=name, num_parameters=1, cpu_s=0.0, snr_db=(0.0, 2.0, 4.0), errors=errors
    )


def test_the_snr_of_an_error_rate_lies_between_points_along_the_logarithm() -> None:
    curve = _curve("lora", 1e-1, 1e-2, 1e-4)

    assert curve.needed_db(1e-2) == pytest.approx(2.0)
    assert curve.needed_db(1e-3) == pytest.approx(3.0)
    assert math.isnan(curve.needed_db(0.5))
    assert math.isnan(curve.needed_db(1e-5))


def test_differences_are_within_each_seed() -> None:
    found = [
        _curve("lora", 1e-1, 1e-2, 1e-4),
        _curve("shared", 1e-1, 1e-1, 1e-3),
        _curve("lora", 1e-2, 1e-3, 1e-4, seed=2),
        _curve("shared", 1e-1, 1e-2, 1e-3, seed=2),
    ]

    assert differences_db(found, Stages.SHARED, 1e-2) == pytest.approx([1.0, 2.0])


def test_a_row_has_the_mean_and_the_interval_over_seeds() -> None:
    case = Case(start=Start.LMMSE, modulation=Modulation.QPSK, num_hidden=24, targets=(1e-2, 1e-3))
    found = [
        curve
        for seed in (1, 2)
        for curve in (
            _curve("lora", 1e-1, 1e-2, 1e-4, seed=seed),
            _curve("independent", 1e-1, 1e-2, 1e-4, seed=seed),
            _curve("shared", 1e-1, 10 ** -(1.0 + 1.0 / seed), 2e-3, seed=seed),
        )
    ]

    level, low = rows(case, found)

    # Shared: as many dB as factors with the first seed, more with the second.
    more = 2.0 * 0.5 / (3.0 - math.log10(2.0) - 1.5)
    half = 12.7062 * (more / 2**0.5) / 2**0.5  # Student's t of one degree of freedom
    assert level == (
        "lmmse, qpsk, 24 hidden",
        "1, 1, 1",
        "1.0e-2",
        f"{more / 2:+.2f} ± {half:.2f}",
        "+0.00 ± 0.00",
    )
    assert low[3] == "–"


def test_it_trains_measures_and_writes_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "record.json"
    monkeypatch.setattr(detector_stages, "NUM_TEST_ELEMENTS", 50)
    case = Case(start=Start.MATCHED, modulation=Modulation.QAM16, num_hidden=5, targets=(0.8,))
    monkeypatch.setattr(detector_stages, "CASES", (case,))
    monkeypatch.setattr("sys.argv", f"stages --steps 2 --seeds 1 2 --json {path}".split())

    detector_stages.main()

    told = json.loads(path.read_text())["cases"][0]
    names = [curve["name"] for curve in told["curves"]]
    assert names == ["lmmse", *("shared", "lora", "independent") * 2]
    # Of 6, 5, 5 and 4 numbers, biases beside them, and a step size.
    shared = 5 * 7 + 5 * 6 + 4 * 6 + 1
    assert told["curves"][1]["num_parameters"] == shared
    (table,) = recorded_tables(path)
    assert [row[0] for row in table.rows] == ["matched, 16qam, 5 hidden"]
