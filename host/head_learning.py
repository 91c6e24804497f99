# SPDX-License-Identifier: Apache-2.0
"""A device learns the head of its network from labels, between its slots."""

from collections.abc import Callable
from dataclasses import dataclass

from boards.errors import ImageError
from boards.head import Head, head_record, with_head
from boards.head_settings import HeadLabels, HeadSettings, right_shift_of, step_factor
from boards.image import Image
from host import wire
from host.session import Session
from host.wire import MessageType
from host.wire_learning import (
    LearnBegin,
    LearnLabels,
    LearnLabelsAnswer,
    LearnResume,
    LearnStep,
    LearnStepAnswer,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCost:
    """What labels or a step took.

    Parameters
    ----------
    ticks : int
        Ticks of the device's counter, `DeviceInfo.clock_hz` a second.
    instructions : int or None
        Instructions executed; None where the counter does not count them.
    """

    ticks: int
    instructions: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedStep:
    """A step: the image that is now in force, and what it took, seals and checks included."""

    image: Image
    cost: LearningCost


class Learning:
    """An open learner on a device; `host.device.Device.begin_learning` makes one.

    It ends when another network is loaded or patched. After an error of the link during `step` no
    network is relied on: load one, and begin again. The image of any step can be given to `load`
    and be the base of a patch.

    Parameters
    ----------
    session : Session
        The open conversation with the device.
    image : Image
        The one in force.
    settings : HeadSettings
        Made for its head.
    step : callable
        Has the device take a step.
    instructions_of : callable
        What so many ticks are worth.

    Raises
    ------
    ImageError
        The network has no head that can learn.
    DeviceStatusError
        Another network is in force, or the device has no room for the learner, or its images lie in
        flash.
    MessageTooLongError
        The settings do not fit into a message of the device.
    """

    def __init__(
        self,
        session: Session,
        image: Image,
        settings: HeadSettings,
        *,
        step: Callable[[LearnStep], LearnStepAnswer],
        instructions_of: Callable[[int], int | None],
    ) -> None:
        self.image = image
        self.num_labels = 0
        self._session, self._step, self._instructions_of = session, step, instructions_of
        self._shape = (head_record(image).window.num_in, head_record(image).window.num_out)
        begin = LearnBegin(
            base_sha256=image.sha256,
            num_in=settings.num_in,
            num_out=settings.num_out,
            momentum_shift=settings.momentum_shift,
            data=settings.pack(),
        )
        session.require_writable(MessageType.LEARN_BEGIN)
        session.require_room(MessageType.LEARN_BEGIN, begin)
        session.ask(MessageType.LEARN_BEGIN, begin, wire.Empty)

    def resume(self, learned: bytes, *, num_labels: int) -> None:
        """Go on where another learner was, whose last step led to the image that this began with.

        Parameters
        ----------
        learned : bytes
            As `sim.learning_twin.LearningTwin.learned` tells.
        num_labels : int
            Since that step.

        Raises
        ------
        ValueError
            It does not fit into a frame of the device.
        DeviceStatusError
            A value is out of its range, or learning has ended; what was learned here stays.
        """
        request = LearnResume(num_labels=num_labels, data=learned)
        room = self._session.info.max_payload - LearnResume.LAYOUT.size
        if len(learned) > room:
            raise ValueError(f"{len(learned)} bytes learned do not fit into a frame of {room}")
        self._session.ask(MessageType.LEARN_RESUME, request, wire.Empty)
        self.num_labels = num_labels

    def teach(self, labels: HeadLabels) -> LearningCost:
        """Tell labels of the slot that the device ran last.

        Raises
        ------
        DeviceStatusError
            A label leaves the slot, new input or a step came since the run, or learning has ended.
        MessageTooLongError
            There are more labels than fit into a message of the device.
        """
        request = LearnLabels(data=labels.pack())
        self._session.require_room(MessageType.LEARN_LABELS, request)
        answer = self._session.ask(MessageType.LEARN_LABELS, request, LearnLabelsAnswer)
        self.num_labels = answer.num_labels
        return self._cost(answer.ticks)

    def step(self, rate: float) -> LearnedStep:
        """Take a step on the mean over the labels since the last one; slots run on behind it.

        Parameters
        ----------
        rate : float
            1 goes about as far as Newton's method; see `boards.head_settings`.

        Raises
        ------
        DeviceStatusError
            The rate is too large for the factors, or learning has ended; the network from before is
            still in force.
        ProtocolError
            What the device tells of its head is not the image that it names.
        """
        factor = step_factor(rate, num_labels=self.num_labels)
        request = LearnStep(multiplier=factor.multiplier, right_shift=right_shift_of(factor))
        answer = self._step(request)
        self.num_labels = 0
        self.image = self._image_of(answer)
        return LearnedStep(image=self.image, cost=self._cost(answer.ticks))

    def _image_of(self, answer: LearnStepAnswer) -> Image:
        num_in, num_out = self._shape
        try:
            head = Head.told(answer.data, num_in=num_in, num_out=num_out)
            image = with_head(self.image, head)
        except (ImageError, ValueError) as error:
            raise self._session.nonsense(MessageType.LEARN_STEP, str(error)) from error
        if image.sha256 != answer.sha256:
            problem = "a head that is not that of the image it names"
            raise self._session.nonsense(MessageType.LEARN_STEP, problem)
        return image

    def _cost(self, ticks: int) -> LearningCost:
        return LearningCost(ticks=ticks, instructions=self._instructions_of(ticks))
