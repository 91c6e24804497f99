# SPDX-License-Identifier: Apache-2.0
"""A scenario: everything a TOML file says about the air, the link through it and how they drift."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from channels.dmrs_designs import Sharing
from channels.drift_tables import DriftEntry, Switch, ValueEntry
from channels.errors import ScenarioError, UnknownNameError
from channels.grid import Grid
from channels.scenario_problem import problem_of
from channels.scenario_tables import (
    PILOT_SHARES,
    AntennaTable,
    ChannelKind,
    ChannelTable,
    GridTable,
    ImpairmentTable,
    LinkTable,
    SnrTable,
    Table,
)

DRIFTING: Mapping[str, tuple[str, ...]] = {
    "channel": ("delay_spread_s", "min_speed_mps", "max_speed_mps", "k_factor_db"),
    "snr": ("offset_db",),
    "impairments": tuple(ImpairmentTable.model_fields),
}
SWITCHING = "channel.kind"
TARGETS = tuple(f"{table}.{key}" for table, keys in DRIFTING.items() for key in keys)


class Scenario(Table):
    """A scenario file, checked and frozen; equal files of equal name give equal scenarios."""

    schema_version: Literal[1] = Field(alias="schema")
    name: str
    title: str
    numerology: GridTable = Field(default_factory=GridTable, alias="grid")
    antennas: AntennaTable = Field(default_factory=AntennaTable)
    channel: ChannelTable
    link: LinkTable = Field(default_factory=LinkTable)
    snr: SnrTable
    impairments: ImpairmentTable = Field(default_factory=ImpairmentTable)
    drift: Annotated[tuple[DriftEntry, ...], Field(strict=False)] = ()

    @property
    def grid(self) -> Grid:
        """Return the numerology of a slot."""
        return Grid(**self.numerology.model_dump())

    @property
    def value_drifts(self) -> tuple[ValueEntry, ...]:
        """Return the drift entries of numbers, in order."""
        return tuple(entry for entry in self.drift if not isinstance(entry, Switch))

    @property
    def switches(self) -> tuple[Switch, ...]:
        """Return the drift entries of the channel's kind, in order."""
        return tuple(entry for entry in self.drift if isinstance(entry, Switch))

    def with_values(self, values: Mapping[str, object]) -> "Scenario":
        """Return a checked copy in which some `table.key` have other values.

        Raises
        ------
        ScenarioError
            A value is not legal; the message names the scenario and the key.
        """
        content = self.model_dump(by_alias=True)
        for target, value in values.items():
            table, _, key = target.partition(".")
            content[table] = {**content.get(table, {}), key: value}
        return _checked(content, file=self.name)

    @model_validator(mode="after")
    def _check_fit(self) -> Self:
        self._require_pairs(self.channel.kind, key="antennas.num_rx_ant")
        return self

    @model_validator(mode="after")
    def _check_pilots(self) -> Self:
        dmrs, grid = self.link.dmrs, self.numerology
        for symbol in dmrs.symbols if dmrs.fills_symbols else ():
            if not 0 <= symbol < grid.num_symbols:
                raise ValueError(f"link.dmrs.symbols: {symbol} is not in 0..{grid.num_symbols - 1}")
        room = self.grid.num_resource_elements
        if (dmrs.num_pilots or 0) >= room:
            raise ValueError(f"link.dmrs.num_pilots: the slot has {room} resource elements only")
        filled = len(dmrs.symbols) * grid.num_subcarriers if dmrs.fills_symbols else 0
        if dmrs.num_learning and filled + dmrs.num_learning >= room:
            raise ValueError(
                f"link.dmrs.num_learning: the slot has {room} resource elements only, "
                f"and the standard pilots take {filled} of them"
            )
        return self

    @model_validator(mode="after")
    def _check_sharing(self) -> Self:
        num_tx, num_subcarriers = self.antennas.num_tx, self.numerology.num_subcarriers
        dmrs = self.link.dmrs
        others = (dmrs.num_pilots or num_tx) - (dmrs.num_learning or 0)
        if dmrs.learning_sharing is not Sharing.COMB and not dmrs.fills_symbols and others < num_tx:
            raise ValueError(
                f"link.dmrs.num_learning: leaves {others} pilots for {num_tx} users to be told "
                "apart by"
            )
        if dmrs.sharing is Sharing.COMB:
            return self
        if num_subcarriers % num_tx:
            raise ValueError(
                f"link.dmrs.sharing: {num_subcarriers} subcarriers are no whole groups of {num_tx} "
                'users; use "comb"'
            )
        if dmrs.sharing is Sharing.COVER_CODE and num_tx & (num_tx - 1):
            raise ValueError(
                f"link.dmrs.sharing: cover codes are for 1, 2, 4, 8, ... users, not {num_tx}; "
                'use "comb" or "overlapping"'
            )
        return self

    @model_validator(mode="after")
    def _check_drift(self) -> Self:
        begun: dict[str, int] = {}
        for i, entry in enumerate(self.drift):
            place = f"drift[{i}]"
            if isinstance(entry, Switch):
                self._check_switch(entry, place=place)
            else:
                self._check_value(entry, place=place)
            if entry.start < begun.get(entry.target, 0):
                raise ValueError(f"{place}: begins before the entry above it; order them")
            begun[entry.target] = entry.start
        return self

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        """Check that no pilot need break twice, even if each share is the largest at once."""
        largest = {key: float(getattr(self.impairments, key)) for key in PILOT_SHARES}
        for entry in self.value_drifts:
            table, _, key = entry.target.partition(".")
            if table == "impairments" and key in largest:
                largest[key] = max(largest[key], *entry.extremes)
        if sum(largest.values()) > 1.0 + 1e-9:
            shares = ", ".join(f"{key} {value:g}" for key, value in largest.items() if value)
            raise ValueError(
                f"impairments: the largest shares of broken pilots are more than 1 together "
                f"({shares}); a pilot breaks in one way only"
            )
        return self

    def _check_switch(self, entry: Switch, *, place: str) -> None:
        if self.channel.kind is ChannelKind.RECORDED:
            raise ValueError(f"{place}.target: {SWITCHING} is recorded, which cannot switch")
        self._require_pairs(entry.to, key=f"{place}.to")

    def _require_pairs(self, kind: ChannelKind, *, key: str) -> None:
        """Check that the antennas form the dual-polarised pairs of a CDL's array."""
        num_rx_ant = self.antennas.num_rx_ant
        if kind.startswith("cdl") and num_rx_ant > 1 and num_rx_ant % 2:
            raise ValueError(
                f"{key}: {num_rx_ant} antennas do not form dual-polarised pairs, which {kind} has; "
                "use 1 or an even number"
            )

    def _check_value(self, entry: ValueEntry, *, place: str) -> None:
        if entry.target == SWITCHING:
            raise ValueError(f'{place}.kind: {SWITCHING} is no number; use kind = "switch"')
        if entry.target not in TARGETS:
            raise ValueError(
                f"{place}.target: no value called {entry.target!r}; "
                f"there are: {', '.join((*TARGETS, SWITCHING))}"
            )
        self._check_extremes(entry, place=place)

    def _check_extremes(self, entry: ValueEntry, *, place: str) -> None:
        """Check that the target is on, and that each value the entry leads to is legal for it."""
        table, key = entry.target.split(".")
        declared = getattr(self, table)
        if getattr(declared, key) is None:
            raise ValueError(f"{place}.target: {entry.target} is off; give it a value to begin at")
        for value in entry.extremes:
            problem = declared.problem_with(key, value)
            if problem:
                raise ValueError(f"{place}: {entry.target} cannot be {value}; {problem}")


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
    path = Path(name_or_path)
    if path.suffix != ".toml" and path.name == str(name_or_path):
        if path.name not in names():
            raise UnknownNameError(kind="scenario", name=path.name, legal=names())
        path = _folder() / f"{path.name}.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"cannot be read: {error.strerror}. Shipped scenarios: {', '.join(names())}"
        raise ScenarioError(file=str(path), key="", problem=problem) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(file=str(path), key="", problem=f"not valid TOML: {error}") from None
    return _checked({"name": path.stem, **_with_recording_beside(content, path)}, file=str(path))


def _checked(content: Mapping[str, object], *, file: str) -> Scenario:
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        key, problem = problem_of(error, Scenario)
        raise ScenarioError(file=file, key=key, problem=problem) from None


def _folder() -> Path:
    return Path(__file__).parent / "scenarios"


def _with_recording_beside(content: dict[str, object], path: Path) -> dict[str, object]:
    """Return the content with a relative recording made relative to the scenario's own folder."""
    channel = content.get("channel")
    if not isinstance(channel, dict) or not isinstance(channel.get("recording"), str):
        return content
    return {**content, "channel": {**channel, "recording": str(path.parent / channel["recording"])}}
