# SPDX-License-Identifier: Apache-2.0
"""Small scenarios for the tests of channels."""

from collections.abc import Mapping

from channels.scenario import Scenario

MINIMAL: Mapping[str, object] = {
    "schema": 1,
    "name": "test",
    "title": "A test",
    "channel": {"kind": "rayleigh"},
    "link": {"dmrs": {"symbols": [0]}},
    "snr": {"kind": "snr_db", "values": [0.0]},
}


def scenario(values: Mapping[str, object] | None = None, *drift: Mapping[str, object]) -> Scenario:
    """Return a scenario in which some `table.key` have these values, and these drift entries."""
    minimal = Scenario.model_validate({**MINIMAL, "drift": list(drift)})
    return minimal.with_values(values or {})
