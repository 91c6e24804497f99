# SPDX-License-Identifier: Apache-2.0
"""Keyword spotting on spoken digits: twin and an emulated board give LiteRT's bits."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from boards.affine import to_int8
from boards.graph import Graph
from boards.requantization import quantization_of
from host.launcher import open_device
from sim.twin import Twin
from tests.firmware import speech
from tests.firmware.published import KWS01, file, network
from tests.host.built_firmware import built

pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")

from tests.boards.tflite_builder import LiteRt

NUM_RECORDINGS = 300
EVERY_ON_BOARDS = 10


def recordings() -> list[Path]:
    """Return the digits of the data set's own test split: 0 to 4 of each speaker and digit."""
    return sorted(file("fsdd/recordings").glob("*_[0-4].wav"))


def heard(graph: Graph, paths: list[Path]) -> NDArray[np.int8]:
    """Return the features of recordings as the network takes them, int8 [num, 49, 10, 1]."""
    seen = np.stack([speech.features(speech.second_of(path)) for path in paths])
    return to_int8(seen, quantization_of(graph.tensors[graph.input]))


def expected(content: bytes, x: NDArray[np.int8]) -> NDArray[np.int8]:
    litert = LiteRt(content)
    return np.stack([litert.run(one).flatten() for one in x])


def test_silence_has_the_features_of_its_closed_form() -> None:
    """All bands are ln(1e-6): the first cepstrum is 40 * 2 of them by the square root of 80."""
    seen = speech.features(np.zeros(speech.RATE_HZ))

    assert seen.shape == (speech.NUM_FRAMES, speech.NUM_CEPSTRA, 1)
    np.testing.assert_allclose(seen[:, 0, 0], 80 * np.log(1e-6) / np.sqrt(80), rtol=1e-6)
    np.testing.assert_allclose(seen[:, 1:], 0.0, atol=1e-5)


def test_a_tone_is_loudest_in_the_band_of_its_pitch() -> None:
    """A higher tone tilts the bands up: the second cepstrum, their slope, falls."""
    seconds = np.arange(speech.RATE_HZ) / speech.RATE_HZ
    tones = [np.sin(2.0 * np.pi * pitch_hz * seconds) for pitch_hz in (200.0, 800.0, 3200.0)]

    slopes = [float(speech.features(tone)[:, 1, 0].mean()) for tone in tones]

    assert slopes == sorted(slopes, reverse=True)


def test_the_twin_hears_digits_as_litert_does() -> None:
    content, graph, image = network(KWS01)
    paths = recordings()
    x = heard(graph, paths)

    y = Twin(image).run_batch(x.reshape(-1, *image.input_shape)).reshape(len(x), -1)

    assert len(paths) == NUM_RECORDINGS
    assert np.mean(x == 127) < 0.001, "the features leave the range that the network was made for"
    np.testing.assert_array_equal(y, expected(content, x))
    assert len(np.unique(y, axis=0)) > NUM_RECORDINGS // 4


@pytest.mark.qemu
def test_a_board_hears_digits_as_litert_does() -> None:
    content, graph, image = network(KWS01)
    x = heard(graph, recordings()[::EVERY_ON_BOARDS])

    with open_device(built("mps2-an386"), timeout_s=120.0) as device:
        device.load(image)
        y = np.stack([device.run(one.reshape(image.input_shape)).flatten() for one in x])

    np.testing.assert_array_equal(y, expected(content, x))
