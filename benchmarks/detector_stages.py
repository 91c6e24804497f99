# SPDX-License-Identifier: Apache-2.0
"""What stages of an unfolded detector must have of their own: nothing, low-rank factors, or all.

    .venv/bin/python -m benchmarks.detector_stages --json FILE

Each seed trains the three variants with the same steps on the same elements, and all meet the same
test elements. Told is the SNR that each needs for a symbol error rate. About 35 minutes.
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

from benchmarks.detector_figures import rate
from host.report.tables import Row, Table
from receivers.mimo import catalog
from receivers.mimo.deep.beforehand import BeforehandSettings, train_beforehand
from receivers.mimo.deep.lora_unfolded import LoraUnfolded, Start
from receivers.mimo.deep.network import Deep
from receivers.mimo.deep.staged import Stages
from receivers.mimo.detector import Detector
from sim.mimo.mixture import SNR_RANGES_DB, MixtureSettings, draw
from sim.modulation import Modulation

NUM_TEST_ELEMENTS = 20_000
_TEST_SEED = 10_000
_NUM_SNRS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A detector whose stages are compared.

    Parameters
    ----------
    start : Start
    modulation : Modulation
    num_hidden : int
        Numbers of both hidden layers.
    targets : tuple of float
        Symbol error rates at which SNRs are told.
    """

    start: Start
    modulation: Modulation
    num_hidden: int
    targets: tuple[float, ...]

    @property
    def mixture(self) -> MixtureSettings:
        """Return what it is trained on: four users on eight antennas, hardly alike."""
        low, high = SNR_RANGES_DB[self.modulation]
        return MixtureSettings(
            modulation=self.modulation, min_snr_db=low, max_snr_db=high, max_tx_correlation=0.3
        )


CASES = (
    Case(
        start=Start.MATCHED, modulation=Modulation.QPSK, num_hidden=24, targets=(3e-2, 1e-2, 3e-3)
    ),
    Case(
        start=Start.MATCHED, modulation=Modulation.QAM16, num_hidden=24, targets=(5e-2, 3e-2, 1e-2)
    ),
    Case(
        start=Start.MATCHED,
        modulation=Modulation.QAM16,
        num_hidden=40,
        targets=(5e-2, 3e-2, 1e-2, 5e-3),
    ),
    Case(start=Start.LMMSE, modulation=Modulation.QAM16, num_hidden=24, targets=(3e-2, 1e-2, 3e-3)),
)
"""Where the first stage begins without any inversion, and with the start and size that ship."""


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


def curves(case: Case, seeds: Sequence[int], num_steps: int) -> Iterator[Curve]:
    """Train and measure, seed by seed; LMMSE comes first."""
    mixture = case.mixture
    points, errors = measured(catalog.build("lmmse"), mixture)
    yield Curve(seed=0, name="lmmse", num_parameters=0, cpu_s=0.0, snr_db=points, errors=errors)
    for seed in seeds:
        settings = BeforehandSettings(
            kind="lora-unfolded", mixture=mixture, num_steps=num_steps, seed=seed
        )
        for stages in Stages:
            network = LoraUnfolded(
                case.modulation,
                stages=stages,
                start=case.start,
                num_hidden=case.num_hidden,
                seed=seed,
            )
            taken_s = _train(network, settings)
            points, errors = measured(Deep(network), mixture)
            yield Curve(
                seed=seed,
                name=str(stages),
                num_parameters=network.num_parameters,
                cpu_s=taken_s,
                snr_db=points,
                errors=errors,
            )


def _train(network: LoraUnfolded, settings: BeforehandSettings) -> float:
    """Train in place, and return the CPU time [s]."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        train_beforehand(
            settings,
            checkpoint=Path(folder) / "checkpoint",
            on_progress=lambda told: None,
            network=network,
        )
    return time.process_time() - began


def differences_db(found: Sequence[Curve], other: Stages, target: float) -> list[float]:
    """Return what each seed's `other` needs more than its low-rank factors [dB]."""
    needed: Mapping[tuple[int, str], float] = {
        (curve.seed, curve.name): curve.needed_db(target) for curve in found
    }
    seeds = sorted({curve.seed for curve in found if curve.seed})
    return [needed[seed, str(other)] - needed[seed, str(Stages.LORA)] for seed in seeds]


def rows(case: Case, found: Sequence[Curve]) -> Iterator[Row]:
    """Yield a row of the table for each symbol error rate of a case."""
    counts = {curve.name: curve.num_parameters for curve in found}
    parameters = ", ".join(f"{counts[stages]:,}" for stages in Stages)
    name = f"{case.start}, {case.modulation}, {case.num_hidden} hidden"
    for target in case.targets:
        more = [
            _with_interval(differences_db(found, other, target))
            for other in (Stages.SHARED, Stages.INDEPENDENT)
        ]
        yield (name, parameters, rate(target), *more)


def _with_interval(values: Sequence[float]) -> str:
    """Return a mean and its 95 % interval, Student's over seeds; a dash where one has no value."""
    if any(math.isnan(value) for value in values):
        return "–"
    mean = f"{np.mean(values):+.2f}"
    if len(values) < 2:
        return mean
    quantile = float(stats.t.ppf(0.975, len(values) - 1))
    half = quantile * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return f"{mean} ± {half:.2f}"


def record(seeds: Sequence[int], num_steps: int) -> dict[str, object]:
    """Train and measure all; return the settings, the table and every curve."""
    found = {case: list(curves(case, seeds, num_steps)) for case in CASES}
    table = Table(
        caption="SNR [dB] that stages need more than with low-rank factors",
        head=(
            "start, modulation, size",
            "parameters: shared, factors, own",
            "symbol error rate",
            "shared stages",
            "own stages",
        ),
        rows=tuple(row for case, measurement in found.items() for row in rows(case, measurement)),
        note="Four users on eight antennas, correlated by up to 0.7 (antennas) and 0.3 (users), "
        "the channel told with errors of 0 to half the noise. Mean and 95 % interval over "
        f"{len(seeds)} trainings of {num_steps} steps in each phase, on the same test elements. "
        "–: not reached by every training.",
    )
    return {
        "settings": {"seeds": list(seeds), "num_steps": num_steps},
        "tables": [asdict(table)],
        "cases": [
            {**asdict(case), "curves": [asdict(curve) for curve in measurement]}
            for case, measurement in found.items()
        ],
    }


def main() -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--steps", type=int, default=1000, help="of each of two phases")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--json", type=Path, required=True, help="where the record goes")
    given = parser.parse_args()
    torch.set_num_threads(1)
    text = json.dumps(record(given.seeds, given.steps), indent=1, ensure_ascii=False)
    given.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
