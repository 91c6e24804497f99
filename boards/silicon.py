# SPDX-License-Identifier: Apache-2.0
"""What is published about a chip: cycles an instruction and energy a cycle, with their sources.

The files are `boards/energy/<chip>.toml`. A chip without a published figure has no file: nothing is
guessed.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from boards.errors import BoardError
from boards.table import Table, read_table

_FOLDER = Path(__file__).parent / "energy"
_JOULES_PER_PICOJOULE = 1e-12


class CyclesPerInstruction(Table):
    """Mean cycles an instruction on int8 networks, with a band.

    `kernels` says whose kernels the published figures were measured with: the mix of instructions
    of other kernels is another, so the band is wider than what was published.
    """

    kernels: str
    value: float = Field(gt=0)
    low: float = Field(gt=0)
    high: float = Field(gt=0)
    source: str

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError("value: is not between low and high")
        return self


class EnergyProfile(Table):
    """Energy a clock cycle of one chip at one voltage and regulator, on several networks."""

    name: str
    voltage_v: float = Field(gt=0)
    regulator: str
    pj_per_cycle: dict[str, Annotated[float, Field(gt=0, strict=False)]] = Field(min_length=1)
    source: str

    @property
    def joules_per_cycle(self) -> float:
        """Return the mean over the networks [J]."""
        energies = self.pj_per_cycle.values()
        return _JOULES_PER_PICOJOULE * sum(energies) / len(energies)

    @property
    def lowest_joules_per_cycle(self) -> float:
        """Return the least over the networks [J]."""
        return _JOULES_PER_PICOJOULE * min(self.pj_per_cycle.values())

    @property
    def highest_joules_per_cycle(self) -> float:
        """Return the greatest over the networks [J]."""
        return _JOULES_PER_PICOJOULE * max(self.pj_per_cycle.values())


class Silicon(Table):
    """A chip; sizes are absent where no source was at hand."""

    schema_version: Literal[1] = Field(alias="schema")
    name: str
    title: str
    core: str
    clock_hz: int = Field(gt=0)
    flash_bytes: int | None = Field(default=None, gt=0)
    ram_bytes: int | None = Field(default=None, gt=0)
    cpi: CyclesPerInstruction
    energy: Annotated[tuple[EnergyProfile, ...], Field(strict=False)] = ()

    def profile(self, name: str) -> EnergyProfile:
        """Return the energy profile of this name, or raise a `BoardError` that lists them."""
        by_name = {profile.name: profile for profile in self.energy}
        if name not in by_name:
            legal = ", ".join(by_name) or "none"
            raise BoardError(f"{self.name} has no energy profile {name!r}; there are: {legal}")
        return by_name[name]


def names() -> tuple[str, ...]:
    """Return the chips with published figures."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load(name: str) -> Silicon:
    """Load the figures of a chip.

    Raises
    ------
    BoardError
        If there are none; the message lists the chips.
    """
    if name not in names():
        raise BoardError(f"no published figures for {name!r}; there are: {', '.join(names())}")
    return read_table(_FOLDER / f"{name}.toml", Silicon)
