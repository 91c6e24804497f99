# SPDX-License-Identifier: Apache-2.0
"""Simulated trials whose crossing is known, and whose slots are as hard for every receiver."""

import numpy as np
from numpy.typing import NDArray

from host.course import Course
from host.experiment import Metric
from host.record import Record
from tests.host.report.records import error_rate, record

SCALE_DB = 0.8


def trials(
    rng: np.random.Generator,
    crossings_db: dict[str, float],
    *,
    grid_db: tuple[float, ...],
    num_drops: int,
    slots_per_drop: int = 1,
    seeds: tuple[int, ...] = (1,),
    correlation: float = 0.95,
) -> list[Record]:
    """Simulate code words that fail when the SNR is below what their slot asks for.

    A receiver's slot asks for c + SCALE_DB * (z - z_90) dB with z standard normal and z_90 its
    90 % quantile: exactly one slot in ten fails at c dB. Slots of a drop share their z; receivers
    share it up to a part of their own, which is drawn anew for every point.
    """
    found: list[Record] = []
    for seed in seeds:
        shared = rng.standard_normal(num_drops)
        for receiver, crossing_db in crossings_db.items():
            for snr_db in grid_db:
                own = rng.standard_normal(num_drops)
                z = np.sqrt(correlation) * shared + np.sqrt(1.0 - correlation) * own
                asked = crossing_db + SCALE_DB * (z - 1.2815515655446004)
                wrong = np.repeat(asked > snr_db, slots_per_drop)
                found.append(trial(receiver, snr_db, wrong, seed, slots_per_drop=slots_per_drop))
    return found


def trial(
    receiver: str, snr_db: float, wrong: NDArray[np.bool_], seed: int, *, slots_per_drop: int
) -> Record:
    """Make the record of a trial from its code words, bool [num_slots]."""
    made = record(receiver, snr_db=snr_db, seed=seed)
    course = Course.packed(
        slots_per_drop=slots_per_drop,
        slots_per_block=64,
        bits_per_slot=100,
        words_per_slot=1,
        bit_errors=10 * wrong.astype(np.int64),
        wrong_words=wrong[:, None],
    )
    bler = error_rate(float(wrong.mean()), n=len(wrong))
    return made.model_copy(
        update={
            "num_slots": len(wrong),
            "metrics": {**made.metrics, Metric.BLER: bler},
            "course": course,
        }
    )
