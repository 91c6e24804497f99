# SPDX-License-Identifier: Apache-2.0
"""Trials: their order, what names them and what does not."""

import subprocess
from pathlib import Path

import pytest

from channels import scenario
from channels.errors import UnknownNameError
from host import provenance
from host.errors import ExperimentError
from host.experiment import Experiment
from host.trial import Trial, at_ports, content_hash, expand
from tests.host.fake_campaign import SCENARIO, catalog, experiment


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "quiet.toml").write_text(SCENARIO)
    return tmp_path / "fake.toml"


def expanded(file: Path, **changes: object) -> tuple[Trial, ...]:
    changed = Experiment.model_validate(experiment(2).model_dump() | changes)
    return expand(changed, file=file, catalog=catalog(file.parent))


def test_trials_come_in_the_order_of_the_file(file: Path) -> None:
    cells = [trial.cell for trial in expanded(file)]

    assert [(c.receiver, c.device, c.snr_db, c.seed) for c in cells[:4]] == [
        ("ls", "host", 0.0, 0),
        ("ls", "host", 0.0, 1),
        ("ls", "host", 3.0, 0),
        ("ls", "host", 3.0, 1),
    ]
    assert [c.device for c in cells[4:]] == ["host"] * 4 + ["emulated"] * 4


def test_only_networks_leave_the_host(file: Path) -> None:
    elsewhere = {t.cell.receiver for t in expanded(file) if t.cell.device != "host"}

    assert elsewhere == {"net"}


def test_the_experiments_own_grid_replaces_the_scenarios(file: Path) -> None:
    assert {t.cell.snr_db for t in expanded(file, snr=(7.0,))} == {7.0}


def test_boards_run_their_part_of_the_grid_with_fewer_slots(file: Path) -> None:
    boards = [t for t in expanded(file, board_slots=16, board_snr=(3.0,)) if t.on_board]

    assert {(t.cell.snr_db, t.cell.stop.max_slots) for t in boards} == {(3.0, 16)}
    assert boards[0].resources == {"cpu": 1, "board:emulated": 1}


def test_the_name_follows_what_the_result_depends_on(file: Path) -> None:
    before = expanded(file)[0].trial_id
    changes = ({"seeds": (5,)}, {"snr": (9.0,)}, {"coded": False}, {"stop": {"max_slots": 64}})

    after = {expanded(file, **change)[0].trial_id for change in changes}
    file.with_name("quiet.toml").write_text(SCENARIO.replace("3.0", "4.0"))
    after.add(expanded(file)[0].trial_id)

    assert before not in after
    assert len(after) == len(changes) + 1


def test_the_name_ignores_the_experiments_name_and_the_other_cells(file: Path) -> None:
    before = expanded(file)[0].trial_id

    after = expanded(file, name="other", title="a title", receivers=("ls",))[0].trial_id

    assert after == before


def test_a_port_is_for_the_trials_of_its_board_and_names_none(file: Path) -> None:
    before = expanded(file)

    after = at_ports(before, {"emulated": "socket://here:1"})

    assert {t.port for t in after if t.on_board} == {"socket://here:1"}
    assert {t.port for t in after if not t.on_board} == {None}
    assert [t.trial_id for t in after] == [t.trial_id for t in before]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(
            {"receivers": ("ls", "lmmse")},
            "receivers.1: no receiver called 'lmmse'; there are: ls, net",
            id="receiver",
        ),
        pytest.param(
            {"devices": ("z80",)},
            "devices.0: no device called 'z80'; there are: host, twin, emulated",
            id="device",
        ),
        pytest.param(
            {"board_snr": (1.0,)},
            "board_snr.0: 1.0 dB is not in the grid; there are: 0.0, 3.0",
            id="SNR of boards",
        ),
        pytest.param(
            {"receivers": ("ls",), "devices": ("twin",)},
            "devices: no trial is left",
            id="nothing to do",
        ),
    ],
)
def test_a_name_that_does_not_exist_is_answered_with_those_that_do(
    file: Path, change: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ExperimentError) as caught:
        expanded(file, **change)

    assert str(caught.value).startswith(f"{file}: {complaint}")


def test_an_unknown_scenario_is_answered_with_the_shipped_ones(file: Path) -> None:
    with pytest.raises(UnknownNameError, match="no scenario called 'moon'"):
        expanded(file, scenarios=("moon",))


def test_the_commit_is_that_of_the_checkout() -> None:
    head = subprocess.run(
        ["git", "-C", str(provenance.ROOT), "rev-parse", "HEAD"],
        check=False,
        capture_output=True,
        text=True,
    )

    commit = provenance.git_commit()

    assert commit is None if head.returncode else (commit or "").startswith(head.stdout.strip())


def test_a_later_key_counts_where_it_is_used_alone() -> None:
    plain = scenario.load("uplink-2x4")
    spelled_out = plain.with_values({"link.dmrs": {"symbols": [2, 11], "sharing": "comb"}})
    shared = plain.with_values({"link.dmrs": {"symbols": [2, 11], "sharing": "cover-code"}})

    # What records of this scenario hold that were made before pilots could be shared otherwise.
    before = "0b263cefb815b37ce0118ca23537721723f1a33159ef361d77e3c291fe1f8ff0"
    assert content_hash(plain) == content_hash(spelled_out) == before
    assert content_hash(shared) != before
