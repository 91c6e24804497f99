# SPDX-License-Identifier: Apache-2.0
"""Experiment files: what is read, and the one line that each mistake gets."""

from pathlib import Path

import pytest

from host.errors import ExperimentError
from host.experiment import Experiment, Metric, anchored

MINIMAL = """
name = "tiny"
scenarios = ["awgn"]
receivers = ["ls-linear"]
"""


def test_a_minimal_file_gets_the_documented_defaults() -> None:
    experiment = Experiment.parse(MINIMAL, file="tiny.toml")

    assert experiment.devices == ("host",)
    assert experiment.seeds == (1,)
    assert experiment.coded
    assert experiment.metrics == (Metric.BER, Metric.BLER, Metric.RATE)
    assert experiment.stop.block_size == 64


@pytest.mark.parametrize(
    ("addition", "complaint"),
    [
        pytest.param("snr = []", "tiny.toml: snr: this list is empty", id="empty SNR grid"),
        pytest.param("snr = [1.0, 1.0]", "tiny.toml: snr: 1.0 stands there twice", id="twice"),
        pytest.param("snr = [nan]", "tiny.toml: snr.0: ", id="SNR that is no number"),
        pytest.param("sedes = [1]", "tiny.toml: sedes: there is no such key", id="misspelt key"),
        pytest.param("seeds = [-1]", "tiny.toml: seeds.0: ", id="negative seed"),
        pytest.param("metrics = ['ser']", "tiny.toml: metrics.0: ", id="unknown metric"),
        pytest.param(
            "[stop]\nmax_slot = 5",
            "tiny.toml: stop.max_slot: there is no such key; there are: min_slots, max_slots",
            id="misspelt key of a table",
        ),
        pytest.param(
            "[stop]\nmin_slots = 9\nmax_slots = 5",
            "tiny.toml: stop: min_slots is 9 and max_slots is 5",
            id="limits the wrong way round",
        ),
        pytest.param("snr = [1", "tiny.toml: this is no TOML: ", id="malformed TOML"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(addition: str, complaint: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        Experiment.parse(MINIMAL + addition, file="tiny.toml")

    assert str(caught.value).startswith(complaint)
    assert "\n" not in str(caught.value)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(ExperimentError, match=r"^x: name: this key is required"):
        Experiment.parse('scenarios = ["awgn"]\nreceivers = ["lmmse"]', file="x")


def test_somebody_has_to_receive() -> None:
    with pytest.raises(ExperimentError, match=r"^x: receivers: this list is empty; name at least"):
        Experiment.parse('name = "x"\nscenarios = ["awgn"]', file="x")


def test_a_missing_file_names_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "there.toml").write_text(MINIMAL)

    with pytest.raises(ExperimentError, match=r"gone\.toml: there is no such file.*there\.toml"):
        Experiment.load(tmp_path / "gone.toml")


def test_a_name_that_is_no_folder_is_refused() -> None:
    with pytest.raises(ExperimentError, match=r"^x: name: "):
        Experiment.parse(MINIMAL.replace("tiny", "../tiny"), file="x")


@pytest.mark.parametrize(
    "receivers",
    [
        pytest.param("['ls-linear', \"own/mine.npz\"]  # tuned by hand", id="literal strings"),
        pytest.param('["ls-linear", "own\\u002Fmine.npz"]', id="escapes"),
        pytest.param('["ls-linear", """own/mine.npz"""]', id="long strings"),
    ],
)
def test_an_experiment_that_is_kept_elsewhere_has_absolute_paths(
    receivers: str, tmp_path: Path
) -> None:
    text = f'name = "tiny"\nscenarios = ["awgn", "../air.toml"]\nreceivers = {receivers}\n'

    kept = Experiment.parse(anchored(text, folder=tmp_path / "here", file="x"), file="x")

    assert kept.scenarios == ("awgn", str(tmp_path / "air.toml"))
    assert kept.receivers == ("ls-linear", str(tmp_path / "here" / "own" / "mine.npz"))


def test_a_path_that_is_a_title_too_changes_as_a_path_only(tmp_path: Path) -> None:
    text = MINIMAL.replace('"awgn"', '"air.toml"') + 'title = "air.toml"'

    kept = Experiment.parse(anchored(text, folder=tmp_path, file="x"), file="x")

    assert (kept.title, kept.scenarios) == ("air.toml", (str(tmp_path / "air.toml"),))


def test_an_experiment_without_paths_is_kept_to_the_letter(tmp_path: Path) -> None:
    text = MINIMAL + "# a remark\n"

    assert anchored(text, folder=tmp_path, file="x") == text


def test_comments_stay_beside_absolute_paths(tmp_path: Path) -> None:
    text = MINIMAL.replace('"awgn"', "'air.toml'") + "# a remark\n"

    assert anchored(text, folder=tmp_path, file="x") == text.replace(
        "'air.toml'", f'"{tmp_path}/air.toml"'
    )
