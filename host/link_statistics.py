# SPDX-License-Identifier: Apache-2.0
"""What went over a link, and how much of the bare port's throughput that was."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRates:
    """What the bare port carries without frames [B/s]; None where nobody asked."""

    to_device: float | None
    to_host: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatistics:
    """What went over a link; the difference of two tells about the time between.

    Parameters
    ----------
    bytes_sent, bytes_received : int
        Everything, with frame overhead and repetitions.
    num_requests : int
        Different requests.
    num_retries : int
        Requests sent again.
    num_damaged : int
        Stretches received that were no frame.
    num_stale : int
        Whole frames that answered no open request.
    data_sent, data_received : int
        Bytes of images, inputs and outputs moved by LOAD_CHUNK, INPUT and OUTPUT, each once.
    send_s, receive_s : float
        Time spent in LOAD_CHUNK and INPUT, and in OUTPUT [s].
    run_s : float
        Time spent in RUN: the device's own work, and outputs that travel in its answer [s].
    """

    bytes_sent: int = 0
    bytes_received: int = 0
    num_requests: int = 0
    num_retries: int = 0
    num_damaged: int = 0
    num_stale: int = 0
    data_sent: int = 0
    data_received: int = 0
    send_s: float = 0.0
    receive_s: float = 0.0
    run_s: float = 0.0

    def __sub__(self, earlier: "LinkStatistics") -> "LinkStatistics":
        names = [field.name for field in fields(self)]
        return LinkStatistics(
            **{name: getattr(self, name) - getattr(earlier, name) for name in names}
        )

    def __add__(self, other: "LinkStatistics") -> "LinkStatistics":
        names = [field.name for field in fields(self)]
        return LinkStatistics(
            **{name: getattr(self, name) + getattr(other, name) for name in names}
        )

    @property
    def transfer_s(self) -> float:
        """Return the time spent moving data, both ways [s]."""
        return self.send_s + self.receive_s

    def share_of(self, raw: RawRates) -> float:
        """Return the time the bare port would have needed for the data over the time it took."""
        ideal_s = 0.0
        for num_bytes, rate in ((self.data_sent, raw.to_device), (self.data_received, raw.to_host)):
            ideal_s += num_bytes / rate if rate is not None else 0.0
        return ideal_s / self.transfer_s
