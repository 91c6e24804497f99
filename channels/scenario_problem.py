# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a scenario: pydantic's first finding as `table.key` and one sentence."""

import typing
from collections.abc import Callable, Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Place = tuple[int | str, ...]

TAGS = (
    "step",
    "ramp",
    "random-walk",
    "switch",
)  # pydantic puts the kind of a drift entry into its place
WORDS: Mapping[str, Callable[[ErrorDetails], str]] = {
    "missing": lambda finding: "this key is missing",
    "enum": lambda finding: _unknown(finding, "expected"),
    "literal_error": lambda finding: _unknown(finding, "expected"),
    "union_tag_invalid": lambda finding: _unknown(finding, "expected_tags"),
    "union_tag_not_found": lambda finding: f"this key is missing; there are: {', '.join(TAGS)}",
}


def problem_of(error: ValidationError, model: type[BaseModel]) -> tuple[str, str]:
    """Return the place of the first finding as `table.key` (may be empty), and what is wrong."""
    finding = error.errors()[0]
    key = _dotted(finding["loc"])
    if finding["type"].startswith("union_tag"):
        key += ".kind"
    if finding["type"] == "value_error":
        return _own_words(key, finding["msg"].removeprefix("Value error, "))
    if finding["type"] == "extra_forbidden":
        legal = ", ".join(_keys_at(model, finding["loc"][:-1]))
        return key, f"unknown key; there are: {legal}"
    if finding["type"] in WORDS:
        return key, WORDS[finding["type"]](finding)
    return key, f"{words_of(finding)}, not {finding['input']!r}"


def words_of(finding: ErrorDetails) -> str:
    """Return pydantic's message as the tail of a sentence."""
    return finding["msg"][:1].lower() + finding["msg"][1:]


def _unknown(finding: ErrorDetails, legal: str) -> str:
    context = finding.get("ctx", {})
    value = context.get("tag", finding["input"])
    return f"unknown value {value!r}; there are: {str(context[legal]).replace(' or ', ', ')}"


def _own_words(key: str, message: str) -> tuple[str, str]:
    """Split the message of one of our validators, which may begin with a place below: `key: `."""
    place, separator, rest = message.partition(": ")
    if not separator or " " in place:
        return key, message
    return f"{key}.{place}".removeprefix("."), rest


def _dotted(loc: Place) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc]
    return "".join(part for part in parts if part[1:] not in TAGS).removeprefix(".")


def _keys_at(model: type[BaseModel], loc: Place) -> list[str]:
    """Return the keys that are legal in the table at this place."""
    for part in loc:
        model = _table_below(model, part)
    return [field.alias or name for name, field in model.model_fields.items() if name != "name"]


def _table_below(model: type[BaseModel], part: int | str) -> type[BaseModel]:
    """Return the table at a key; an index or an unnamed step leaves us where we are."""
    for name, field in model.model_fields.items():
        tables = _tables_in(field.annotation)
        tagged = [table for table in tables if _tag(table) == part]
        if tagged:
            return tagged[0]
        if part in (name, field.alias) and len(tables) == 1:
            return tables[0]
    return model


def _tag(table: type[BaseModel]) -> str | None:
    kind = table.model_fields.get("kind")
    tags = typing.get_args(kind.annotation) if kind else ()
    return tags[0] if len(tags) == 1 else None


def _tables_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [table for argument in typing.get_args(annotation) for table in _tables_in(argument)]
