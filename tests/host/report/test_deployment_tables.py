# SPDX-License-Identifier: Apache-2.0
"""What `airloop deploy` tells of memory: who lies over whom, and how little any plan could take."""

from host.memory_map import Buffer
from host.report.deployment import memory_table, overlap_tables
from tests.host.report.deployments import ARENA, deployment

OVER = ARENA.model_copy(
    update={
        "buffers": (
            Buffer(name="x", offset=384, num_bytes=8000, begins=0.0, ends=0.5),
            Buffer(name="y", offset=0, num_bytes=8000, begins=0.5, ends=1.0, over="x"),
        ),
        "peak_bytes": 8_400,
        "lower_bound_bytes": 8_384,
        "disjoint_bound_bytes": 16_000,
    }
)


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def test_outputs_over_inputs_are_told_with_what_both_share() -> None:
    (table,) = overlap_tables(deployment(memory=OVER))

    assert [tuple(map(plain, row)) for row in table.rows] == [
        ("y", "8 000", "0", "x", "8 000", "384", "7 616")
    ]


def test_without_overlaps_there_is_no_such_table() -> None:
    assert overlap_tables(deployment()) == ()
    assert overlap_tables(deployment(memory=None)) == ()


def test_the_least_of_any_plan_is_told_with_and_without_overlaps() -> None:
    met = OVER.model_copy(update={"peak_bytes": 8_384})

    assert plain(memory_table(deployment(memory=OVER)).note) == (
        "No plan can do with less than 8 384 bytes for the activations, and none with less than "
        "16 000 bytes if none overlap."
    )
    assert plain(memory_table(deployment(memory=met)).note).startswith(
        "No plan can do with less for the activations, and none with less than 16 000 bytes"
    )
    assert plain(memory_table(deployment()).note) == (
        "No plan can do with less than 9 000 bytes for the activations."
    )
