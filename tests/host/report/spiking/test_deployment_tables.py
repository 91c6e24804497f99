# SPDX-License-Identifier: Apache-2.0
"""What `airloop deploy` tells of a spiking network, from a record made by hand."""

from host.deployment_record import Arena
from host.record import Agreement, Band, Hardware
from host.report.spiking import deployment
from host.report.spiking.deployment_page import page
from host.spiking.deployment_record import (
    Data,
    LayerCost,
    Mapped,
    Origin,
    Part,
    RecordingCost,
    ShownRecording,
    SpikingDeploymentRecord,
    SpikingElsewhere,
)
from snn.adaptation.methods import Method

CHIP, PROFILE = "modelled:chip (CPI of kernels)", "modelled:chip-1v8 (CPI of kernels)"


def cost(*, factor: float = 1.0) -> RecordingCost:
    return RecordingCost(
        synops=400_000.0,
        instructions=factor * 1_600_000.0,
        most_instructions=2_000_000,
        latency=Band(value=0.02 * factor, low=0.015, high=0.025, unit="s", method=CHIP),
        energy={"chip-1v8": Band(value=1e-3, low=8e-4, high=2e-3, unit="J", method=PROFILE)},
        ram_bytes=27_000,
        ram_capacity_bytes=640_000,
        flash_bytes=80_000,
        flash_capacity_bytes=2_000_000,
        framed_bytes=1_973.6,
    )


def layer(name: str, *, instructions: float | None, saturations: int = 0) -> LayerCost:
    return LayerCost(
        name=name,
        kind="SPIKING_LAYER",
        num_inputs=64,
        num_outputs=128,
        weight_bits=8,
        events=1_000.0,
        spikes=1_350.5,
        synops=200_000.0,
        saturations=saturations,
        instructions=instructions,
    )


def recording(
    *, label: str | None = "one", told: str = "one", num_unequal: int = 0
) -> ShownRecording:
    return ShownRecording(
        label=label,
        told=told,
        told_by_float="one",
        events=1_500,
        synops=400_000,
        instructions=1_600_000,
        num_unequal=num_unequal,
    )


def record(
    *,
    recordings: tuple[ShownRecording, ...] = (recording(),) * 3 + (recording(told="two"),),
    costing: RecordingCost | None = None,
    mappings: tuple[Mapped, ...] = (),
    split: str | None = "test",
    elsewhere: tuple[SpikingElsewhere, ...] = (),
) -> SpikingDeploymentRecord:
    num_unequal = sum(one.num_unequal for one in recordings)
    return SpikingDeploymentRecord(
        network="digits",
        origin=Origin(file="digits.snn.npz", sha256="b" * 64, mappings=mappings),
        board="mps2-an386",
        core="cortex-m4",
        dt_us=1000 if mappings else 8000,
        weight_bits=8,
        duration_us=800_000,
        data=Data(
            name="fsdd",
            quantized_with=Part(split=split and "train", num_recordings=256, digest="c" * 64),
            shown=Part(split=split, num_recordings=len(recordings), digest="d" * 64),
            seed=1,
        ),
        recordings=recordings,
        cost=costing or cost(),
        layers=(
            layer("layer 1", instructions=800_000.0, saturations=2),
            layer("read-out", instructions=None, saturations=1),
        ),
        hardware=Hardware(
            board="mps2-an386",
            stands_for="chip",
            firmware_hash="f" * 16,
            image_hash="a" * 64,
            agreement=Agreement(
                reference="twin",
                num_slots=len(recordings),
                num_values=19 * len(recordings),
                num_unequal=num_unequal,
            ),
        ),
        arena=Arena(image_bytes=34_512, activation_bytes=3_296, arena_bytes=3_808),
        elsewhere=elsewhere,
    )


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def cells(row: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(plain, row))


def test_layers_are_told_one_by_one_and_together() -> None:
    table = deployment.layer_table(record())

    first, readout, whole = map(cells, table.rows)
    assert first == (
        *("layer 1", "64, 128", "8", "1 000", "1 350", "200 000", "2", "800 000", "4"),
    )
    assert readout[-2:] == ("–", "–")
    assert whole == (*("whole network", "", "", "", "2 700", "400 000", "3", "1 600 000", "4"),)


