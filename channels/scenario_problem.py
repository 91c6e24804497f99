# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a scenario file, in one sentence: pydantic's first finding as `table.key` and words."""

import typing

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


def problem_of(error: ValidationError, model: type[BaseModel]) -> tuple[str, str]:
    """Return the place of the first finding as `table.key` (may be empty) and what is wrong there."""
    finding = error.errors()[0]
    loc = tuple(part for part in finding["loc"] if part not in ("step", "ramp", "random-walk"))
    key = _dotted(loc)
    if finding["type"] == "value_error":
        return _own_words(key, finding)
    words = {
        "extra_forbidden": f"unknown key; there are: {', '.join(_keys_at(model, finding['loc'][:-1]))}",
        "missing": "this key is missing",
        "enum": f"unknown value {finding['input']!r}; there are: {finding.get('ctx', {}).get('expected', '')}",
        "literal_error": f"unknown value {finding['input']!r}; there are: {finding.get('ctx', {}).get('expected', '')}",
        "union_tag_invalid": f"unknown kind; there are: {finding.get('ctx', {}).get('expected_tags', '')}",
        "union_tag_not_found": "kind is missing; there are: 'step', 'ramp', 'random-walk'",
    }
    fallback = f"{_lower_first(finding['msg'])}, not {finding['input']!r}"
    return key, words.get(finding["type"], fallback)


def _own_words(key: str, finding: ErrorDetails) -> tuple[str, str]:
    """Split the message of one of our validators, which may begin with its own `table.key: `."""
    message = finding["msg"].removeprefix("Value error, ")
    place, separator, rest = message.partition(": ")
    if separator and " " not in place:
        return place, rest
    return key, message


def _dotted(loc: tuple[int | str, ...]) -> str:
    key = ""
    for part in loc:
        key += f"[{part}]" if isinstance(part, int) else f".{part}"
    return key.removeprefix(".")


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys that are legal in the table at this place."""
    for part in loc:
        model = _child(model, part)
    return [field.alias or name for name, field in model.model_fields.items() if name != "name"]


def _child(model: type[BaseModel], part: int | str) -> type[BaseModel]:
    """Return the table below this one: by key, by tag of a drift entry, or the same for an index."""
    for name, field in model.model_fields.items():
        if part in (name, field.alias):
            tables = _tables_in(field.annotation)
            return tables[0] if tables else model
    for table in _tables_in(model.model_fields["drift"].annotation) if "drift" in model.model_fields else []:
        if part in typing.get_args(table.model_fields["kind"].annotation):
            return table
    return model


def _tables_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [table for argument in typing.get_args(annotation) for table in _tables_in(argument)]


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
