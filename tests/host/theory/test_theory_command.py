# SPDX-License-Identifier: Apache-2.0
"""`airloop theory`: its tables, its files, and how it refuses."""

import json
from html import escape
from pathlib import Path

import pytest

from host.cli.app import USER_ERROR, execute
from host.theory.rehearsal import RehearsalSettings, study

Captured = pytest.CaptureFixture[str]

QUICK = {
    "update-magnitude": ("--draws", "20", "--shared", "12", "--specific", "4", "--labels", "10"),
    "rehearsal": ("--draws", "20", "--parameters", "40", "--labels", "10"),
    "recommendation": ("--max-frames", "16",),
}  # fmt: skip


@pytest.mark.parametrize("study", QUICK)
def test_a_study_prints_its_tables_and_writes_json_page_and_picture(
    study: str, tmp_path: Path, capsys: Captured
) -> None:
    folder, file = tmp_path / "deep" / "shown", tmp_path / "study.json"

    code = execute(["theory", study, *QUICK[study], "--output", str(folder), "--json", str(file)])

    assert code == 0
    written = json.loads(file.read_text())
    said = " ".join(capsys.readouterr().out.split())
    assert written["study"] == study
    assert all(table["caption"] in said for table in written["tables"])
    assert all(panel["lines"] for panel in written["panels"])
    assert (folder / f"{study}.png").read_bytes()[:4] == b"\x89PNG"
    page = (folder / "theory.html").read_text()
    assert all(escape(panel["title"]) in page for panel in written["panels"])
    assert "<script src" not in page


def test_more_labels_than_parameters_have_no_threshold_and_no_floor(
    tmp_path: Path, capsys: Captured
) -> None:
    several = ("--distance", "0.2", "--distance", "0.4", "--draws", "20", "--parameters", "20")

    assert (
        execute(["theory", "rehearsal", *several, "--labels", "60", "--output", str(tmp_path)]) == 0
    )

    assert "Memory error while" not in capsys.readouterr().out
    assert (tmp_path / "rehearsal.png").exists()


def test_a_bar_is_drawn_over_all_draws_of_all_distances() -> None:
    told: list[tuple[int, int]] = []
    settings = RehearsalSettings(num_parameters=20, num_new=5, distances=(0.2, 0.4), num_draws=60)

    study(settings, on_progress=lambda done, total: told.append((done, total)))

    assert told == [(0, 120), (50, 120), (60, 120), (60, 120), (110, 120), (120, 120)]


def test_json_on_standard_output_is_alone_there_and_follows_the_seed(capsys: Captured) -> None:
    answers: list[str] = []
    for seed in ("1", "1", "2"):
        assert (
            execute(["theory", "rehearsal", *QUICK["rehearsal"], "--seed", seed, "--json", "-"])
            == 0
        )
        answers.append(json.dumps(json.loads(capsys.readouterr().out)["panels"]))

    assert answers[0] == answers[1] != answers[2]


@pytest.mark.parametrize("study", QUICK)
def test_help_shows_examples(study: str, capsys: Captured) -> None:
    assert execute(["theory", study, "--help"]) == 0

    assert f"airloop theory {study}" in capsys.readouterr().out.split("Examples:")[1]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("rehearsal", "--distance", "3"), "triangle"),
        (("rehearsal", "--noise", "nan"), "noise"),
        (("rehearsal", "--draws", "1"), "draws"),
        (("update-magnitude", "--first", "80"), "num_first"),
        (("update-magnitude", "--labels", "22"), "num_second"),
        (("update-magnitude", "--max-distance", "0"), "max_distance"),
        (("recommendation", "--trained", "head"), "NAME=COUNT"),
        (("recommendation", "--trained", "a=4", "--trained", "a=5"), "once"),
        (("recommendation", "--trained", "bias=1"), "2 parameters"),
        (("nothing",), "nothing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_input_is_one_line_and_exit_code_2(
    arguments: tuple[str, ...], word: str, capsys: Captured
) -> None:
    assert execute(["theory", *arguments]) == USER_ERROR

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert word in said


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, capsys: Captured
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")

    assert execute(["theory", "rehearsal", "--output", str(taken / "in")]) == USER_ERROR
    assert "--output" in capsys.readouterr().err
