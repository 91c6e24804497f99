# SPDX-License-Identifier: Apache-2.0
"""A board with an open link: load a network, run it, ask what it cost."""

import hashlib
import zlib
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from boards.flash import FlashModel
from boards.head_settings import HeadSettings
from boards.image import Image
from boards.patch import Patch
from host import flash_model, raw, running, transfer, wire
from host.device_info import DeviceInfo
from host.errors import DeviceStatusError
from host.head_learning import Learning
from host.inference import Inference, OperatorProfile, SealedImage
from host.link_statistics import LinkStatistics
from host.links.link import Link
from host.meters.meter import Meter
from host.patching import Patching
from host.session import Session
from host.text_mode import text_mode
from host.wire import MessageType, RawDirection, Status
from host.wire_learning import LearnStepAnswer
from host.wire_text import Text

_Changed = TypeVar("_Changed", wire.PatchAnswer, LearnStepAnswer)
_SLOWEST_MACS_PER_S = 5e6  # a slow microcontroller, or an emulator on a busy machine


class Device:
    """A board that answers; `host.launcher.open_device` makes one.

    Parameters
    ----------
    session : Session
        The open conversation with the board.
    instructions_per_tick : float or None
        What a tick of an instruction-counting emulator is worth; None on everything else.
    meter : Meter or None
        Looks at every run, if there is one.
    """

    def __init__(
        self,
        session: Session,
        *,
        instructions_per_tick: float | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.board, self.port = session.board, session.port
        self.instructions_per_tick = instructions_per_tick
        self._session, self._meter = session, meter
        self._image: SealedImage | None = None

    @property
    def link(self) -> Link:
        """Return the open link under the session."""
        return self._session.conversation.link

    @property
    def info(self) -> DeviceInfo:
        """Return what the device told about itself."""
        return self._session.info

    @property
    def statistics(self) -> LinkStatistics:
        """Return what went over the link so far."""
        return self._session.conversation.statistics

    def hello(self) -> DeviceInfo:
        """Start a new session and ask the device who it is.

        Raises
        ------
        WireVersionError
            Firmware and host speak different versions.
        """
        return self._session.hello()

    def load(self, image: SealedImage) -> None:
        """Bring a network onto the device; does nothing when it is already there.

        The load is resumed where an earlier one of the same image broke off. The network that was
        there before stays valid until the device has verified all of the new one.

        Raises
        ------
        DeviceStatusError
            The device refused it: too large for the board, damaged, or for other firmware.
        """
        data = image.data
        digest = hashlib.sha256(data).digest()
        if not self._is_in_force(digest):
            begin = wire.LoadBegin(total=len(data), crc32=zlib.crc32(data), sha256=digest)
            offset = self._session.ask(MessageType.LOAD_BEGIN, begin, wire.NextOffset).next_offset
            transfer.send(self._session, MessageType.LOAD_CHUNK, data, offset=offset)
            with self._changing_image():
                self._session.ask(MessageType.LOAD_COMMIT, wire.Empty(), wire.Empty)
            if not self._is_in_force(digest):
                raise self._session.nonsense(MessageType.LOAD_COMMIT, "another image than was sent")
        if self._image is None or self._image.macs != image.macs:
            work_s = image.macs / _SLOWEST_MACS_PER_S
            self._session.conversation.expect_other_work(MessageType.RUN, work_s=work_s)
        self._image = image

    def patch(self, patch: Patch) -> None:
        """Change the network on the device into another of its layout, as a whole or not at all.

        Does nothing when the other one is already there; resumes an unfinished patch to it. Its
        `Image` can then be given to `load` at no cost.

        Raises
        ------
        DeviceStatusError
            The device refused it: another network is in force, or the patched one is no image. The
            network from before is still in force.
        """
        self.begin_patch(patch).commit()

    def begin_patch(self, patch: Patch, *, max_bytes: int | None = None) -> Patching:
        """Begin a patch that travels frame by frame, while the network in force goes on running.

        Parameters
        ----------
        patch : Patch
            From the network in force to another of its layout.
        max_bytes : int or None
            Longest data of a frame, at least 16: what the time between two slots has room for; None
            takes the longest frames of the device [bytes].

        Raises
        ------
        DeviceStatusError
            Another network is in force than the patch was made for.
        """
        if self._is_in_force(patch.sha256):
            return Patching(self._session, (), commit=lambda: None)
        begin = wire.PatchBegin(
            base_sha256=patch.base_sha256,
            total=patch.total,
            crc32=patch.crc32,
            sha256=patch.sha256,
        )
        offset = self._session.ask(MessageType.PATCH_BEGIN, begin, wire.NextOffset).next_offset
        room = self.info.max_payload - wire.Chunk.LAYOUT.size
        most = room if max_bytes is None else min(room, max_bytes)
        parts = patch.parts(max_bytes=most, offset=offset)
        return Patching(self._session, parts, commit=partial(self._commit_patch, patch.sha256))

    def begin_learning(self, image: Image, settings: HeadSettings) -> Learning:
        """Let the device learn the head of its network; see `Learning` for what can go wrong.

        Parameters
        ----------
        image : Image
            The one in force.
        settings : HeadSettings
            Made for its head.
        """
        step = partial(self._change, MessageType.LEARN_STEP, answer=LearnStepAnswer)
        return Learning(
            self._session, image, settings, step=step, instructions_of=self.instructions_of
        )

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Run the loaded network on one slot and return its output; see `measure`."""
        return self.measure(x).output

    def measure(self, x: NDArray[np.int8], *, profile: bool = False) -> Inference:
        """Run the loaded network on one slot, and tell how long it took.

        Parameters
        ----------
        x : int8 [num_symbols, num_subcarriers, num_planes]
            Input, quantized as the network wants it.
        profile : bool
            Keep the ticks of each operator for `profile`; the run itself takes a little longer.

        Raises
        ------
        MeterError
            The board has a meter, and it did not see the run.
        """
        image = self._loaded()
        if x.dtype != np.int8 or x.shape != tuple(image.input_shape):
            raise ValueError(
                f"the network takes int8 {tuple(image.input_shape)}, not {x.dtype} {x.shape}"
            )
        transfer.send(self._session, MessageType.INPUT, x.tobytes(), offset=0)
        flags = wire.RunFlag.PROFILE if profile else wire.RunFlag(0)
        answer, energy = running.run(self._session, wire.Run(flags=flags), meter=self._meter)
        output = np.frombuffer(transfer.output_of(self._session, answer), np.int8).reshape(
            image.output_shape
        )
        return Inference(
            output=output,
            ticks=answer.ticks,
            instructions=self.instructions_of(answer.ticks),
            energy=energy,
        )

    def profile(self) -> tuple[OperatorProfile, ...]:
        """Return what each operator took in the last profiled run, in order of execution."""
        return running.profiled(self._session, self.instructions_of)

    @property
    def session(self) -> Session:
        """Return the open conversation, for what speaks messages of its own."""
        return self._session

    def instructions_of(self, ticks: int) -> int | None:
        """Return how many instructions so many ticks are; None where that is not known."""
        worth = self.instructions_per_tick
        return None if worth is None else round(ticks * worth)

    def model_flash(self, flash: FlashModel) -> None:
        """Set how slow the images' memory is, on a board that models it; see `flash_model`."""
        flash_model.apply(self._session, flash, self.instructions_per_tick)

    def speak_text(self, settings: Text) -> AbstractContextManager[tuple[str, ...]]:
        """Have the device answer text commands on its link inside a block; see `text_mode`."""
        return text_mode(self._session, settings)

    def reset(self) -> None:
        """Drop the loaded network; the counters stay."""
        self._session.ask(MessageType.RESET, wire.Empty(), wire.Empty)
        self._image = None
        self.hello()

    def counters(self) -> wire.Counters:
        """Return what the device counted since it started."""
        return self._session.ask(MessageType.COUNTERS, wire.Empty(), wire.Counters)

    def inject_faults(self, *, drop_per_million: int, flip_per_million: int, seed: int) -> None:
        """Make the native agent lose and damage frames of both directions; for tests."""
        request = wire.Fault(
            drop_per_million=drop_per_million, flip_per_million=flip_per_million, seed=seed
        )
        self._session.ask(MessageType.FAULT, request, wire.Empty)

    def raw_throughput(self, num_bytes: int, *, direction: RawDirection) -> float:
        """Return what the bare port carries, without frames [B/s].

        Raises
        ------
        LinkTimeout, ProtocolError
            Bytes were lost or damaged; the device is ready for the next request all the same.
        """
        return raw.throughput(self._session, num_bytes, direction=direction)

    def _commit_patch(self, sha256: bytes) -> None:
        self._change(MessageType.PATCH_COMMIT, wire.Empty(), wire.PatchAnswer)
        if not self._is_in_force(sha256):
            self._image = None
            raise self._session.nonsense(MessageType.PATCH_COMMIT, "another image than was sent")

    def _change(
        self, command: MessageType, request: wire.Request, answer: type[_Changed]
    ) -> _Changed:
        """Have the device change its network, and remember the image that it tells."""
        info, image = self.info, self._image
        with self._changing_image():
            told = self._session.ask(command, request, answer)
        self._session.remember(replace(info, image_hash=told.image_hash))
        self._image = image
        return told

    @contextmanager
    def _changing_image(self) -> Generator[None]:
        """Rely on no network until the device has answered which one is in force."""
        image, self._image = self._image, None
        self._session.forget()
        try:
            yield
        except DeviceStatusError:
            self._image = image
            raise

    def _is_in_force(self, sha256: bytes) -> bool:
        return sha256.startswith(self.info.image_hash)

    def _loaded(self) -> SealedImage:
        if self._image is None:
            raise self._session.refused(MessageType.RUN, Status.BAD_STATE)
        return self._image
