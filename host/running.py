# SPDX-License-Identifier: Apache-2.0
"""One run of the loaded network: the request, the meter that looks at it, and what it took."""

from collections.abc import Callable

from host import wire
from host.inference import OperatorProfile
from host.meters.energy import Energy
from host.meters.meter import Meter
from host.session import Session
from host.wire import MessageType


def run(
    session: Session, request: wire.Run, *, meter: Meter | None
) -> tuple[wire.RunAnswer, Energy | None]:
    """Have the network run once; return its answer, and the energy where there is a meter.

    Raises
    ------
    MeterError
        The meter did not see the run, and nothing but the run.
    """
    if meter is None:
        return session.ask(MessageType.RUN, request, wire.RunAnswer), None
    with meter.watch() as watch:
        answer = session.ask(MessageType.RUN, request, wire.RunAnswer)
        clock_hz = session.info.clock_hz
        duration_s = answer.ticks / clock_hz if clock_hz else None
        return answer, watch.energy(duration_s=duration_s)


def profiled(
    session: Session, instructions: Callable[[int], int | None]
) -> tuple[OperatorProfile, ...]:
    """Return what each operator took in the last profiled run; `instructions` is told ticks."""
    return tuple(
        OperatorProfile(
            kind=kind,
            ticks=ticks,
            instructions=None if ticks == wire.MAX_TICKS else instructions(ticks),
        )
        for kind, ticks in _entries(session)
    )


def _entries(session: Session) -> list[tuple[int, int]]:
    entries: list[tuple[int, int]] = []
    while True:
        request = wire.Profile(first_operator=len(entries))
        answer = session.ask(MessageType.PROFILE, request, wire.ProfileAnswer)
        entries += answer.entries
        if len(entries) >= answer.num_operators or not answer.entries:
            return entries