def test_what_a_recording_costs_is_told_with_its_method() -> None:
    table = deployment.cost_table(record())

    assert [cells(row) for row in table.rows] == [
        ("instructions, mean", "1 600 000", "counted"),
        ("instructions, most", "2 000 000", "counted"),
        ("instructions a SynOp", "4", "counted"),
        ("latency [ms]", "20 (15 to 25)", CHIP),
        ("real-time factor: latency over 800 ms", "0.025 (0.0187 to 0.0312)", CHIP),
        ("energy [µJ]", "1 000 (800 to 2 000)", PROFILE),
        ("link, framed [byte]", "1 974", "counted, mean"),
    ]


def test_what_was_not_counted_is_a_dash_and_what_is_not_modelled_is_left_out() -> None:
    table = deployment.cost_table(record(costing=RecordingCost(synops=400.0)))

    assert [row[:2] for row in table.rows] == [
        ("instructions, mean", "–"),
        ("instructions, most", "–"),
        ("instructions a SynOp", "–"),
        ("link, framed [byte]", "–"),
    ]


def test_who_was_right_is_told_of_board_and_float_network_with_intervals() -> None:
    _, table = deployment.recording_tables(record())

    # Clopper-Pearson: 3 of 4 is 19.4 to 99.4 %; of 4 of 4 the lower end is 0.025^(1/4) = 39.8 %.
    assert table.caption == "Told right, of 4 recordings"
    assert table.rows == (
        ("mps2-an386", "3", "75.0 (19.4 to 99.4)"),
        ("float network", "4", "100.0 (39.8 to 100.0)"),
    )
    assert "1 of 4 recordings are told otherwise by the board" in table.note


def test_of_recordings_without_a_class_no_accuracy_is_told() -> None:
    (table,) = deployment.recording_tables(record(recordings=(recording(label=None),)))

    assert cells(table.rows[0]) == ("–", "one", "one", "1 500", "400 000", "1 600 000", "0")


def test_a_long_list_of_recordings_is_cut_and_says_so() -> None:
    table = deployment.recording_tables(record(recordings=(recording(),) * 43))[0]

    assert (len(table.rows), table.note) == (40, "And 3 more.")


def test_agreement_counts_recordings_scores_and_tallies() -> None:
    shown = (recording(), recording(num_unequal=2), recording(num_unequal=1))

    assert plain(deployment.agreement_line(record(recordings=shown))) == (
        "mps2-an386 against its twin: 2 of 3 recordings differ, 3 of 57 scores and tallies"
    )


def test_what_runs_is_told_with_its_time_step_and_the_recordings() -> None:
    assert plain(deployment.origin_line(record())) == (
        "digits in steps of 8 ms; weights of 8 bits, quantized with 256 train recordings of fsdd, "
        "4 test shown"
    )
    mapped = record(
        mappings=(
            Mapped(from_dt_us=8000, method=Method.INTEGRAL),
            Mapped(from_dt_us=2000, method=Method.EULER),
        ),
        split=None,
    )
    assert plain(deployment.origin_line(mapped)) == (
        "digits in steps of 1 ms, mapped from 8 ms by integral, mapped from 2 ms by euler; weights "
        "of 8 bits, quantized with 256 recordings of fsdd, 4 shown"
    )


def test_boards_stand_beside_each_other_and_problems_are_told() -> None:
    others = (
        SpikingElsewhere(board="microbit", core="cortex-m0", cost=cost(factor=2.0), num_unequal=1),
        SpikingElsewhere(board="tiny", core="cortex-m0", problem="it is too small"),
    )

    table = deployment.boards_table(record(elsewhere=others))

    here, there, tiny = map(cells, table.rows)
    assert here[:4] == ("mps2-an386", "cortex-m4", "1 600 000", "4")
    assert here[6:] == ("20", "0.025", "1 000", "0")
    assert there[2:4] == ("3 200 000", "8")
    assert there[-1] == "1"
    assert tiny == ("tiny", "cortex-m0", *("–",) * 8)
    assert "tiny: it is too small" in table.note


def test_memory_is_told_with_what_the_arena_holds() -> None:
    rows = {row[0]: plain(row[1]) for row in deployment.memory_table(record()).rows}

    assert rows["flash: agent"] == "45 488"
    assert rows["RAM: states and events"] == "3 296"
    assert rows["RAM: scratch of the kernels"] == "512"


def test_the_page_holds_every_table_and_where_all_comes_from() -> None:
    elsewhere = (SpikingElsewhere(board="tiny", core="cortex-m0", problem="it is too small"),)
    shown = record(elsewhere=elsewhere)

    html = page(shown)

    for table in (*deployment.tables(shown), deployment.boards_table(shown)):
        assert table.caption in html
    for proof in ("a" * 64, "b" * 64, "c" * 64, "d" * 64, "f" * 16):
        assert proof in html
