# SPDX-License-Identifier: Apache-2.0
"""The shape of the house: its folders, its packages, and what they drag in when imported."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("boards", "channels", "host", "receivers", "sim", "snn")
TOP_FOLDERS = {*PACKAGES, ".ci", ".github", "benchmarks", "docs", "firmware", "tests"}


@pytest.mark.parametrize("name", PACKAGES)
def test_the_imported_package_is_the_one_in_this_tree(name: str) -> None:
    package = importlib.import_module(name)

    assert package.__file__ is not None
    assert Path(package.__file__).parent == ROOT / name


def test_top_level_folders_are_fixed() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    folders = {Path(file).parts[0] for file in tracked if "/" in file}

    assert folders <= TOP_FOLDERS


def test_tests_mirror_the_tree() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}

    assert folders - {"__pycache__"} <= TOP_FOLDERS | {"golden", "house"}


def test_every_top_folder_says_what_is_in_it() -> None:
    folders = [ROOT / name for name in sorted(TOP_FOLDERS) if not name.startswith(".")]

    silent = [f.name for f in folders if any(f.glob("*")) and not (f / "README.md").is_file()]

    assert silent == []


def test_the_command_line_starts_without_heavy_libraries() -> None:
    heavy = ("torch", "sionna", "scipy", "matplotlib", "plotly")
    program = f"import host.cli.app, sys; print(*sorted(set({heavy}) & set(sys.modules)))"

    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert loaded.split() == []
