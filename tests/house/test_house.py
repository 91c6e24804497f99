# SPDX-License-Identifier: Apache-2.0
"""The house as it stands, measured against its own rules."""

import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.house import rules
from tests.house.rules import Rule, Source

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("boards", "channels", "host", "receivers", "sim", "snn")
MAX_P90_BODY_LINES = 20
MAX_OVERLONG_LINES = 400

# Files that wait to be split, and how long they may be until then. This table only ever shrinks.
OVERLONG: Mapping[str, int] = {}


def sources(*folders: str, suffixes: tuple[str, ...]) -> Iterator[Source]:
    """Yield every file below `folders` with one of `suffixes`."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield Source(path=path.relative_to(ROOT).as_posix(), text=path.read_text())


LIBRARY = tuple(sources(*PACKAGES, suffixes=(".py",)))
PYTHON = (*LIBRARY, *sources("benchmarks", "firmware", "tests", suffixes=(".py",)))
C = tuple(sources("firmware", suffixes=(".c", ".h")))


@pytest.mark.parametrize("name", rules.EVERY_PYTHON_FILE)
def test_every_python_file_keeps_the_rule(name: str) -> None:
    assert_kept(rules.EVERY_PYTHON_FILE[name], PYTHON)


@pytest.mark.parametrize("name", rules.LIBRARY_PYTHON_FILE)
def test_every_library_file_keeps_the_rule(name: str) -> None:
    assert_kept(rules.LIBRARY_PYTHON_FILE[name], LIBRARY)


@pytest.mark.parametrize("name", rules.EVERY_C_FILE)
def test_every_c_file_keeps_the_rule(name: str) -> None:
    assert_kept(rules.EVERY_C_FILE[name], C)


def test_arrays_are_described_in_the_words_of_the_house() -> None:
    words = rules.dimension_words((ROOT / "CONTRIBUTING.md").read_text())

    assert_kept(lambda source: rules.known_dimensions(source, words), LIBRARY)


def test_a_file_that_may_be_overlong_still_has_to_be() -> None:
    lengths = {path: (ROOT / path).read_text().count("\n") for path in OVERLONG}

    assert all(rules.MAX_FILE_LINES < lengths[p] <= OVERLONG[p] for p in OVERLONG), lengths
    assert all(lines <= MAX_OVERLONG_LINES for lines in OVERLONG.values())


def test_nine_of_ten_functions_fit_twenty_lines() -> None:
    lengths = [rules.body_lines(f) for source in LIBRARY for f in rules.functions(source)]

    p90 = statistics.quantiles(lengths, n=10)[-1]

    assert p90 <= MAX_P90_BODY_LINES, f"p90 of {len(lengths)} function bodies is {p90:.0f} lines"


def assert_kept(rule: Rule, files: tuple[Source, ...]) -> None:
    """Fail with one line a finding."""
    findings = [
        finding
        for source in files
        for finding in rule(source)
        if not (rule is rules.file_length and source.path in OVERLONG)
    ]
    assert not findings, "\n" + "\n".join(map(str, findings))
