# SPDX-License-Identifier: Apache-2.0
"""Events as a file had them: nothing is believed before it is checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from snn.errors import EventError
from snn.events.event_set import EventSet
from snn.events.faults import Fault, Finding, first_finding

ADVICE = "load the data again, or mend it: airloop snn events ... --repair OUT.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """A set whose arrays fit each other and whose events may be anything.

    Parameters
    ----------
    events : EventSet
    files : tuple of str
        The file of each recording, or one name for all of them; never empty.
    unique : bool
        Whether two events of one channel at one time are impossible, as for spikes that were
        encoded here; cameras and published spikes are rounded and promise nothing.
    truncated : mapping of int to str
        For recordings whose file ends within an event, what is left of it.
    """

    events: EventSet
    files: tuple[str, ...]
    unique: bool = False
    truncated: Mapping[int, str] = field(default_factory=dict)

    def file_of(self, i_recording: int) -> str:
        """Return the file that a recording comes from."""
        return self.files[min(i_recording, len(self.files) - 1)]

    def finding(self) -> Finding | None:
        """Return the first fault; None if there is none."""
        for i_recording, rest in sorted(self.truncated.items()):
            length = int(self.events.starts[i_recording + 1] - self.events.starts[i_recording])
            return Finding(
                fault=Fault.TRUNCATED, i_recording=i_recording, i_event=length, problem=rest
            )
        return first_finding(self.events, unique=self.unique)

    def checked(self) -> EventSet:
        """Return the events; raises EventError with file, recording and event if any is wrong."""
        found = self.finding()
        if found is None:
            return self.events
        place = f"recording {found.i_recording}"
        if found.i_event is not None:
            place = f"{place}, event {found.i_event}"
        raise EventError(
            file=self.file_of(found.i_recording),
            place=place,
            problem=f"{found.fault}: {found.problem}; {ADVICE}",
        )
