# SPDX-License-Identifier: Apache-2.0
"""What a plan of streaming decides on, and what it decides.

A network runs in steps. A step may need constants that lie in slow memory; they are brought into
the arena by a load, which takes time and place there. Activations take place, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from boards.flash import FlashModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One operator of an image.

    Parameters
    ----------
    name : str
        Of the graph's operator it belongs to.
    cycles : int
        It computes so long, as far as is known.
    load_bytes : int
        Constants that it needs in the arena; 0 = none. A multiple of 16.
    """

    name: str
    cycles: int
    load_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffer:
    """Activations, and the steps, first to last and both included, at which they live.

    The host writes the input before step 0, and reads the output behind the last step.
    """

    name: str
    num_bytes: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A network and the memory it is given.

    Parameters
    ----------
    steps : tuple of Step
    buffers : tuple of Buffer
    budget_bytes : int
        Of the arena, without scratch.
    flash : FlashModel
        Where loads come from.
    """

    steps: tuple[Step, ...]
    buffers: tuple[Buffer, ...]
    budget_bytes: int
    flash: FlashModel

    @property
    def load_bytes(self) -> int:
        """Return the bytes of all loads."""
        return sum(step.load_bytes for step in self.steps)

    @property
    def compute_cycles(self) -> int:
        """Return how long a run takes if it never waits."""
        return sum(step.cycles for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The load of one step.

    Parameters
    ----------
    for_step : int
    from_step : int or None
        The step before which it begins at the earliest; None: it is made once and stays.
    offset : int
        Into the arena [bytes], a multiple of 16.
    num_bytes : int
    """

    for_step: int
    from_step: int | None
    offset: int
    num_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPlan:
    """Where activations lie, and when and where constants come.

    Parameters
    ----------
    offsets : int [bytes] by name of the buffer
    loads : tuple of Load
        In the order of the steps that need them.
    peak_bytes : int
        Of the arena, without scratch.
    """

    offsets: Mapping[str, int]
    loads: tuple[Load, ...]
    peak_bytes: int

    @property
    def once_bytes(self) -> int:
        """Return the bytes that are brought once and stay."""
        return sum(load.num_bytes for load in self.loads if load.from_step is None)

    @property
    def streamed_bytes(self) -> int:
        """Return the bytes that every run brings."""
        return sum(load.num_bytes for load in self.loads if load.from_step is not None)
