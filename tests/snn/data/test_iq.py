# SPDX-License-Identifier: Apache-2.0
"""The task of radio's own: the same whatever is asked of it, and one that can be learned."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from channels.scenario import Scenario
from snn.data import catalog, iq
from snn.data.iq import Coding, IqTask, generate, narrowband, received
from snn.data.waveforms import WAVEFORMS
from snn.errors import DataError, UnknownNameError
from snn.events.event_set import EventSet
from snn.events.unchecked import Unchecked
from tests.snn.events.small_sets import same

ROOT = Path(__file__).resolve().parents[3]
SMALL = IqTask(num_train=24, num_test=12)


@pytest.mark.parametrize("name", WAVEFORMS)
def test_waveforms_have_unit_power(name: str) -> None:
    grid = narrowband().with_values({"grid.num_symbols": 1000}).grid

    samples = WAVEFORMS[name](grid, np.random.default_rng(1))

    assert samples.dtype == np.complex64
    assert float(np.mean(np.abs(samples) ** 2)) == pytest.approx(1.0, abs=0.02)


def test_the_noise_is_as_strong_as_asked_for() -> None:
    # Power is brought to 1, so a tone of SNR s keeps s / (1 + s) of it in one bin of the spectrum.
    task = replace(SMALL, classes=("tone",), snr_db=(3.0,))

    samples = received(task, narrowband(), range(40))

    turns = np.stack([_strongest(one) for one in samples])
    snr = 10.0**0.3
    assert float(turns.mean()) == pytest.approx(snr / (1 + snr), abs=0.03)


def _strongest(samples: NDArray[np.complex64]) -> float:
    """Return the share of the power at the strongest frequency, off the grid as well."""
    spectrum = np.abs(np.fft.fft(samples, 16 * len(samples))) ** 2
    return float(spectrum.max() / len(samples) ** 2)


def test_recordings_are_the_same_in_any_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    one = generate(SMALL, split="train")
    monkeypatch.setattr(iq, "_BATCH", 5)

    assert same(generate(SMALL, split="train"), one)
    assert not same(generate(replace(SMALL, seed=2), split="train"), one)
    assert one.labels.tolist() == [i % 6 for i in range(24)]
    Unchecked(events=one, files=("iq",), unique=True).checked()


def test_test_recordings_follow_those_for_training() -> None:
    longer = generate(replace(SMALL, num_train=36), split="train")

    test = generate(SMALL, split="test")

    for i in range(12):
        np.testing.assert_array_equal(test.recording(i).times_us, longer.recording(24 + i).times_us)


@pytest.mark.parametrize("coding", Coding)
def test_codings_have_their_channels(coding: Coding) -> None:
    events = generate(replace(SMALL, coding=coding), split="test")

    assert events.sensor_shape == ({"delta": 12, "energy": 4, "both": 16}[coding],)
    assert set(events.channels.tolist()) == set(range(events.num_channels))


def test_other_air_and_impairments_make_other_spikes() -> None:
    still = narrowband()
    offset = still.with_values({"impairments.cfo_hz": 5000.0})

    made = [generate(SMALL, split="test", scenario=air) for air in (still, offset)]
    made.append(generate(SMALL, split="test", scenario=narrowband(kind="tdl-a")))

    assert len({one.times_us.tobytes() for one in made}) == 3


def counts(events: EventSet) -> NDArray[np.float64]:
    """Return the spikes of each channel over the whole window, and a column of ones."""
    rows = [np.bincount(one.channels, minlength=events.num_channels) for one in events]
    return np.column_stack([np.array(rows, dtype=np.float64), np.ones(len(rows))])


def told(task: IqTask) -> tuple[NDArray[np.int64], EventSet]:
    """Return what a linear classifier of the counts, fitted to one split, says of the other."""
    train, test = (generate(task, split=split) for split in ("train", "test"))
    scale = counts(train).std(axis=0) + 1.0
    wanted = np.eye(len(task.classes))[train.labels]
    x = counts(train) / scale
    weights = np.linalg.solve(x.T @ x + 1.0 * np.eye(x.shape[1]), x.T @ wanted)
    return np.argmax(counts(test) / scale @ weights, axis=1), test


@pytest.mark.parametrize("coding", Coding)
def test_counts_tell_a_linear_classifier_more_than_chance(coding: Coding) -> None:
    # Chance is 1/6; of 300 recordings 84 are right by chance with probability 1e-6 (binomial).
    task = IqTask(num_train=600, num_test=300, coding=coding, seed=7)

    said, test = told(task)

    assert int((said == test.labels).sum()) > 84


def test_the_document_quotes_what_the_classifier_gets() -> None:
    text = " ".join((ROOT / "docs" / "spiking-data.md").read_text().split())
    quoted = re.search(r"tells (\d+) % of the six .* (\d+) % at 20 dB and (\d+) % at 0 dB", text)

    said, test = told(IqTask())

    is_right, groups = said == test.labels, np.array(test.groups)
    parts = (is_right, is_right[groups == "20 dB"], is_right[groups == "0 dB"])
    assert quoted is not None
    assert [round(100 * float(part.mean())) for part in parts] == list(map(int, quoted.groups()))


def test_what_does_not_exist_is_refused_in_words() -> None:
    with pytest.raises(UnknownNameError, match="no waveform called '8psk'; there are: bpsk"):
        generate(replace(SMALL, classes=("8psk",)), split="train")
    with pytest.raises(DataError, match="no split called 'all'"):
        generate(SMALL, split="all")
    fast: Scenario = narrowband().with_values({"grid.subcarrier_spacing_hz": 30e3})
    with pytest.raises(DataError, match=r"samples are 0\.5208 us apart"):
        generate(SMALL, split="train", scenario=fast)


def test_the_catalog_knows_it() -> None:
    known = catalog.data_set("iq-modulation")

    assert known.class_names == IqTask().classes
    assert known.sensor_shape == (IqTask().num_channels,)
