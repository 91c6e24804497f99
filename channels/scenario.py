# SPDX-License-Identifier: Apache-2.0
"""A scenario: everything a TOML file says about the air, the link through it and how they drift."""

import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from channels.drift_tables import DriftEntry
from channels.errors import ScenarioError, UnknownNameError
from channels.grid import Grid
from channels.scenario_problem import problem_of
from channels.scenario_tables import (
    AntennaTable,
    ChannelTable,
    GridTable,
    ImpairmentTable,
    LinkTable,
    SnrTable,
    Table,
)

DRIFTING = {
    "channel": ("delay_spread_s", "min_speed_mps", "max_speed_mps", "k_factor_db"),
    "snr": ("offset_db",),
    "impairments": tuple(ImpairmentTable.model_fields),
}
TARGETS = tuple(f"{table}.{key}" for table, keys in DRIFTING.items() for key in keys)


class Scenario(Table):
    """A scenario file, checked and frozen; equal files give equal scenarios."""

    schema_version: Literal[1] = Field(alias="schema")
    name: str
    title: str
    numerology: GridTable = Field(GridTable(), alias="grid")
    antennas: AntennaTable = AntennaTable()
    channel: ChannelTable
    link: LinkTable = LinkTable()
    snr: SnrTable
    impairments: ImpairmentTable = ImpairmentTable()
    drift: tuple[DriftEntry, ...] = Field((), strict=False)

    @property
    def grid(self) -> Grid:
        """Return the numerology of a slot."""
        return Grid(**self.numerology.model_dump())

    @model_validator(mode="after")
    def _check_fit(self) -> Self:
        kind, num_rx_ant = self.channel.kind, self.antennas.num_rx_ant
        if kind.startswith("cdl") and num_rx_ant > 1 and num_rx_ant % 2:
            raise ValueError(f"antennas.num_rx_ant: {num_rx_ant} antennas do not form dual-polarised pairs; use 1 or an even number")
        late = [s for s in self.link.dmrs.symbols if not 0 <= s < self.numerology.num_symbols]
        if late:
            raise ValueError(f"link.dmrs.symbols: symbol {late[0]} is not in 0..{self.numerology.num_symbols - 1}")
        if (self.link.dmrs.num_pilots or 0) >= self.grid.num_resource_elements:
            raise ValueError(f"link.dmrs.num_pilots: no room for data; the slot has {self.grid.num_resource_elements} resource elements")
        return self

    @model_validator(mode="after")
    def _check_drift(self) -> Self:
        reached: dict[str, int] = {}
        for i, entry in enumerate(self.drift):
            if entry.target not in TARGETS:
                raise ValueError(f"drift[{i}].target: no value called {entry.target!r}; there are: {', '.join(TARGETS)}")
            if entry.start < reached.get(entry.target, 0):
                raise ValueError(f"drift[{i}]: starts before the entry above it; order the entries of a target by slot")
            reached[entry.target] = entry.start
            self._check_extremes(entry, place=f"drift[{i}]")
        return self

    def _check_extremes(self, entry: DriftEntry, *, place: str) -> None:
        table, key = entry.target.split(".")
        declared = getattr(self, table)
        if getattr(declared, key) is None:
            raise ValueError(f"{place}.target: {entry.target} is off; give it a value to drift from")
        if table == "channel" and key.endswith("speed_mps"):
            key = "max_speed_mps"  # the order of minimum and maximum is kept slot by slot
        for value in entry.extremes:
            number = round(value) if isinstance(getattr(declared, key), int) else value
            try:
                type(declared).model_validate({**declared.model_dump(), key: number, "min_speed_mps": 0.0} if table == "channel" else {**declared.model_dump(), key: number})
            except ValidationError as error:
                raise ValueError(f"{place}: {entry.target} cannot be {value}; {error.errors()[0]['msg']}") from None


def names() -> tuple[str, ...]:
    """Return the names of the scenarios that ship with the package."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def load(name_or_path: str | Path) -> Scenario:
    """Read a scenario by the name of a shipped one, or from a TOML file.

    Raises
    ------
    UnknownNameError
        No shipped scenario has this name; the message lists them.
    ScenarioError
        The file is missing or malformed; the message names file and key.
    """
    text = str(name_or_path)
    path = Path(text)
    if path.suffix != ".toml" and path.name == text:
        if text not in names():
            raise UnknownNameError(kind="scenario", name=text, legal=names())
        path = _folder() / f"{text}.toml"
    return _read(path)


def _folder() -> Path:
    return Path(__file__).parent / "scenarios"


def _read(path: Path) -> Scenario:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); check the path, or name one of: {', '.join(names())}"
        raise ScenarioError(file=str(path), key="", problem=problem) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(file=str(path), key="", problem=f"not valid TOML: {error}") from None
    try:
        return Scenario.model_validate({"name": path.stem, **_with_recording_beside(content, path)})
    except ValidationError as error:
        key, problem = problem_of(error, Scenario)
        raise ScenarioError(file=str(path), key=key, problem=problem) from None


def _with_recording_beside(content: dict[str, object], path: Path) -> dict[str, object]:
    """Return the content with a relative recording made relative to the scenario's own folder."""
    channel = content.get("channel")
    if not isinstance(channel, dict) or not isinstance(channel.get("recording"), str):
        return content
    return {**content, "channel": {**channel, "recording": str(path.parent / channel["recording"])}}
