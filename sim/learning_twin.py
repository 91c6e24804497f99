# SPDX-License-Identifier: Apache-2.0
"""The twin of a device that learns: runs, takes labels and steps with the firmware's own C."""

import ctypes
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boards.compress.fixed_point import FixedPoint
from boards.head import head_record
from boards.head_settings import HeadLabels, HeadSettings, pack_factor, step_factor
from boards.image import Image
from sim.errors import TwinError
from sim.twin import OK, address, aligned, arena_bytes, library, run_slots


class LearningTwin:
    """A network that runs and learns; satisfies the `Executor` protocol.

    It keeps what a device keeps, so one thread uses it at a time.

    Parameters
    ----------
    image : Image
        The compiled network.
    settings : HeadSettings
        Made for its head.

    Attributes
    ----------
    image : Image
        The image in force; every step makes another.

    Raises
    ------
    ImageError
        The network has no head that can learn.
    TwinError
        The firmware refuses image or settings.
    """

    def __init__(self, image: Image, settings: HeadSettings) -> None:
        self.image, self._settings = image, settings
        head_record(image)
        self._library = _library()
        self._bytes = aligned(len(image.data))
        self._bytes[:] = np.frombuffer(image.data, np.uint8)
        self._check(self._library.twin_validate(address(self._bytes), self._bytes.size))
        self._arena = aligned(arena_bytes(self._bytes))
        self._head = aligned(self._learner_bytes())
        self._begin()

    @property
    def learned(self) -> bytes:
        """Return velocities, then masters, as `learn_resume_t` wants them on the wire."""
        values = np.empty(self._library.twin_learned_bytes(address(self._head)), np.uint8)
        self._library.twin_learned(address(self._head), address(values))
        return values.tobytes()

    def state(self) -> dict[str, Any]:
        """Return the image in force and what was learned since; the arena is no past."""
        return {
            "image": self.image.data,
            "learned": self.learned,
            "num_labels": self.num_labels,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where another twin was that began with the same settings.

        Raises
        ------
        TwinError
            The firmware refuses what was learned.
        """
        self.image = Image(state["image"], self.image.source)
        self._bytes[:] = np.frombuffer(self.image.data, np.uint8)
        self._begin()
        status = self._library.twin_learn_resume(
            address(self._head), state["learned"], state["num_labels"]
        )
        self._check(status)
        self.num_labels = state["num_labels"]

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Run the network once.

        Parameters
        ----------
        x : int8 [height, width, num_in]
            The input.

        Returns
        -------
        int8 [height, width, num_out]
            The output.
        """
        output: NDArray[np.int8] = run_slots(self.image, self._bytes, self._arena, x[np.newaxis])[0]
        self._has_output = True
        return output

    def teach(self, labels: HeadLabels) -> None:
        """Take labels of the slot of the last run.

        Raises
        ------
        TwinError
            A label leaves the slot, there are too many for one step, or no run since the last one.
        """
        if not self._has_output:
            raise TwinError(f"{self.image.source}: labels need a run since the last step; run it")
        status = self._library.twin_learn_labels(
            *(address(array) for array in (self._head, self._bytes, self._arena)),
            labels.pack(),
            labels.num_labels,
        )
        self._check(status)
        self.num_labels += labels.num_labels

    def step(self, rate: float) -> Image:
        """Take a step on the mean over the labels since the last one.

        Returns
        -------
        Image
            Now in force.

        Raises
        ------
        GraphError, TwinError
            The rate is no rate, or too large for the factors.
        """
        return self.step_by(step_factor(rate, num_labels=self.num_labels))

    def step_by(self, factor: FixedPoint) -> Image:
        """Take a step on the sum over the labels since the last one; see `step`."""
        self._check(
            self._library.twin_learn_step(
                address(self._head), pack_factor(factor), address(self._bytes)
            )
        )
        self.num_labels = 0
        self._has_output = False
        self.image = Image(self._bytes.tobytes(), self.image.source)
        return self.image

    def _begin(self) -> None:
        """Learn the image in force from its weights and biases."""
        settings = self._settings
        self.num_labels = 0
        self._has_output = False
        self._check(
            self._library.twin_learn_begin(
                address(self._head),
                address(self._bytes),
                settings.momentum_shift,
                settings.pack(),
            )
        )

    def _learner_bytes(self) -> int:
        record, settings = head_record(self.image), self._settings
        if (record.window.num_in, record.window.num_out) != (settings.num_in, settings.num_out):
            raise TwinError(
                f"{self.image.source}: settings for {settings.num_in} to {settings.num_out} do "
                f"not fit its head of {record.window.num_in} to {record.window.num_out}"
            )
        num_bytes = int(self._library.twin_learner_bytes(address(self._bytes)))
        if num_bytes == 0:
            raise TwinError(f"{self.image.source}: the firmware finds no head that can learn")
        return num_bytes

    def _check(self, status: int) -> None:
        if status != OK:
            raise TwinError(f"{self.image.source}: the firmware refuses it with status {status}")


@cache
def _library() -> ctypes.CDLL:
    learning = library()
    pointer = ctypes.c_void_p
    learning.twin_learner_bytes.restype = ctypes.c_size_t
    learning.twin_learner_bytes.argtypes = (pointer,)
    learning.twin_learn_begin.argtypes = (pointer, pointer, ctypes.c_uint8, ctypes.c_char_p)
    learning.twin_learn_labels.argtypes = (*(pointer,) * 3, ctypes.c_char_p, ctypes.c_size_t)
    learning.twin_learn_step.argtypes = (pointer, ctypes.c_char_p, pointer)
    learning.twin_learned_bytes.restype = ctypes.c_size_t
    learning.twin_learned_bytes.argtypes = (pointer,)
    learning.twin_learned.restype = None
    learning.twin_learned.argtypes = (pointer, pointer)
    learning.twin_learn_resume.argtypes = (pointer, ctypes.c_char_p, ctypes.c_uint32)
    return learning
