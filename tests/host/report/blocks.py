# SPDX-License-Identifier: Apache-2.0
"""Trials made by hand whose errors are known in every block, and the scenario they are of."""

from collections.abc import Mapping

import numpy as np

from channels.scenario import Scenario
from host.course import Course
from host.experiment import Metric
from host.record import Record
from host.report.timeline import Timeline, timelines
from tests.host.report.records import record

STEP: Mapping[str, object] = {
    "target": "channel.delay_spread_s",
    "kind": "step",
    "slot": 24,
    "to": 4e-7,
}


def scenario(*drift: Mapping[str, object]) -> Scenario:
    return Scenario.model_validate(
        {
            "schema": 1,
            "name": "street",
            "title": "a street",
            "channel": {"kind": "tdl-c", "delay_spread_s": 45e-9},
            "snr": {"kind": "ebno_db", "values": [0.0]},
            "drift": drift,
        }
    )


def trial(
    receiver: str = "ls-linear",
    *,
    bit_errors: list[int],
    wrong: list[int],
    slots_per_block: int = 8,
    slots_per_drop: int = 1,
    snr_db: float = 0.0,
    seed: int = 1,
) -> Record:
    """Make a trial of 100 bits a slot, with `wrong` as the code words of each slot."""
    made = record(receiver, scenario="street", snr_db=snr_db, seed=seed)
    course = Course.packed(
        slots_per_drop=slots_per_drop,
        slots_per_block=slots_per_block,
        bits_per_slot=100,
        words_per_slot=1,
        bit_errors=np.array(bit_errors),
        wrong_words=np.array(wrong)[:, None] == 1,
    )
    return made.model_copy(update={"num_slots": len(bit_errors), "course": course})


def of(records: list[Record], content: Scenario | None = None) -> dict[Metric, Timeline]:
    found = timelines(records, scenario="street", content=content)
    return {timeline.metric: timeline for timeline in found}
