# SPDX-License-Identifier: Apache-2.0
"""What is compared with what, what is refused, and which figures a limit heeds."""

from pathlib import Path

import pytest

from host.comparison.comparing import Comparison, compare
from host.comparison.difference import ACCURACY, COST, OPERATORS, Difference, Verdict, banded
from host.comparison.sides import Side, load_side
from host.deployment_record import DeploymentRecord, Elsewhere
from host.errors import RecordError
from host.journal import write_records
from host.record import Record
from host.report import comparison as shown
from tests.host.report.deployments import OPERATORS as LAYERS
from tests.host.report.deployments import band, cost, deployment, operator
from tests.host.report.records import BOARD, record

HERE = Path("here")


def deployments(a: DeploymentRecord, b: DeploymentRecord) -> Comparison:
    return compare(Side(path=HERE, deployment=a), Side(path=HERE, deployment=b))


def campaigns(a: list[Record], b: list[Record]) -> Comparison:
    return compare(Side(path=Path("a"), records=tuple(a)), Side(path=Path("b"), records=tuple(b)))


def only(found: Comparison, what: str) -> Difference:
    (one,) = [one for one in found.differences if one.what == what and one.group != OPERATORS]
    return one


def of_scenario(made: Record, scenario_hash: str) -> Record:
    source = made.provenance.model_copy(update={"scenario_hash": scenario_hash})
    return made.model_copy(update={"provenance": source})


def test_a_deployment_is_equal_to_itself() -> None:
    found = deployments(deployment(), deployment())

    assert {one.verdict for one in found.differences} == {Verdict.EQUAL}
    assert found.unlike == ()
    assert found.above(1.0) == ()


def test_instructions_are_exact_and_operators_stand_one_by_one() -> None:
    found = deployments(deployment(), deployment(costing=cost(factor=1.1)))

    assert only(found, "instructions").ratio == pytest.approx(1.1)
    assert only(found, "instructions").verdict is Verdict.UNEQUAL
    assert [one.ratio for one in found.of(OPERATORS)] == [pytest.approx(1.1, rel=1e-3)] * 4


def test_modelled_figures_share_their_model_and_are_no_matter_of_chance() -> None:
    latency = only(deployments(deployment(), deployment(costing=cost(factor=1.1))), "latency")

    assert latency.verdict is Verdict.MODELLED
    assert latency.ratio == pytest.approx(1.1)
    assert not latency.is_gated


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.1, Verdict.WITHIN), (2.0, Verdict.BEYOND)], ids=str
)
def test_measured_energies_are_compared_by_their_bounds(factor: float, verdict: Verdict) -> None:
    a, b = (band(x, unit="J", method="measured:ppk2") for x in (1.0, factor))

    assert banded(a, b, place="here", what="energy").verdict is verdict


def test_energies_of_two_models_are_compared_by_their_bands() -> None:
    a, b = (band(1.0, unit="J", method=f"modelled:{chip}") for chip in ("one", "other"))

    assert banded(a, b, place="here", what="energy").verdict is Verdict.WITHIN


def test_operators_belong_together_by_name_kind_and_order() -> None:
    twice = (operator("copy", "COPY", 10), operator("copy", "COPY", 20))
    more = (*twice, operator("new", "ADD", 5))

    found = deployments(
        deployment(costing=cost(operators=twice)), deployment(costing=cost(operators=more))
    )

    told = [(one.place, one.a, one.b) for one in found.of(OPERATORS)]
    assert told == [("copy, COPY", 10, 10), ("copy, COPY", 20, 20), ("new, ADD", None, 5)]
    assert found.of(OPERATORS)[2].verdict is Verdict.ONE_SIDED


def test_other_boards_are_compared_with_themselves() -> None:
    first, second = (
        deployment(elsewhere=(Elsewhere(board="mps3-an547", core="m55", cost=cost(factor=x)),))
        for x in (0.25, 0.5)
    )

    found = deployments(first, second)

    (there,) = [
        one for one in found.of(COST) if one.place == "mps3-an547" and one.what == "instructions"
    ]
    assert there.ratio == 2.0


def test_another_board_is_said_and_bars_a_limit() -> None:
    found = deployments(deployment(), deployment(board="mps2-an500"))

    assert "not the same board: mps2-an386 / mps2-an500" in found.unlike
    assert found.barriers == ("not the same board: mps2-an386 / mps2-an500",)


def test_other_inputs_are_said() -> None:
    found = deployments(deployment(), deployment(seed=2))

    assert found.unlike == ("not the same seed of the inputs: 1 / 2",)
    assert found.barriers == ()


def test_a_limit_heeds_costs_but_no_operators_and_nothing_that_shrinks() -> None:
    worse, better = cost(factor=1.1, flash_bytes=60_000), cost(factor=0.9, flash_bytes=70_000)

    above = deployments(deployment(), deployment(costing=worse)).above(1.05)
    beneath = deployments(deployment(), deployment(costing=better)).above(1.05)

    assert [one.what for one in above] == ["instructions"]
    assert [one.what for one in beneath] == ["flash"]


