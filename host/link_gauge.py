# SPDX-License-Identifier: Apache-2.0
r"""How much of the bare port's throughput the data of slots reaches, measured between the slots.

Beside some of the slots as many unframed bytes are sent at once, so that both meet the same machine
under the same load. Each such pair gives a share, and the median of the shares is the answer:

.. math:: U_i = (D_{sent} / R_{device} + D_{received} / R_{host}) / T

with the bytes D and the time T of slot i and the rates R of its neighbours, the unframed bytes.
"""

from statistics import median

from host.device import Device
from host.errors import LinkTimeout, ProtocolError
from host.link_statistics import LinkStatistics, RawRates
from host.wire import RawDirection
from receivers.state import Kept

_MIN_PAIRS = 3
_MAX_PAIRS = 16
_MAX_FAILURES = 2
_MAX_SHARE = 1.05  # more is noise that says nothing
_MAX_BURST_BYTES = 1 << 14


class LinkGauge(Kept):
    """Compares the transfers of slots with bursts of unframed bytes between them.

    Parameters
    ----------
    device : Device
        An open board.
    every : int
        A burst follows the first of so many slots each, until 16 slots have one.
    """

    fixed = ("_device", "_every")

    def __init__(self, device: Device, *, every: int) -> None:
        self._device, self._every = device, every
        self._num_slots = self._num_failures = 0
        self._shares: list[float] = []

    def after_slot(self, used: LinkStatistics) -> None:
        """Take note of what a slot took on the link; some slots are answered by a burst.

        A burst that loses bytes is no share; after two of them there are no more.
        """
        is_due = self._num_slots % self._every == 0 and len(self._shares) < _MAX_PAIRS
        self._num_slots += 1
        if is_due and self._num_failures < _MAX_FAILURES and used.transfer_s > 0.0:
            try:
                self._shares.append(used.share_of(self._rates(used)))
            except (LinkTimeout, ProtocolError):
                self._num_failures += 1

    @property
    def utilisation(self) -> float | None:
        """Return the median share, 0..1; None with fewer than three, or beyond 1 by over 5 %."""
        if len(self._shares) < _MIN_PAIRS:
            return None
        share = median(self._shares)
        return min(share, 1.0) if share <= _MAX_SHARE else None

    def _rates(self, used: LinkStatistics) -> RawRates:
        """Measure the directions in which the slot moved data."""
        return RawRates(
            to_device=self._rate(used.data_sent, RawDirection.TO_DEVICE),
            to_host=self._rate(used.data_received, RawDirection.TO_HOST),
        )

    def _rate(self, num_bytes: int, direction: RawDirection) -> float | None:
        if num_bytes == 0:
            return None
        return self._device.raw_throughput(min(num_bytes, _MAX_BURST_BYTES), direction=direction)
