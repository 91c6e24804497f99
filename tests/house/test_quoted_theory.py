# SPDX-License-Identifier: Apache-2.0
"""The theory page quotes its records, and the records are what the code gives today."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from host.theory import recommendation, rehearsal, update_magnitude
from host.theory.quotation import quoted, recorded_tables
from host.theory.study import Study
from receivers.theory.recommendation import Air
from tests.house.test_docs import ROOT

PAGE = ROOT / "docs" / "continual-learning-theory.md"
RECORDS = ROOT / "benchmarks" / "records"
QUOTE = re.compile(r"<!-- table (\d+) of (\S+) -->\n(.*?)<!-- end -->", re.DOTALL)
FIGURE = re.compile(r"(?<![\w./])\d+\.\d+(?![\w./])")


def stale(text: str) -> list[str]:
    """Return the tables that differ from what the page quotes."""
    return [
        f"table {number} of {file}"
        for number, file, shown in QUOTE.findall(text)
        if shown.strip() != quoted(recorded_tables(ROOT / file)[int(number) - 1]).strip()
    ]


def loose(text: str) -> set[str]:
    """Return the figures of the prose that no quoted table and no default setting has."""
    prose = re.sub(r"arXiv [\d.]+|```.*?```", "", QUOTE.sub("", text), flags=re.DOTALL)
    tables = " ".join(shown for _, _, shown in QUOTE.findall(text))
    settings = " ".join(json.dumps(json.loads(path.read_text())["settings"]) for path in records())
    return set(FIGURE.findall(prose)) - set(re.findall(r"\d+\.\d+", f"{tables} {settings}"))


def records() -> list[Path]:
    return sorted(RECORDS.glob("theory-*.json"))


def test_the_tables_of_the_page_are_those_of_the_records() -> None:
    assert len(QUOTE.findall(PAGE.read_text())) >= 5
    assert stale(PAGE.read_text()) == []


def test_the_prose_types_no_figure_of_its_own() -> None:
    assert loose(PAGE.read_text()) == set()


def test_a_figure_that_was_changed_by_hand_is_found() -> None:
    text = PAGE.read_text()
    start = QUOTE.search(text)
    assert start is not None

    changed = text[: start.start(3)] + re.sub(r"\d\.\d+", "9.99", text[start.start(3) :], count=1)

    assert len(stale(changed)) == 1
    assert loose(text.replace("\n## ", "\nIt is 7.531 then.\n## ", 1)) == {"7.531"}


STUDIES: dict[str, Callable[[dict[str, Any]], Study]] = {
    "rehearsal": lambda told: rehearsal.study(
        replace(rehearsal.RehearsalSettings(**told), distances=tuple(told["distances"]))
    ),
    "update-magnitude": lambda told: update_magnitude.study(
        update_magnitude.UpdateSettings(**told)
    ),
    "recommendation": lambda told: recommendation.study(
        recommendation.RecommendationSettings(
            air=Air(**{name: told[name] for name in Air.__dataclass_fields__}),
            trained=tuple(
                (name, int(count)) for name, count in (one.split("=") for one in told["trained"])
            ),
            frame_bytes=told["frame_bytes"],
            max_frames=told["max_frames"],
        )
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("record", records(), ids=lambda path: path.stem)
def test_a_record_is_what_its_settings_give_today(record: Path) -> None:
    kept = json.loads(record.read_text())

    found = json.loads(json.dumps(STUDIES[kept["study"]](kept["settings"]).listed()))

    assert found["settings"] == kept["settings"]
    for part in ("tables", "panels"):
        ours, theirs = list(leaves(found[part])), list(leaves(kept[part]))
        assert [x for x, _ in ours] == [x for x, _ in theirs]
        assert [n for _, n in ours] == pytest.approx([n for _, n in theirs], rel=1e-2, abs=1e-6)


def leaves(value: object) -> Iterator[tuple[str, float]]:
    """Yield the text between the figures, and the figures, of a JSON value in their order."""
    text = json.dumps(value, ensure_ascii=False)
    number = re.compile(r"(?<![#\w])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
    place = 0
    for found in number.finditer(text):
        yield text[place : found.start()], float(found[0])
        place = found.end()
