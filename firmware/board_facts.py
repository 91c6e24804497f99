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
    memory = board["memory"]
    variables = {
        "PORT": Path(board["build"]["port"]).name,
        "CPU_FLAGS": " ".join(board["build"].get("cpu_flags", ())),
        "CLOCK_HZ": str(board["cpu"].get("clock_hz", 0)),
        "IMAGE_CAPACITY": str(memory["image_slot_bytes"]),
        "ARENA_CAPACITY": str(memory["arena_bytes"]),
    }
    for region in ("flash", "ram"):
        if region in memory:
            variables[f"{region.upper()}_ORIGIN"] = hex(memory[region]["origin"])
            variables[f"{region.upper()}_BYTES"] = str(memory[region]["bytes"])
    return variables


def main(path: str) -> None:
    """Write one assignment a line to standard output."""
    board = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    sys.stdout.writelines(f"{name} := {value}\n" for name, value in facts(board).items())


if __name__ == "__main__":
    main(sys.argv[1])
