# SPDX-License-Identifier: Apache-2.0
"""The share of the bare port is a median of pairs, and says nothing rather than nonsense."""

from collections.abc import Sequence

import pytest

from host.conversation import Conversation
from host.device import Device
from host.errors import ProtocolError
from host.link_gauge import LinkGauge
from host.link_statistics import LinkStatistics, RawRates
from host.patience import Limits
from host.session import Session
from host.wire import RawDirection
from sim.loopback import LoopbackAgent, LoopbackLink

LIMITS = Limits(first_wait_s=0.05, shortest_wait_s=0.05)


class ScriptedDevice(Device):
    """A device whose bare port is as fast as told, or loses bytes where it is told None."""

    def __init__(self, rates: Sequence[float | None]) -> None:
        link = LoopbackLink(LoopbackAgent())
        super().__init__(Session(Conversation(link, board="loopback", limits=LIMITS)))
        self.rates = list(rates)

    def raw_throughput(self, num_bytes: int, *, direction: RawDirection) -> float:
        rate = self.rates.pop(0)
        if rate is None:
            raise ProtocolError(board="b", port="p", command="RAW", problem="other bytes")
        return rate


def slot(*, num_bytes: int = 1000, took_s: float = 2.0) -> LinkStatistics:
    return LinkStatistics(data_sent=num_bytes, send_s=took_s)


def gauged(rates: Sequence[float | None], *, every: int = 1, num_slots: int) -> LinkGauge:
    gauge = LinkGauge(ScriptedDevice(rates), every=every)
    for _ in range(num_slots):
        gauge.after_slot(slot())
    return gauge


def test_a_share_is_the_bare_port_s_time_over_the_time_it_took() -> None:
    """By hand: 1000 B at 500 B/s and 600 B at 300 B/s need 4 s; they took 5 s."""
    used = LinkStatistics(data_sent=1000, data_received=600, send_s=2.5, receive_s=2.5)

    assert used.share_of(RawRates(to_device=500.0, to_host=300.0)) == 0.8


def test_the_median_of_the_pairs_does_not_mind_one_that_is_far_off() -> None:
    """1000 B in 2 s, against 625, 5 and 555.6 B/s: shares of 0.8, 100 and 0.9."""
    assert gauged([625.0, 5.0, 1000 / 1.8], num_slots=3).utilisation == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("rates", "utilisation"),
    [
        pytest.param([625.0, 625.0], None, id="too few pairs"),
        pytest.param([490.0] * 3, 1.0, id="above 1 by as much as noise"),
        pytest.param([400.0] * 3, None, id="above 1 by more than noise"),
        pytest.param([None, 625.0, 625.0, 625.0], 0.8, id="a lost byte costs one pair"),
        pytest.param([625.0, 625.0, None, None, 625.0], None, id="after two there are no more"),
    ],
)
def test_what_is_not_known_is_none(rates: list[float | None], utilisation: float | None) -> None:
    found = gauged(rates, num_slots=len(rates)).utilisation

    assert found == (None if utilisation is None else pytest.approx(utilisation))


def test_bursts_are_few_and_bounded() -> None:
    rates = [625.0] * 100
    device = ScriptedDevice(rates)
    gauge = LinkGauge(device, every=4)

    for _ in range(12):
        gauge.after_slot(slot())
    num_early = len(rates) - len(device.rates)
    for _ in range(200):
        gauge.after_slot(slot())

    assert (num_early, len(rates) - len(device.rates)) == (3, 16)
