# SPDX-License-Identifier: Apache-2.0
"""Small scenarios for tests, built in memory."""

from typing import Any

from channels.scenario import Scenario


def scenario(**tables: dict[str, Any]) -> Scenario:
    """Return an AWGN scenario of 14 x 12 elements, with the given keys changed."""
    content: dict[str, Any] = {
        "schema": 1,
        "name": "test",
        "title": "A scenario of the tests",
        "grid": {"num_symbols": 14, "num_subcarriers": 12},
        "channel": {"kind": "awgn"},
        "snr": {"kind": "snr_db", "values": [5.0]},
    }
    for table, keys in tables.items():
        content[table] = {**content.get(table, {}), **keys}
    return Scenario.model_validate(content)
