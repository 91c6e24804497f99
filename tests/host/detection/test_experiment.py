# SPDX-License-Identifier: Apache-2.0
"""Experiment files of detectors: what they say, what is wrong with them, and their trials."""

import re
from pathlib import Path

import pytest

from host import provenance
from host.detection.experiment import iterates, learns
from host.detection.trial import anchored, expand
from host.errors import ExperimentError
from tests.host.detection.small_study import EXPERIMENT, FILE, read, trials

SCENARIO = EXPERIMENT.replace('"synthetic-decay"', '"scenario"\nname = "uplink-2x4"').replace(
    "num_tx = [2]\n", ""
)


def test_blocks_are_spread_evenly_over_the_period() -> None:
    assert read().block_indices == (0, 10, 20)
    assert read(EXPERIMENT.replace("period = 30\n", "")).block_indices == (0, 1, 2)
    listed = EXPERIMENT.replace("num_blocks = 3\nperiod = 30", "blocks = [7, 2]")
    assert read(listed).block_indices == (7, 2)


def test_the_anchor_runs_whether_it_is_listed_or_not() -> None:
    assert read().all_detectors == ("map", "lmmse", "fitted-lmmse", "deep-sic")
    there = read(EXPERIMENT.replace("[source]", 'anchor = "lmmse"\n[source]', 1))
    assert there.all_detectors == ("lmmse", "fitted-lmmse", "deep-sic")


def test_detectors_run_once_for_what_they_do_not_know() -> None:
    found = trials()
    numbers = {name: sum(t.cell.detector == name for t in found) for name in read().all_detectors}

    assert numbers == {"map": 2, "lmmse": 2, "fitted-lmmse": 4, "deep-sic": 8}
    assert {t.cell.num_pilots for t in found if t.cell.detector == "map"} == {None}
    assert {t.cell.num_iterations for t in found if t.cell.detector == "fitted-lmmse"} == {None}
    assert len({trial.trial_id for trial in found}) == 16


@pytest.mark.parametrize(
    ("name", "is_learner", "is_iterative"),
    [
        ("map", False, False),
        ("fitted-map", True, False),
        ("deep-sic", True, True),
        ("gnn-sic", True, True),
    ],
)
def test_whoever_only_fits_a_channel_has_no_iterations(
    name: str, *, is_learner: bool, is_iterative: bool
) -> None:
    assert (learns(name), iterates(name)) == (is_learner, is_iterative)


def test_users_have_as_many_antennas_unless_these_are_listed() -> None:
    square = trials(EXPERIMENT.replace("num_tx = [2]", "num_tx = [2, 3]"))
    listed = trials(EXPERIMENT.replace("num_tx = [2]", "num_tx = [2, 3]\nnum_rx_ant = [4]"))

    assert {(t.cell.num_rx_ant, t.cell.num_tx) for t in square} == {(2, 2), (3, 3)}
    assert {(t.cell.num_rx_ant, t.cell.num_tx) for t in listed} == {(4, 2), (4, 3)}


def test_distortion_is_one_table_or_several() -> None:
    one = read(EXPERIMENT + '[distortion]\nkind = "tanh"\ndrive = 2.0\n')
    several = read(EXPERIMENT + '[[distortion]]\nkind = "none"\n[[distortion]]\nkind = "one-bit"\n')

    assert [table.label for table in one.distortion] == ["tanh, drive 2"]
    assert [table.label for table in several.distortion] == ["linear", "one bit"]


def test_a_scenario_brings_its_antennas_and_users() -> None:
    (trial, *_) = trials(SCENARIO)

    assert (trial.cell.num_rx_ant, trial.cell.num_tx) == (4, 2)
    assert trial.scenario is not None
    assert trial.scenario.name == "uplink-2x4"


