# SPDX-License-Identifier: Apache-2.0
"""What stages of an unfolded detector must have of their own: nothing, low-rank factors, or all.

    .venv/bin/python -m benchmarks.detector_stages --start matched --json FILE [--seeds 1 2 3]

Each seed trains the three variants with the same steps on the same elements, and all meet the same
test elements. Told is the SNR that each needs for a symbol error rate.
"""

import argparse
import json
import math
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from scipy import stats

from receivers.mimo import catalog
from receivers.mimo.deep.beforehand import BeforehandSettings, train_beforehand
from receivers.mimo.deep.lora_unfolded import LoraUnfolded, Start
from receivers.mimo.deep.network import Deep
from receivers.mimo.deep.staged import Stages
from receivers.mimo.detector import Detector
from sim.mimo.mixture import SNR_RANGES_DB, MixtureSettings, draw
from sim.modulation import Modulation

TARGETS = (1e-2, 3e-3)
NUM_TEST_ELEMENTS = 20_000
_TEST_SEED = 10_000
_NUM_SNRS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Symbol error rates of one detector.

    Parameters
    ----------
    seed : int
        Of the training; 0 for a detector without one.
    name : str
    num_parameters : int
    cpu_s : float [s]
        That the training took.
    snr_db : tuple of float [dB]
    errors : tuple of float
        Symbol error rate at each.
    """

    seed: int
    name: str
    num_parameters: int
    cpu_s: float
    snr_db: tuple[float, ...]
    errors: tuple[float, ...]

    def needed_db(self, target: float) -> float:
        """Return the SNR [dB] of an error rate, between points along the logarithm; nan without."""
        points = list(zip(self.snr_db, self.errors, strict=True))
        for (low, more), (high, fewer) in pairwise(points):
            if more >= target > fewer > 0.0:
                share = math.log(more / target) / math.log(more / fewer)
                return low + share * (high - low)
        return math.nan


def measured(
    detector: Detector, mixture: MixtureSettings
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return SNRs [dB] over the range of a mixture, and the symbol error rate at each."""
    low, high = mixture.min_snr_db, mixture.max_snr_db
    points = tuple(float(snr) for snr in np.linspace(low + 2.0, high, _NUM_SNRS))
    errors = []
    for index, snr_db in enumerate(points):
        told = replace(
            mixture, min_snr_db=snr_db, max_snr_db=snr_db, num_elements=NUM_TEST_ELEMENTS
        )
        block = draw(told, seed=_TEST_SEED, batch=index)
        wrong = detector.detect(block.problem).labels != block.sent.labels
        errors.append(float(wrong.float().mean()))
    return points, tuple(errors)


def curves(settings: BeforehandSettings, start: Start, seeds: Sequence[int]) -> Iterator[Curve]:
    """Train and measure, seed by seed; LMMSE comes first."""
    mixture = settings.mixture
    points, errors = measured(catalog.build("lmmse"), mixture)
    yield Curve(seed=0, name="lmmse", num_parameters=0, cpu_s=0.0, snr_db=points, errors=errors)
    for seed in seeds:
        for stages in Stages:
            network = LoraUnfolded(mixture.modulation, stages=stages, start=start, seed=seed)
            began = time.process_time()
            with tempfile.TemporaryDirectory() as folder:
                train_beforehand(
                    replace(settings, seed=seed),
                    checkpoint=Path(folder) / "checkpoint",
                    on_progress=lambda told: None,
                    network=network,
                )
            taken_s = time.process_time() - began
            points, errors = measured(Deep(network), mixture)
            yield Curve(
                seed=seed,
                name=str(stages),
                num_parameters=network.num_parameters,
                cpu_s=taken_s,
                snr_db=points,
                errors=errors,
            )


def differences_db(found: Sequence[Curve], other: Stages, target: float) -> list[float]:
    """Return what each seed's `other` needs more than its low-rank factors [dB]."""
    needed: Mapping[tuple[int, str], float] = {
        (curve.seed, curve.name): curve.needed_db(target) for curve in found
    }
    seeds = sorted({curve.seed for curve in found if curve.seed})
    return [needed[seed, str(other)] - needed[seed, str(Stages.LORA)] for seed in seeds]


def record(found: Sequence[Curve], targets: Sequence[float]) -> dict[str, object]:
    """Return all curves, and what the others need more; 95 % intervals are Student's over seeds."""
    needs: list[dict[str, object]] = []
    for target in targets:
        for other in (Stages.SHARED, Stages.INDEPENDENT):
            values = differences_db(found, other, target)
            deviation = float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
            quantile = float(stats.t.ppf(0.975, max(len(values) - 1, 1)))
            needs.append(
                {
                    "stages": str(other),
                    "symbol_error_rate": target,
                    "more_than_lora_db": _number(float(np.mean(values))),
                    "half_interval_db": _number(quantile * deviation / math.sqrt(len(values))),
                }
            )
    return {"needs": needs, "curves": [asdict(one) for one in found]}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def main() -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--modulation", choices=tuple(Modulation), default=Modulation.QAM16)
    parser.add_argument("--start", choices=tuple(Start), default=Start.LMMSE)
    parser.add_argument("--steps", type=int, default=1000, help="of each of two phases")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument(
        "--targets", type=float, nargs="+", default=TARGETS, help="symbol error rates"
    )
    parser.add_argument("--json", type=Path, required=True)
    given = parser.parse_args()
    torch.set_num_threads(1)
    modulation = Modulation(given.modulation)
    low, high = SNR_RANGES_DB[modulation]
    mixture = MixtureSettings(
        modulation=modulation, min_snr_db=low, max_snr_db=high, max_tx_correlation=0.3
    )
    settings = BeforehandSettings(kind="lora-unfolded", mixture=mixture, num_steps=given.steps)
    found = list(curves(settings, Start(given.start), given.seeds))
    how = {"start": str(given.start), "modulation": str(modulation), "num_steps": given.steps}
    given.json.write_text(
        json.dumps({**how, **record(found, given.targets)}, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
