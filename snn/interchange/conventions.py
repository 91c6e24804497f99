# SPDX-License-Identifier: Apache-2.0
"""How a tool turns the equations of NIR into steps: what a NIR file leaves open.

NIR gives time constants in seconds, and no time step; for a spike it sets v to v_reset, which tools
that subtract the threshold write as well. Each field below is one such gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from snn.errors import InterchangeError, UnknownNameError


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


def given(
    *,
    tool_name: str | None = None,
    dt_us: int | None = None,
    steps: Steps | None = None,
    reset: Reset | None = None,
    has_jumps: bool | None = None,
    tau_scale: float | None = None,
) -> Convention | None:
    """Return what a tool does, where nothing else is given; None if nothing is known.

    A time constant that a tool writes for its own step is scaled to `dt_us`, the model's, unless
    `tau_scale` says otherwise.

    Raises
    ------
    UnknownNameError
        If there is no such tool.
    InterchangeError
        If something is given, and no time step.
    """
    known = None if tool_name is None else tool(tool_name)
    if known is None and dt_us is None:
        if (steps, reset, has_jumps, tau_scale) == (None, None, None, None):
            return None
        raise InterchangeError("the time step is missing: give --dt-us, or --tool, which has one")
    own = Convention(dt_us=dt_us or 0) if known is None else known.convention
    step_us = own.dt_us if dt_us is None else dt_us
    scale = step_us / own.dt_us if known is not None and known.has_own_step else own.tau_scale
    return Convention(
        dt_us=step_us,
        steps=own.steps if steps is None else steps,
        reset=own.reset if reset is None else reset,
        has_jumps=own.has_jumps if has_jumps is None else has_jumps,
        tau_scale=scale if tau_scale is None else tau_scale,
    )
