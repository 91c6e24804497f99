# SPDX-License-Identifier: Apache-2.0
"""Reading a TOML file into a checked, frozen value; what is wrong is told as `file: table.key`."""

import tomllib
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from boards.errors import BoardFileError


class Table(BaseModel):
    """One table of a file: no unknown keys, no conversions, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_Contents = TypeVar("_Contents", bound=Table)


def read_table(path: Path, model: type[_Contents]) -> _Contents:
    """Read a TOML file whose `name` is that of the file.

    Raises
    ------
    BoardFileError
        If the file cannot be read, is not TOML, or does not hold what `model` says.
    """
    try:
        contents = tomllib.loads(path.read_text(encoding="utf-8"))
        table = model.model_validate(contents)
    except OSError as error:
        raise BoardFileError(file=str(path), key="", problem=f"{error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BoardFileError(file=str(path), key="", problem=f"not TOML: {error}") from None
    except ValidationError as error:
        key, problem = _first_problem(error, model)
        raise BoardFileError(file=str(path), key=key, problem=problem) from None
    if contents["name"] != path.stem:
        problem = f"{contents['name']!r} is not the name of the file, {path.stem!r}"
        raise BoardFileError(file=str(path), key="name", problem=problem)
    return table


def _first_problem(error: ValidationError, model: type[BaseModel]) -> tuple[str, str]:
    """Return the `table.key` and a sentence for the first thing that pydantic found."""
    found = error.errors()[0]
    location = found["loc"]
    if found["type"] == "extra_forbidden":
        legal = ", ".join(_keys(_owner(location[:-1], model)))
        return _dotted(location), f"unknown key; there are: {legal}"
    if found["type"] == "missing":
        return _dotted(location), "this key is missing"
    if found["type"] == "value_error":
        key, _, sentence = found["msg"].removeprefix("Value error, ").partition(": ")
        return _dotted((*location, key)), sentence
    context = found.get("ctx", {})
    if "expected" in context:
        legal = str(context["expected"]).replace(" or ", ", ")
        return _dotted(location), f"{found['input']!r} is not known; there are: {legal}"
    return _dotted(location), f"{found['msg'][0].lower()}{found['msg'][1:]}, not {found['input']!r}"


def _dotted(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _owner(location: tuple[int | str, ...], model: type[BaseModel]) -> type[BaseModel]:
    """Return the model of the table at a place; an index into a list stays where it is."""
    for part in location:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if part in fields:
            model = _model_in(fields[str(part)].annotation) or model
    return model


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the table inside an annotation such as `Region | None` or `tuple[Profile, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in inside if model), None)


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