def test_a_scenario_of_ones_own_counts_by_its_content_and_is_found_from_the_results(
    tmp_path: Path,
) -> None:
    air = (
        'schema = 1\ntitle = "air"\nchannel = {{ kind = "awgn" }}\n'
        'snr = {{ kind = "snr_db", values = [0.0] }}\nantennas = {{ num_rx_ant = {}, num_tx = 2 }}'
    )
    ids = []
    for number in (2, 2, 4):
        (tmp_path / "air.toml").write_text(air.format(number))
        found = expand(read(SCENARIO.replace("uplink-2x4", "air.toml")), file=tmp_path / "a.toml")
        ids.append(found[0].trial_id)

    assert ids[0] == ids[1] != ids[2]
    text = SCENARIO.replace("uplink-2x4", "air.toml")
    kept = anchored(read(text), text, folder=tmp_path, file="a.toml")
    assert f'name = "{tmp_path / "air.toml"}"' in kept
    assert expand(read(kept), file=Path("elsewhere/experiment.toml"))[0].trial_id == ids[2]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("num_data = 40", "num_data = 41"),
        ("num_pilots = [8, 20]", "num_pilots = [8, 30]"),
        ("period = 30", "period = 60"),
        ('"synthetic-decay"', '"synthetic-decay"\nhas_fading = false'),
        ("num_tx = [2]", "num_tx = [2]\ncsi_error_variance = [0.1]"),
        ("num_tx = [2]", "num_tx = [2]\nseeds = [5]"),
    ],
)
def test_all_that_changes_a_result_changes_the_name_of_its_trial(old: str, new: str) -> None:
    first, other = trials(), trials(EXPERIMENT.replace(old, new))

    assert not {one.trial_id for one in first} & {one.trial_id for one in other}


def test_name_title_and_anchor_of_an_experiment_are_no_part_of_a_trials_name() -> None:
    text = EXPERIMENT.replace('"small"', '"other"').replace("A small study", "Another")
    text = text.replace("[source]", 'anchor = "lmmse"\n[source]')

    known = {trial.trial_id for trial in trials()}
    assert {trial.trial_id for trial in trials(text)} < known


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"deep-sic"',
            '"deep"',
            r"small\.toml: detectors: no detector 'deep'; there are: deep-sic, ",
        ),
        (
            "[source]",
            'anchor = "deep-sic"\n[source]',
            r"anchor: no detector 'deep-sic' that does no",
        ),
        ("[0.0, 4.0]", "[]", r"snr_db: this list is empty; name at least one value"),
        ("[0.0, 4.0]", "[0.0, 0.0]", r"snr_db: 0\.0 stands there twice"),
        ("[8, 20]", "[0]", r"num_pilots\.0: Input should be greater than or equal to 1"),
        ("num_tx = [2]\n", "", r"num_tx: this key is required; name at least one number"),
        ("num_blocks = 3\n", "", r"num_blocks: name either this or a list of blocks"),
        ("period = 30", "period = 2", r"period: 3 blocks do not fit into 2; raise it"),
        ("num_data", "num_date", r"num_date: there is no such key; there are: kind, name,"),
        ('"bpsk"', '"8psk"', r"modulation: Input should be 'bpsk', 'qpsk'"),
        (
            '"synthetic-decay"',
            '"rician"',
            r"source: no kind 'rician'; there are: 'synthetic-decay', 'rayleigh', 'scenario'",
        ),
        (
            '"synthetic-decay"',
            '"rayleigh"\nfading = true',
            r"source\.fading: there is no such key; there are: kind, rx_correlation,",
        ),
        ('"synthetic-decay"', '"scenario"\nname = "x"', r"num_tx: the scenario says it; leave"),
        (
            "[source]",
            '[distortion]\nkind = "tanh"\ndrive = 0.0\n[source]',
            r"distortion\.0\.drive: Input should be greater than 0",
        ),
        ("[source]", "[[distortion]]\ndrive = 0.0\n[source]", r"distortion\.0: the key 'kind' is"),
        ("[source]", "[source", r"small\.toml: this is no TOML"),
    ],
)
def test_a_mistake_is_told_with_its_key(old: str, new: str, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        read(EXPERIMENT.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[2]", "[20]", r"small\.toml: anchor: map: .*65,?536"),
        ('["lmmse"', '["zf", "lmmse"', r"small\.toml: detectors\.0: zf: "),
    ],
)
def test_detectors_that_cannot_solve_the_problem_are_told_before_anything_runs(
    old: str, new: str, message: str
) -> None:
    text = EXPERIMENT.replace(old, new).replace("num_tx", "num_rx_ant = [1]\nnum_tx", 1)
    text = text.replace("[2]\n", "[4]\n") if "zf" in new else text

    with pytest.raises(ExperimentError, match=message):
        expand(read(text), file=FILE)


def test_the_experiment_of_the_documents_can_be_run() -> None:
    text = (provenance.ROOT / "docs/mimo.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)

    experiment = read(example)

    assert [table.label for table in experiment.distortion] == ["linear", "tanh, drive 1"]
    assert len(expand(experiment, file=FILE)) == (2 + 3 * 3) * 2 * 3 * 2 * 2
