# SPDX-License-Identifier: Apache-2.0
"""What programs read of a report: the standings of every scenario, as JSON."""

from collections.abc import Sequence

from pydantic import JsonValue

from host.record import Record
from host.report.curves import scenarios
from host.report.paired import METHOD
from host.report.required import TARGET_BLER, Estimate, Standing, standings
from host.report.tables import snr_name


def listed_standings(records: Sequence[Record]) -> JsonValue:
    """List what each receiver needs and its gaps, in dB; null where that cannot be told."""
    return [
        _listed(standing, snr=snr_name(records, scenario))
        for scenario in scenarios(records)
        for standing in standings(records, scenario=scenario)
    ]


def _listed(standing: Standing, *, snr: str) -> JsonValue:
    curve = standing.curve
    return {
        "scenario": curve.scenario,
        "receiver": curve.receiver,
        "device": curve.device,
        "target_bler": TARGET_BLER,
        "snr": snr,
        "unit": "dB",
        "required": _ends(standing.required),
        "gap_to_perfect_csi": _ends(standing.gap_to_perfect_csi),
        "gain_over_least_squares": _ends(standing.gain_over_least_squares),
        "confidence": 0.95,
        "method": METHOD,
    }


def _ends(estimate: Estimate) -> JsonValue:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
