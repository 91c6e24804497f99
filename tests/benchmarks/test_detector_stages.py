# SPDX-License-Identifier: Apache-2.0
"""The comparison of stages: read off by hand, and whole from end to end."""

import json
import math
from pathlib import Path

import pytest

from benchmarks import detector_stages
from benchmarks.detector_stages import Curve, differences_db
from receivers.mimo.deep.staged import Stages


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


def test_it_trains_measures_and_writes_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "record.json"
    monkeypatch.setattr(detector_stages, "NUM_TEST_ELEMENTS", 50)
    command = f"detector_stages --steps 2 --seeds 1 2 --targets 0.9 0.7 --json {path}"
    monkeypatch.setattr("sys.argv", command.split())

    detector_stages.main()

    told = json.loads(path.read_text())
    names = [curve["name"] for curve in told["curves"]]
    assert names == ["lmmse", *("shared", "lora", "independent") * 2]
    assert [need["stages"] for need in told["needs"]] == ["shared", "independent"] * 2
