# SPDX-License-Identifier: Apache-2.0
"""Files and folders recognised by their names."""

from pathlib import Path

import pytest

from host.cli.names import EVENT_KINDS, PUBLISHED
from host.spiking.opening import kinds
from snn.data.published import FILES, MSWC
from snn.data.recognition import EVENT_FILE, recognise
from snn.errors import DataError


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["a.npz"], EVENT_FILE),
        (["shd_train.h5"], "shd"),
        (["ssc_valid.h5"], "ssc"),
        (["7.bs2"], "nmnist"),
        (["7.bin"], "nmnist"),
        (["user1_led.aedat"], "dvs-gesture"),
        (["x/shd_train.h5"], "shd"),
        (["x/ssc_valid.h5", "x/other.txt"], "ssc"),
        (["x/Train/0/1.bin"], "nmnist"),
        (["x/1.bs2", "x/train1K.txt"], "nmnist"),
        (["x/trials_to_train.txt"], "dvs-gesture"),
        (["x/DvsGesture/trials_to_test.txt"], "dvs-gesture"),
        (["x/clips/yes/1.opus", "x/tr_splits.csv"], "mswc"),
        (["x/0_george_0.wav"], "fsdd"),
        (["x/recordings/0_george_0.wav"], "fsdd"),
        (["x/master/recordings/0_george_0.wav"], "fsdd"),
        (["x/yes/1.wav", "x/no/2.wav"], "wav-folder"),
        (["x/train/yes/1.flac"], "wav-folder"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_set_is_recognised_by_its_names(names: list[str], kind: str, tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    path = tmp_path / Path(names[0]).parts[0]

    assert recognise(path) == kind


def test_what_is_like_no_set_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()

    for path in (tmp_path, tmp_path / "a.txt"):
        with pytest.raises(DataError, match="like no data set that is known; say which by --kind"):
            recognise(path)
    with pytest.raises(DataError, match="there is no such file or folder"):
        recognise(tmp_path / "gone")


def test_what_the_shell_offers_is_what_there_is() -> None:
    assert set(EVENT_KINDS) == set(kinds())
    assert set(PUBLISHED) == {*FILES, MSWC}
