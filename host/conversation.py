# SPDX-License-Identifier: Apache-2.0
"""Requests and their answers over a link that loses and damages frames, each executed once.

Every request has a number. While no answer with that number comes, the same bytes are sent again;
the device keeps its last answer and repeats it instead of executing the same number twice. A new
session starts with HELLO, which makes the device forget, and with a number drawn afresh.
"""

import secrets
import time

from host.errors import LinkTimeout
from host.framing import FRAME_END, Frame, FrameReader, encode
from host.link_statistics import LinkStatistics
from host.links.link import Link
from host.patience import Limits, Patience
from host.wire import ANSWER_BIT, Chunk, MessageType, Request

_STATUS_BYTES = 1


class Conversation:
    """The host's side of the wire: asks one thing at a time and does not give up early.

    Parameters
    ----------
    link : Link
        An open link.
    board : str
        Name of the board, for messages.
    limits : Limits
        How long and how often to try.
    """

    def __init__(self, link: Link, *, board: str, limits: Limits) -> None:
        self.link, self.board, self.limits = link, board, limits
        self._patience = Patience(limits)
        self._reader = FrameReader()
        self._seq = secrets.randbelow(1 << 16)
        self._bytes_sent = self._bytes_received = 0
        self._num_requests = self._num_retries = self._num_stale = 0
        self._data_sent = self._data_received = 0
        self._send_s = self._receive_s = self._run_s = 0.0

    @property
    def statistics(self) -> LinkStatistics:
        """Return what went over the link so far."""
        return LinkStatistics(
            bytes_sent=self._bytes_sent,
            bytes_received=self._bytes_received,
            num_requests=self._num_requests,
            num_retries=self._num_retries,
            num_damaged=self._reader.num_damaged,
            num_stale=self._num_stale,
            data_sent=self._data_sent,
            data_received=self._data_received,
            send_s=self._send_s,
            receive_s=self._receive_s,
            run_s=self._run_s,
        )

    def start_session(self) -> None:
        """Forget what either side's buffers hold, and number the next requests afresh."""
        self.link.write(FRAME_END)
        self.link.drain()
        self._reader.clear()
        self._seq = secrets.randbelow(1 << 16)

    def leave_frames(self) -> bytes:
        """Return what has arrived behind the last answer: from there on the link carries no frames.

        `start_session` leads back to them.
        """
        return self._reader.take_rest()

    def expect_other_work(self, command: MessageType, *, work_s: float) -> None:
        """Forget how long a command used to take; a slow device now works this long on it [s]."""
        self._patience.expect(command, work_s=work_s)

    def next_seq(self) -> int:
        """Return the number of the next request."""
        self._seq = (self._seq + 1) & 0xFFFF
        return self._seq

    def ask(self, command: MessageType, request: Request) -> bytes:
        """Send a request until it is answered; return the answer's payload, status first.

        Raises
        ------
        LinkTimeout
            No answer within `limits.timeout_s` and the expected work, or to
            `limits.num_attempts` copies.
        LinkLostError
            The port is gone.
        """
        self._num_requests += 1
        frame = encode(Frame(type=command, seq=self.next_seq(), payload=request.pack()))
        started_s = time.monotonic()
        answer = self._repeat(command, frame, started_s=started_s)
        self._count(command, request, answer, took_s=time.monotonic() - started_s)
        return answer

    def _repeat(self, command: MessageType, frame: bytes, *, started_s: float) -> bytes:
        timeout_s = self._patience.timeout_s(command)
        deadline_s = started_s + timeout_s
        num_sent = 0
        while num_sent < self.limits.num_attempts and time.monotonic() < deadline_s:
            self._send(frame, repeated=num_sent > 0)
            num_sent += 1
            last = num_sent == self.limits.num_attempts
            wait_s = self._patience.wait_s(command, num_bytes=len(frame))
            answer = self._wait(
                command,
                wait_s=timeout_s if last else wait_s,
                deadline_s=deadline_s,
            )
            if answer is None:
                self._patience.back_off(command, num_bytes=len(frame))
                continue
            if num_sent == 1:
                took_s = time.monotonic() - started_s
                self._patience.learn(command, num_bytes=len(frame), took_s=took_s)
            return answer
        raise LinkTimeout(
            board=self.board,
            port=self.link.port,
            command=command.name,
            waited_s=time.monotonic() - started_s,
            num_attempts=num_sent,
        )

    def _send(self, frame: bytes, *, repeated: bool) -> None:
        """Send one frame; a leading frame end cuts off what damage left in the device's buffer."""
        data = FRAME_END + frame if repeated else frame
        self.link.write(data)
        self._bytes_sent += len(data)
        self._num_retries += repeated

    def _wait(self, command: MessageType, *, wait_s: float, deadline_s: float) -> bytes | None:
        """Return the answer; None when the link was silent for `wait_s` or time is up."""
        expected = (command | ANSWER_BIT, self._seq)
        while (left_s := deadline_s - time.monotonic()) > 0.0:
            data = self.link.read(wait_s=min(wait_s, left_s))
            if not data:
                return None
            self._bytes_received += len(data)
            for frame in self._reader.feed(data):
                if (frame.type, frame.seq) == expected:
                    return frame.payload
                self._num_stale += 1
        return None

    def _count(
        self, command: MessageType, request: Request, answer: bytes, *, took_s: float
    ) -> None:
        if isinstance(request, Chunk):
            self._data_sent += len(request.data)
            self._send_s += took_s
        elif command is MessageType.OUTPUT:
            self._data_received += len(answer) - _STATUS_BYTES
            self._receive_s += took_s
        elif command is MessageType.RUN:
            self._run_s += took_s
