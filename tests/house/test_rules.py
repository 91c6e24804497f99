# SPDX-License-Identifier: Apache-2.0
"""Every house rule can fail: each is fed a snippet that breaks it, and one that keeps it."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house import rules
from tests.house.rules import Rule, Source

ROOT = Path(__file__).resolve().parents[2]
MODULE = f'# {rules.SPDX}\n"""A module."""\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A rule, a file that breaks it at `line`, and one that keeps it."""

    rule: Rule
    bad: str
    good: str
    line: int
    path: str = "sim/slot.py"


# Three blocks, to stand inside a fourth.
DEEP = """\
        try:
            with x:
                for i in x:
                    pass
        except OSError:
            pass
"""
COMMENT = "# type"


def nested(*headers: str) -> str:
    """Return a function whose blocks stand inside one another."""
    lines = [f"{'    ' * (depth + 1)}{header}:" for depth, header in enumerate(headers)]
    return "\n".join(["def f(x: int) -> None:", *lines, "    " * (len(headers) + 1) + "pass"])


def long_body(num_lines: int) -> str:
    """Return a function with a docstring and a body of so many lines."""
    return 'def f() -> None:\n    """Do it."""\n' + "    x = 1\n" * num_lines


CASES = (
    Case(rule=rules.licence_line, bad='"""A module."""', good=MODULE, line=1),
    Case(
        rule=rules.licence_line,
        path="firmware/main.c",
        bad=f"// {rules.SPDX}\n",
        good=f"/* {rules.SPDX} */\n",
        line=1,
    ),
    Case(rule=rules.module_docstring, bad=f"# {rules.SPDX}\nX = 1\n", good=MODULE, line=2),
    Case(rule=rules.file_length, bad="\n" * 301, good="\n" * 300, line=1),
    Case(rule=rules.body_length, bad=long_body(41), good=long_body(40), line=1),
    Case(
        rule=rules.nesting,
        bad=nested("if x", "for i in x", "while x", "with x"),
        good=nested("if x", "for i in x", "while x") + "\n    elif x:\n        pass",
        line=1,
    ),
    Case(
        rule=rules.nesting,
        bad=nested("if x") + "\n    elif x:\n" + DEEP,
        good="def f(x: int) -> None:\n    if x:\n        pass\n    elif x:\n        pass",
        line=1,
    ),
    Case(
        rule=rules.keyword_only_twins,
        bad="def f(low: float, high: float) -> None: ...",
        good="def f(first_slot: int, num_slots: int, *, low: float, high: float) -> None: ...",
        line=1,
    ),
    Case(rule=rules.meaningful_name, path="sim/utils/fade.py", bad=MODULE, good="", line=1),
    Case(
        rule=rules.nothing_at_import,
        bad="LIMIT = 1\nprint(LIMIT)",
        good='LIMIT = 1\n"""How many."""\nif __name__ == "__main__":\n    print(LIMIT)',
        line=2,
    ),
    Case(
        rule=rules.quiet_init,
        path="sim/__init__.py",
        bad='"""A package."""\nREGISTRY = {}',
        good='"""A package."""\nfrom sim.slot import Slot\n__all__ = ["Slot"]',
        line=2,
    ),
    Case(
        rule=rules.reasoned_ignore,
        bad=f"x = 1  {COMMENT}: ignore",
        good=f"x = 1  {COMMENT}: ignore[assignment]  # the library's own stub is wrong",
        line=1,
    ),
    Case(
        rule=rules.no_heap,
        path="firmware/agent.c",
        bad="/* a comment\n */\nchar *p = malloc(4);",
        good="/* no malloc() here */",
        line=3,
    ),
    Case(
        rule=rules.integer_kernel,
        path="firmware/kernels/add_s8.c",
        bad="int x;\nfloat y;",
        good="int x; // not a float",
        line=2,
    ),
    Case(
        rule=rules.boards_in_ports_only,
        path="firmware/agent.c",
        bad="\n#ifdef BOARD_MPS2\n#endif",
        good="const char *name = BOARD_NAME;",
        line=2,
    ),
    Case(
        rule=rules.small_port,
        path="firmware/port.h",
        bad="".join(f"void port_{i}(uint8_t x);\n" for i in range(9)),
        good="".join(f"uint32_t port_{i}(\n    uint8_t x);\n" for i in range(8)),
        line=1,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule.__name__)
def test_a_broken_rule_is_found_where_it_is_broken(case: Case) -> None:
    findings = list(case.rule(Source(path=case.path, text=case.bad)))

    assert [(finding.file, finding.line) for finding in findings] == [(case.path, case.line)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule.__name__)
def test_a_kept_rule_is_not_found_broken(case: Case) -> None:
    path = case.path.replace("/utils", "")

    assert list(case.rule(Source(path=path, text=case.good))) == []


def test_every_rule_of_the_house_has_a_case() -> None:
    tables = (rules.EVERY_PYTHON_FILE, rules.LIBRARY_PYTHON_FILE, rules.EVERY_C_FILE)

    assert {rule for table in tables for rule in table.values()} == {case.rule for case in CASES}


def test_an_unlisted_dimension_is_found() -> None:
    table = (
        "## The words for array dimensions\n\n| word | counts |\n| `num_in`, `num_out` | maps |\n"
    )
    text = "\nint8 [num_in, 1, ...] and float32 [num_things, num_out]"

    words = rules.dimension_words(table + "\n## Next\n| `num_things` | no |\n")
    findings = list(rules.known_dimensions(Source(path="sim/slot.py", text=text), words))

    assert words == {"num_in", "num_out"}
    assert [(finding.line, "num_things" in finding.detail) for finding in findings] == [(2, True)]


def test_a_finding_names_file_line_and_rule() -> None:
    (finding,) = rules.no_heap(Source(path="firmware/agent.c", text="\nfree(p);"))

    assert str(finding) == "firmware/agent.c:2: no heap: free(p);"


# What ruff keeps for us; the snippet stands in a library module below a licence line and docstring.
KEPT_BY_RUFF = {
    "untyped argument": ("ANN001", "def f(x) -> None: ..."),
    "untyped return": ("ANN201", "def f(): ..."),
    "Any in a signature": ("ANN401", "from typing import Any\ndef f(x: Any) -> None: ..."),
    "positional boolean": ("FBT001", "def f(loud: bool) -> None: ..."),
    "seven arguments": ("PLR0913", "def f(*, a: A, b: A, c: A, d: A, e: A, f: A, g: A): ..."),
    "star import": ("F403", "from sim.slot import *"),
    "relative import": ("TID252", "from .slot import Slot"),
    "bare exception": ("TRY002", 'raise Exception("no response")'),
    "blind except": ("BLE001", "try:\n    x = 1\nexcept Exception:\n    pass"),
    "assert": ("S101", "assert 1 > 0"),
    "print": ("T201", "print(1)"),
    "no docstring": ("D103", "def f() -> None:\n    pass"),
    "two-line summary": ("D205", 'def f() -> None:\n    """Say\n    it."""'),
    "summary without verb": ("D401", 'def f() -> None:\n    """Returns it."""'),
    "long line": ("E501", "X = " + "1" * 100),
    "commented-out code": ("ERA001", "# x = f(1)"),
    "to-do": ("FIX004", "# HACK: mend"),
    "global random state": ("NPY002", "import numpy as np\nnp.random.seed(1)"),
    "ignore without a code": ("PGH003", f"x = 1  {COMMENT}: ignore"),
}


RUFF = (sys.executable, "-m", "ruff", "check", "--output-format=concise", "--no-cache")


@pytest.mark.parametrize("what", KEPT_BY_RUFF)
def test_ruff_is_set_to_reject(what: str) -> None:
    code, snippet = KEPT_BY_RUFF[what]

    answer = subprocess.run(
        [*RUFF, "--stdin-filename", "sim/example.py", "-"],
        input=f"{MODULE}\n{snippet}\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert f" {code} " in answer.stdout
