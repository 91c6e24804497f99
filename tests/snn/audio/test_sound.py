# SPDX-License-Identifier: Apache-2.0
"""Sound from files: bits, microphones, and rates that the ear does not take as they are."""

from pathlib import Path

import numpy as np
import pytest

from snn.audio.cochlea import Cochlea
from snn.audio.sound import Sound, at_a_rate_for, read_sound
from snn.errors import DataError, EventError
from tests.snn.data.written import write_wav

EAR = Cochlea()


@pytest.mark.parametrize("kind", ["int16", "int32", "float32", "uint8"])
def test_bits_of_a_sample_do_not_matter(kind: str, tmp_path: Path) -> None:
    wave = np.sin(np.arange(800) / 5.0)
    scaled = {"int16": 3e4 * wave, "int32": 2e9 * wave, "uint8": 128 + 100 * wave}
    write_wav(tmp_path / "a.wav", scaled.get(kind, wave).astype(kind))

    samples = read_sound(tmp_path / "a.wav").samples

    np.testing.assert_allclose(samples / np.abs(samples).max(), wave / wave.max(), atol=0.02)


def test_microphones_are_averaged(tmp_path: Path) -> None:
    both = np.stack([np.full(80, 100), np.full(80, 300)], axis=1).astype(np.int16)
    write_wav(tmp_path / "a.wav", both)

    np.testing.assert_array_equal(read_sound(tmp_path / "a.wav").samples, 200.0)


@pytest.mark.parametrize(
    ("rate_hz", "heard_at_hz"),
    [
        (8000, 8000),
        (16_000, 16_000),
        (11_025, 8000),
        (22_050, 16_000),
        (44_100, 32_000),
        (9000, 9000),
        (192_000, 192_000),
        (96_001, 48_000),
    ],
)
def test_rates_that_the_ear_does_not_take_become_the_next_lower(
    rate_hz: int, heard_at_hz: int
) -> None:
    wave = np.sin(2 * np.pi * 440.0 * np.arange(rate_hz) / rate_hz)

    sound = at_a_rate_for(Sound(samples=wave, rate_hz=rate_hz), EAR, file="a.wav")

    assert sound.rate_hz == heard_at_hz
    inside = slice(heard_at_hz // 10, -heard_at_hz // 10)  # the filter rings at both ends
    again = np.sin(2 * np.pi * 440.0 * np.arange(len(sound.samples)) / heard_at_hz)
    np.testing.assert_allclose(sound.samples[inside], again[inside], atol=2e-3)


@pytest.mark.parametrize("rate_hz", [4000, 7000, 7200, 7999])
def test_a_rate_too_low_for_the_filters_is_refused_in_words(rate_hz: int) -> None:
    with pytest.raises(EventError, match=f"a.wav: {rate_hz} Hz are too few for filters up to 3600"):
        at_a_rate_for(Sound(samples=np.zeros(9), rate_hz=rate_hz), EAR, file="a.wav")


def test_a_package_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    (tmp_path / "a.opus").write_bytes(b"")

    with pytest.raises(DataError, match=r"reading \.opus takes the package soundfile"):
        read_sound(tmp_path / "a.opus")


@pytest.mark.parametrize("name", ["a.wav", "a.opus", "a.flac"])
def test_what_is_no_sound_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"words, words, words")

    with pytest.raises(EventError, match=f"{name}: this is no sound"):
        read_sound(tmp_path / name)
    with pytest.raises(EventError, match="there is no such file"):
        read_sound(tmp_path / f"gone{name}")
