# SPDX-License-Identifier: Apache-2.0
"""A device learns while it runs; the host always knows the image, or knows that it does not."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from boards.board import Board
from boards.compress import int8
from boards.graph import Graph
from boards.head import head_of, with_head
from boards.head_settings import HeadLabels, settings_for
from boards.image import Image
from boards.patch import Patch
from host.conversation import Conversation
from host.device import Device
from host.errors import DeviceStatusError, LinkTimeout, ProtocolError
from host.launcher import open_device
from host.links.link import Link
from host.patience import Limits
from host.session import Session
from host.wire_learning import LearnStep, LearnStepAnswer
from sim.learning_twin import LearningTwin
from sim.loopback import LoopbackLink
from sim.twin import Twin
from tests.boards.networks import calibration_slots, residual_network
from tests.firmware.operators import Case, compiled, convolution_graph
from tests.host.patched import loopback

GRAPH = int8.quantize(residual_network(num_channels=13), calibration_slots(num_slots=4))
IMAGE = compiled(GRAPH)
X = np.random.default_rng(1).integers(-128, 128, (16, *IMAGE.input_shape), dtype=np.int8)
SETTINGS = settings_for(GRAPH, X[:4])


@pytest.fixture
def device(native: Board) -> Iterator[Device]:
    with open_device(native, retry_after_s=0.005) as opened:
        opened.load(IMAGE)
        yield opened


class DeafLink:
    """Passes everything on, and loses the answers from a request on that is told by `lose`."""

    def __init__(self, link: Link) -> None:
        self.port, self._link, self._is_deaf = link.port, link, False

    def lose(self, *, is_deaf: bool) -> None:
        self._is_deaf = is_deaf

    def write(self, data: bytes) -> None:
        self._link.write(data)

    def read(self, *, wait_s: float) -> bytes:
        data = self._link.read(wait_s=min(wait_s, 0.2))
        return b"" if self._is_deaf else data

    def drain(self) -> None:
        self._link.drain()


def labels(seed: int) -> HeadLabels:
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (16, 2)).astype(np.uint8)
    return HeadLabels(elements=np.sort(rng.permutation(48)[:16]), bits=bits)


def test_a_step_says_which_image_is_in_force(device: Device) -> None:
    twin = LearningTwin(IMAGE, SETTINGS)
    learning = device.begin_learning(IMAGE, SETTINGS)
    images: list[Image] = []

    for i in range(8):
        np.testing.assert_array_equal(device.run(X[i]), twin.run(X[i]))
        learning.teach(labels(i))
        twin.teach(labels(i))
        step = learning.step(0.3)

        assert step.image.data == twin.step(0.3).data
        assert learning.image is step.image
        assert device.info.image_hash == step.image.sha256[:8]
        assert device.hello().image_hash == step.image.sha256[:8]
        images.append(step.image)

    assert len({image.data for image in (IMAGE, *images)}) == 9


def test_labels_of_many_slots_are_one_step(device: Device) -> None:
    twin = LearningTwin(IMAGE, SETTINGS)
    learning = device.begin_learning(IMAGE, SETTINGS)
    for i in range(4):
        device.run(X[i])
        twin.run(X[i])
        learning.teach(labels(i))
        twin.teach(labels(i))

    assert learning.num_labels == 64
    assert learning.step(0.3).image.data == twin.step(0.3).data
    assert learning.num_labels == 0


def test_a_learned_network_is_loaded_already_and_the_one_before_comes_back(device: Device) -> None:
    learning = device.begin_learning(IMAGE, SETTINGS)
    device.run(X[0])
    learning.teach(labels(0))
    learned = learning.step(1.0).image
    num_requests = device.statistics.num_requests

    device.load(learned)
    at_no_cost = device.statistics.num_requests - num_requests
    after = device.run(X[1])
    device.load(IMAGE)

    assert at_no_cost == 0
    np.testing.assert_array_equal(after, Twin(learned).run(X[1]))
    np.testing.assert_array_equal(device.run(X[1]), Twin(IMAGE).run(X[1]))


def test_a_learned_network_is_patched(device: Device) -> None:
    other = with_head(IMAGE, head_of(compiled(other_graph())))
    learning = device.begin_learning(IMAGE, SETTINGS)
    device.run(X[0])
    learning.teach(labels(0))
    learned = learning.step(1.0).image

    with pytest.raises(DeviceStatusError, match="refused PATCH_BEGIN: WRONG_BASE"):
        device.patch(Patch.between(IMAGE, other))
    device.patch(Patch.between(learned, other))

    np.testing.assert_array_equal(device.run(X[1]), Twin(other).run(X[1]))
    with pytest.raises(DeviceStatusError, match="refused LEARN_STEP: BAD_STATE"):
        learning.step(1.0)


def test_a_patched_network_learns(device: Device) -> None:
    other = with_head(IMAGE, head_of(compiled(other_graph())))
    device.patch(Patch.between(IMAGE, other))
    twin = LearningTwin(other, SETTINGS)
    learning = device.begin_learning(other, SETTINGS)

    for learner in (device, twin):
        learner.run(X[0])
    learning.teach(labels(0))
    twin.teach(labels(0))

    assert learning.step(1.0).image.data == twin.step(1.0).data


def test_through_one_percent_of_faults_every_label_and_step_counts_once(device: Device) -> None:
    """The agent loses 1 % of frames and damages 1 %, each way."""
    twin = LearningTwin(IMAGE, SETTINGS)
    learning = device.begin_learning(IMAGE, SETTINGS)
    device.inject_faults(drop_per_million=10_000, flip_per_million=10_000, seed=11)
    num_wrong = 0

    for i in range(300):
        num_wrong += not np.array_equal(device.run(X[i % 16]), twin.run(X[i % 16]))
        learning.teach(labels(i))
        twin.teach(labels(i))
        if i % 3 == 2:
            num_wrong += learning.step(0.1).image.data != twin.step(0.1).data

    assert num_wrong == 0
    assert device.statistics.num_retries > 20


def test_after_a_step_without_an_answer_no_network_is_trusted(native: Board) -> None:
    """The device has taken the step; the image from before comes back without a chunk."""
    with open_device(native) as opened:
        link = DeafLink(opened.link)
        limits = Limits(timeout_s=0.5, num_attempts=3, first_wait_s=0.1, shortest_wait_s=0.1)
        device = Device(Session(Conversation(link, board="native", limits=limits)))
        device.load(IMAGE)
        learning = device.begin_learning(IMAGE, SETTINGS)
        device.run(X[0])
        learning.teach(labels(0))
        link.lose(is_deaf=True)
        with pytest.raises(LinkTimeout, match="did not answer LEARN_STEP"):
            learning.step(1.0)
        link.lose(is_deaf=False)
        with pytest.raises(DeviceStatusError, match="refused RUN: BAD_STATE"):
            device.run(X[0])
        in_force = device.hello().image_hash
        device.load(IMAGE)
        y = device.run(X[1])

    assert in_force != IMAGE.sha256[:8]
    np.testing.assert_array_equal(y, Twin(IMAGE).run(X[1]))


def test_a_step_that_is_refused_leaves_the_network_in_force(device: Device) -> None:
    learning = device.begin_learning(IMAGE, SETTINGS)

    with pytest.raises(DeviceStatusError, match="refused LEARN_STEP: BAD_ARG"):
        learning.step(5e8)

    np.testing.assert_array_equal(device.run(X[0]), Twin(IMAGE).run(X[0]))


def test_learning_another_image_than_that_in_force_is_refused(device: Device) -> None:
    other = with_head(IMAGE, head_of(compiled(other_graph())))

    with pytest.raises(DeviceStatusError, match="refused LEARN_BEGIN: WRONG_BASE"):
        device.begin_learning(other, SETTINGS)


def test_a_network_with_nine_outputs_cannot_learn_and_it_is_said_why(device: Device) -> None:
    graph = convolution_graph(Case(name="", num_out=9))
    image = compiled(graph)
    x = np.zeros((1, *image.input_shape), np.int8)
    device.load(image)

    with pytest.raises(DeviceStatusError, match=r"LEARN_BEGIN: NO_HEAD\. Learn with a network tha"):
        device.begin_learning(image, settings_for(graph, x))


def test_firmware_that_cannot_learn_says_so() -> None:
    link = LoopbackLink(loopback(max_payload=4096))
    device = Device(Session(Conversation(link, board="loopback", limits=Limits())))
    device.load(IMAGE)

    with pytest.raises(DeviceStatusError, match=r"refused LEARN_BEGIN: UNKNOWN\. This firm"):
        device.begin_learning(IMAGE, SETTINGS)


@pytest.mark.parametrize("kept", [slice(0, -1), slice(0, 0)], ids=["cut short", "empty"])
def test_a_head_that_makes_no_sense_is_refused(
    device: Device, monkeypatch: pytest.MonkeyPatch, kept: slice
) -> None:
    learning = device.begin_learning(IMAGE, SETTINGS)
    ask = learning._step  # pyright: ignore[reportPrivateUsage]  # the only way to forge an answer

    def forged(request: LearnStep) -> LearnStepAnswer:
        answer = ask(request)
        return LearnStepAnswer(ticks=0, sha256=answer.sha256, data=answer.data[kept])

    monkeypatch.setattr(learning, "_step", forged)

    with pytest.raises(ProtocolError, match="bytes are no head of 13 to 2"):
        learning.step(1.0)


def test_a_head_of_another_image_than_it_names_is_refused(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    learning = device.begin_learning(IMAGE, SETTINGS)
    ask = learning._step  # pyright: ignore[reportPrivateUsage]  # the only way to forge an answer

    def forged(request: LearnStep) -> LearnStepAnswer:
        answer = ask(request)
        return LearnStepAnswer(ticks=0, sha256=bytes(32), data=answer.data)

    monkeypatch.setattr(learning, "_step", forged)

    with pytest.raises(ProtocolError, match=r"LEARN_STEP .* not that of the image it names"):
        learning.step(1.0)


@pytest.mark.qemu
def test_boards_count_what_learning_takes_and_run_on_in_as_many_instructions(
    emulated: Board,
) -> None:
    with open_device(emulated, timeout_s=60.0) as device:
        device.load(IMAGE)
        learning = device.begin_learning(IMAGE, SETTINGS)
        before = device.measure(X[0]).instructions
        taught = [learning.teach(labels(i)).instructions for i in range(2)]
        step = learning.step(0.3)
        after = device.measure(X[0]).instructions

    assert taught[0] == taught[1]
    assert taught[0] is not None
    assert before is not None
    assert after is not None
    assert 16 * 13 * 2 < taught[0] < 16 * 13 * 2 * 20
    assert step.cost.instructions is not None
    assert abs(after - before) < 0.01 * before


def other_graph() -> Graph:
    """Return the network with its last weights reversed."""
    name = GRAPH.operators[-1].inputs[1]
    weights = GRAPH.tensors[name]
    assert weights.data is not None
    tensors = {**GRAPH.tensors, name: replace(weights, data=weights.data[..., ::-1].copy())}
    return replace(GRAPH, tensors=tensors)
