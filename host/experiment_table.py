# SPDX-License-Identifier: Apache-2.0
"""What experiment files of every kind share: their kind, lists without repetition, their errors."""

import tomllib
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from host.errors import ExperimentError

DETECTION, SPIKING = "detection", "spiking"
KINDS = (DETECTION, SPIKING)
"""Kinds of experiment that a file names; one of links names none."""

_Value = TypeVar("_Value")
_Model = TypeVar("_Model", bound=BaseModel)


class ExperimentTable(BaseModel):
    """A table of an experiment file: frozen, and without keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def kind_of(text: str, *, file: str) -> str:
    """Return the kind that an experiment names, "" for one of links or for what is no TOML.

    Raises
    ------
    ExperimentError
        There is no such kind.
    """
    try:
        kind = tomllib.loads(text).get("kind", "")
    except tomllib.TOMLDecodeError:
        return ""
    if kind and kind not in KINDS:
        legal = ", ".join(KINDS)
        problem = f"no kind {kind!r}; there are: {legal}; without this key it is one of links"
        raise ExperimentError(file=file, key="kind", problem=problem)
    return str(kind)


def parse(
    kind: type[_Model], text: str, *, file: str, tables: Mapping[str, type[BaseModel]]
) -> _Model:
    """Read an experiment; `tables` are those inside it, by their keys.

    Raises
    ------
    ExperimentError
        With `file: table.key: problem`.
    """
    try:
        return kind.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ExperimentError(file=file, key="", problem=f"this is no TOML: {error}") from None
    except ValidationError as error:
        raise explained(error, file=file, whole=kind, tables=tables) from None


def each_once(values: tuple[_Value, ...]) -> tuple[_Value, ...]:
    """Return the values; raises ValueError if one stands there twice."""
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} stands there twice; name each once")
    return values


def explained(
    error: ValidationError,
    *,
    file: str,
    whole: type[BaseModel],
    tables: Mapping[str, type[BaseModel]],
) -> ExperimentError:
    """Turn pydantic's first complaint into `file: table.key: problem`."""
    first = error.errors(include_url=False)[0]
    place, table = _placed(first["loc"], whole, tables)
    problem = _PROBLEMS.get(first["type"], first["msg"].removeprefix("Value error, "))
    more = error.error_count() - 1
    words = {"legal": ", ".join(table.model_fields), **first.get("ctx", {})}
    for name, value in words.items():
        problem = problem.replace(f"{{{name}}}", str(value))
    return ExperimentError(
        file=file,
        key=".".join(place),
        problem=problem + (f" (and {more} more)" if more else ""),
    )


def _placed(
    location: tuple[str | int, ...],
    whole: type[BaseModel],
    tables: Mapping[str, type[BaseModel]],
) -> tuple[list[str], type[BaseModel]]:
    """Return the key as it stands in the file, and the table around it.

    A table with a choice of kinds is `key:kind` in `tables`; its kind is no part of the key. Where
    a key has tables by name, the kind stands behind the name.
    """
    place = [str(part) for part in location]
    names = [part for part in location if isinstance(part, str)]
    for kind in names[2:0:-1]:
        chosen = f"{names[0]}:{kind}"
        if chosen in tables:
            place.remove(kind)
            return place, tables[chosen]
    return place, tables.get(place[0] if place else "", whole)


_PROBLEMS = {
    "extra_forbidden": "there is no such key; there are: {legal}",
    "missing": "this key is required",
    "too_short": "this list is empty; name at least one value",
    "union_tag_invalid": "no kind '{tag}'; there are: {expected_tags}",
    "union_tag_not_found": "the key 'kind' is required here",
}
