# SPDX-License-Identifier: Apache-2.0
"""Which kind of experiment a file of records comes from, told from its first line."""

import json
from pathlib import Path

from host.experiment_table import DETECTION, SPIKING


def kind_of_results(path: Path) -> str:
    """Return the kind of a file of records; "" for links, and for what cannot be read."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return kind_of_line(file.readline())
    except OSError:
        return ""


def kind_of_line(line: str) -> str:
    """Return the kind of experiment that a line of records comes from; "" for one of links."""
    try:
        content = json.loads(line)
    except json.JSONDecodeError:
        return ""
    if not isinstance(content, dict):
        return ""
    if content.get("kind") == DETECTION:
        return DETECTION
    return SPIKING if "accuracies" in content else ""