def test_outputs_that_begin_to_differ_from_the_twin_are_above_every_limit() -> None:
    found = deployments(deployment(), deployment(num_unequal=1)).above(1000.0)

    assert [one.what for one in found] == ["outputs that differ from the twin's"]


def test_a_campaign_is_equal_to_itself() -> None:
    records = [record("ls-linear"), record("neural-s", device=BOARD)]

    found = campaigns(records, records)

    assert {one.verdict for one in found.differences} == {Verdict.EQUAL}
    assert {one.group for one in found.differences} == {ACCURACY, COST, OPERATORS}
    assert found.unlike == ()


def test_a_scenario_of_another_content_is_not_the_same_slots() -> None:
    a, b = record("ls-linear"), of_scenario(record("ls-linear"), "6" * 64)

    with pytest.raises(RecordError, match="not the same slots: scenario urban-slow has another"):
        campaigns([a], [b])


def test_other_seeds_are_not_the_same_slots() -> None:
    a, b = [record("x", seed=1)], [record("x", seed=2)]

    with pytest.raises(
        RecordError, match=r"not the same slots: .*seeds of one side only, A / B: 1"
    ):
        campaigns(a, b)


def test_seeds_that_one_side_has_more_are_left_out_and_said() -> None:
    found = campaigns([record("x", seed=1)], [record("x", seed=1), record("x", seed=2)])

    assert found.unlike == (
        "not the same slots: urban-slow: seeds of one side only, A / B: none / 2",
    )
    assert found.of(ACCURACY)[0].verdict is Verdict.EQUAL


def test_the_one_receiver_that_is_new_is_compared_with_the_one_that_is_gone() -> None:
    a = [record("ls-linear"), record("neural-s", bler=0.1)]
    b = [record("ls-linear"), record("neural-m", bler=0.05)]

    found = campaigns(a, b)

    assert any("neural-s · host / neural-m · host" in one.place for one in found.differences)


def test_receivers_of_one_side_are_named() -> None:
    found = campaigns([record("x")], [record("x"), record("y"), record("z")])

    assert found.unlike == ("in B only: y · host", "in B only: z · host")


def test_another_device_is_said_and_bars_a_limit() -> None:
    found = campaigns([record("x")], [record("x", device="twin")])

    assert found.barriers == ("not the same device of x · host / x · twin: host / twin",)


def test_a_campaign_and_a_deployment_are_not_compared() -> None:
    with pytest.raises(RecordError, match="a is records, b is a deployment: give two"):
        compare(
            Side(path=Path("a"), records=(record("x"),)),
            Side(path=Path("b"), deployment=deployment()),
        )


def test_sides_are_read_from_folders_and_files(tmp_path: Path) -> None:
    write_records(tmp_path / "run" / "records.jsonl", [record("x")])
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "deployment.json").write_text(deployment().model_dump_json())

    assert load_side(tmp_path / "run").kind == "records"
    assert load_side(tmp_path / "run" / "records.jsonl").records == (record("x"),)
    assert load_side(tmp_path / "report").deployment == deployment()
    assert load_side(tmp_path / "report" / "deployment.json").kind == "a deployment"


def test_operators_that_are_equal_are_counted_and_not_listed() -> None:
    changed = (operator(LAYERS[0].name, "CONV_2D", 300_000), *LAYERS[1:])

    found = deployments(deployment(), deployment(costing=cost(operators=changed)))

    table = shown.tables(found)[-1]
    assert [row[3] for row in table.rows] == ["0.5"]
    assert table.note == "3 operators are equal"


def test_a_ratio_over_nothing_is_a_dash_for_people_and_null_for_programs() -> None:
    found = deployments(deployment(), deployment(num_unequal=3))

    (row,) = [row for row in shown.tables(found)[0].rows if row[1].startswith("outputs")]
    listed = [one for one in shown.listed(found) if isinstance(one, dict)]
    assert row[2:5] == ("0", "3", "–")
    assert [one["ratio"] for one in listed if one["b"] == 3] == [None]


def test_markdown_has_a_line_a_figure_and_says_what_is_not_the_same() -> None:
    text = shown.markdown(deployments(deployment(), deployment(board="mps2-an500")))

    assert "| mps2-an386 / mps2-an500 | instructions | 1\u202f000\u202f000 |" in text
    assert text.endswith("- not the same board: mps2-an386 / mps2-an500\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"kind": "detection"}', r"results of kind 'detection'.* the ratio of any two detectors"),
        ('{"accuracies": []}', r"results of kind 'spiking'"),
    ],
)
def test_results_of_other_kinds_are_told_where_they_are_compared(
    tmp_path: Path, line: str, message: str
) -> None:
    (tmp_path / "records.jsonl").write_text(line + "\n")

    with pytest.raises(RecordError, match=message):
        load_side(tmp_path)
