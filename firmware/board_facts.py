# SPDX-License-Identifier: Apache-2.0
"""Tell make the facts of a board file: python3 board_facts.py ../boards/mps2-an386.toml.

Needs nothing but Python's standard library, so the firmware builds without the virtual environment.
"""

import sys
import tomllib
from pathlib import Path
from typing import Any


def facts(board: dict[str, Any]) -> dict[str, str]:
    """Return the variables of make that a parsed board file stands for."""
    variables = {"PORT": Path(board["build"]["port"]).name}
    if "core" in board.get("cpu", {}):
        variables["CORE"] = board["cpu"]["core"]
    for region in ("flash", "ram"):
        if region in board.get("memory", {}):
            variables[f"{region.upper()}_ORIGIN"] = hex(board["memory"][region]["origin"])
            variables[f"{region.upper()}_BYTES"] = str(board["memory"][region]["bytes"])
    return variables


def main(path: str) -> None:
    """Write one assignment a line to standard output."""
    board = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    sys.stdout.writelines(f"{name} := {value}\n" for name, value in facts(board).items())


if __name__ == "__main__":
    main(sys.argv[1])
