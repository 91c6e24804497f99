# SPDX-License-Identifier: Apache-2.0
"""The tables of the update-magnitude study say on which side of a crossing which training wins."""

from host.theory.update_magnitude import UpdateSettings, study
from host.theory.update_run import FROZEN_NAME, INITIALISED_NAME, better_nearby
from receivers.theory.update_magnitude import Measure

QUICK = UpdateSettings(
    num_shared=12, num_specific=4, num_first=100, num_second=10, num_draws=20, max_distance=3.0
)


def test_a_well_taught_first_task_has_its_crossing_and_its_threshold() -> None:
    found = study(QUICK)

    cells = {row[:2]: row[2] for row in found.tables[0].rows}
    assert better_nearby(QUICK.case(shared_share=0.0), Measure.FORGETTING) == FROZEN_NAME
    assert float(cells["forgetting", "q alone"]) > 0.0
    assert cells["mean", "q alone"] == "never: frozen"
    assert found.tables[3].note.startswith("Threshold: 0.")


def test_a_poorly_taught_first_task_is_never_frozen_by_the_rule() -> None:
    poor = UpdateSettings(
        num_shared=12, num_specific=4, num_first=4 + 4, num_second=30, num_draws=20
    )

    found = study(poor)

    cells = {row[:2]: row[2] for row in found.tables[0].rows}
    assert better_nearby(poor.case(shared_share=0.0), Measure.MEAN) == INITIALISED_NAME
    assert cells["mean", "q alone"] == "never: initialised"
    assert found.tables[3].note.startswith("No threshold")
