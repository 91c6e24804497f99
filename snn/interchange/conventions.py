# SPDX-License-Identifier: Apache-2.0
"""How a tool turns the equations of NIR into steps: what a NIR file leaves open.

NIR gives time constants in seconds, and no time step; for a spike it sets v to v_reset, which tools
that subtract the threshold write as well. Each field below is one such gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from snn.errors import UnknownNameError


class Steps(StrEnum):
    """How the membrane decays in a step of dt."""

    EXACT = "exact"
    """By exp(-dt / tau): the solution for an input that is held."""
    EULER = "euler"
    """By 1 - dt / tau: explicit Euler."""


class Reset(StrEnum):
    """What a spike does to the membrane."""

    SUBTRACT = "subtract"
    """The threshold is taken away at once, and what is left decays."""
    SUBTRACT_LATE = "subtract-late"
    """The threshold is taken away in the next step, behind the decay."""
    NONE = "none"
    TO_VALUE = "to-value"
    """The membrane is set to v_reset, which no linear neuron does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """All that is needed to run a NIR graph in steps.

    Parameters
    ----------
    dt_us : int [us]
        The time step.
    steps : Steps
    reset : Reset or None
        None: unknown, and asked for.
    has_jumps : bool
        Whether an input is a jump of what it feeds (IF: v += r i; synapse: I += w_in i), not a
        current that is held for a step (v += dt r i; I += dt / tau_syn w_in i).
    tau_scale : float
        What the time constants of the file are multiplied by.
    """

    dt_us: int
    steps: Steps = Steps.EXACT
    reset: Reset | None = None
    has_jumps: bool = False
    tau_scale: float = 1.0

    @property
    def dt_s(self) -> float:
        """Return the time step [s]."""
        return self.dt_us * 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What a tool does where NIR leaves it open.

    Parameters
    ----------
    convention : Convention
        At the time step that the tool assumes.
    has_own_step : bool
        Whether it writes every time constant for its own step, whatever that of the model was.
    """

    convention: Convention
    has_own_step: bool = False


TOOLS: Mapping[str, Tool] = {
    "snntorch": Tool(
        convention=Convention(dt_us=100, steps=Steps.EULER, reset=Reset.SUBTRACT_LATE),
        has_own_step=True,
    ),
    "norse": Tool(convention=Convention(dt_us=1000, steps=Steps.EULER, has_jumps=True)),
}
"""As of snnTorch 1.0.0 (`export_nir`) and Norse 1.1.0 (`export_nir`), read in their sources. Norse
resets to a value unless told otherwise, so its reset is asked for."""


def tool(name: str) -> Tool:
    """Return a tool by name; raises UnknownNameError."""
    if name not in TOOLS:
        raise UnknownNameError(kind="tool", name=name, legal=tuple(TOOLS))
    return TOOLS[name]
