# SPDX-License-Identifier: Apache-2.0
"""What the documents name exists: files, make targets and commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(
        part.startswith(".") or part in {"build", "results"}
        for part in path.relative_to(ROOT).parts
    )
)
NAMED_FILE = re.compile(r"`([\w-][\w./-]*\.(?:py|toml|md|h|c))`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
AIRLOOP = re.compile(r"\.venv/bin/airloop ([a-z][a-z-]*)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_a_document_names_exists(document: Path) -> None:
    text = document.read_text()

    named = {*NAMED_FILE.findall(text), *LINK.findall(text)}
    missing = [name for name in sorted(named) if not exists(name, beside=document)]

    assert missing == []


def test_every_make_target_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    named = re.findall(r"^make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert {"demo", "test"} <= set(named) <= targets


def answer(command: str) -> int:
    """Return the exit code of asking a command for help."""
    program = "from host.cli.app import main; main()"
    words = [sys.executable, "-c", program, command, "--help"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode


def test_every_command_the_readme_names_exists() -> None:
    named = sorted(set(AIRLOOP.findall((ROOT / "README.md").read_text())))

    answers = [answer(command) for command in (*named, "no-such-command")]

    assert named
    assert answers == [0] * len(named) + [2]


def exists(name: str, *, beside: Path) -> bool:
    """Return whether a file stands beside the document, in its folders, or below the root."""
    return (
        (beside.parent / name).exists()
        or (ROOT / name).exists()
        or ("/" not in name and any(beside.parent.rglob(name)))
    )
