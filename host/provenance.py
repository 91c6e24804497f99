# SPDX-License-Identifier: Apache-2.0
"""Which code, which versions and which commit a result came from.

The version of the code is the hash of its source files, not the git commit: an edit of a README
leaves every result valid, an edit of a receiver that was never committed does not.
"""

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from pydantic import JsonValue

ROOT = Path(__file__).resolve().parent.parent

_DISTRIBUTIONS = ("airloop", "numpy", "scipy", "sionna", "torch")


def hash_of(value: JsonValue) -> str:
    """Return the SHA-256 of a value's canonical JSON (sorted keys, no spaces), in hexadecimal."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def code_version(files: Iterable[str]) -> str:
    """Return one hash over source files, named from the project's root."""
    return hash_of([[file, _hash_of_file(ROOT / file)] for file in sorted(files)])


@cache
def _hash_of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def git_commit() -> str | None:
    """Return the commit of this checkout, with "+" when files differ from it; None outside git."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return None
    return commit + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


@cache
def versions() -> Mapping[str, str | None]:
    """Return the versions of what a result depends on; None for what is not installed."""
    return {"python": platform.python_version()} | {name: _version(name) for name in _DISTRIBUTIONS}


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
