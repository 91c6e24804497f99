# SPDX-License-Identifier: Apache-2.0
"""Puts a comparison together: of two deployments, or of the records of two campaigns."""

from collections.abc import Iterator
from dataclasses import dataclass

from host.comparison.accuracy import metric_difference
from host.comparison.costs import cost_differences, operator_differences, unequal_outputs
from host.comparison.difference import Difference
from host.comparison.pairing import Match, paired
from host.comparison.sides import Side
from host.deployment_record import DeploymentRecord
from host.errors import RecordError
from host.experiment import Metric
from host.record import Hardware, Record

_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs between A and B.

    Parameters
    ----------
    differences : tuple of Difference
        Of all groups, also where nothing differs.
    unlike : tuple of str
        What else is not the same, each in a line: slots, boards, weights, firmware.
    barriers : tuple of str
        Those of them with which no limit on ratios makes sense: other boards, other networks.
    """

    differences: tuple[Difference, ...]
    unlike: tuple[str, ...]
    barriers: tuple[str, ...] = ()

    def of(self, group: str) -> tuple[Difference, ...]:
        """Return the differences of one group."""
        return tuple(one for one in self.differences if one.group == group)

    def above(self, limit: float) -> tuple[Difference, ...]:
        """Return the gated figures whose ratio B / A is above a limit."""
        return tuple(one for one in self.differences if one.exceeds(limit))


def compare(a: Side, b: Side) -> Comparison:
    """Compare two results of one kind.

    Raises
    ------
    RecordError
        One is of a campaign and the other of a deployment, or no trials of theirs saw the same
        slots.
    """
    if a.deployment is not None and b.deployment is not None:
        return _deployments(a.deployment, b.deployment)
    if a.deployment is None and b.deployment is None:
        return _records(a, b)
    raise RecordError(
        f"{a.path} is {a.kind}, {b.path} is {b.kind}: give two campaigns or two deployments"
    )


def _deployments(a: DeploymentRecord, b: DeploymentRecord) -> Comparison:
    place = " / ".join(dict.fromkeys((a.board, b.board)))
    found = [
        *cost_differences(
            a.cost,
            b.cost,
            place=place,
            energies=({**a.energy, **a.cost.energy}, {**b.energy, **b.cost.energy}),
        ),
        *unequal_outputs(_unequal(a.hardware), _unequal(b.hardware), place=place),
    ]
    others = {one.board: one for one in b.elsewhere}
    for one in a.elsewhere:
        other = others.get(one.board)
        if one.cost and other and other.cost:
            found += cost_differences(one.cost, other.cost, place=one.board)
            found += unequal_outputs(one.num_unequal, other.num_unequal, place=one.board)
    found += operator_differences(a.cost.operators, b.cost.operators)
    barriers = _unlike(
        ("board", a.board, b.board),
        ("network", a.network, b.network),
        ("shape of the input", a.inputs.shape, b.inputs.shape),
    )
    makers = _unlike(
        ("seed of the inputs", a.inputs.seed, b.inputs.seed),
        ("image", a.hardware.image_hash[:_DIGITS], b.hardware.image_hash[:_DIGITS]),
        ("firmware", a.hardware.firmware_hash, b.hardware.firmware_hash),
    )
    return Comparison(
        differences=tuple(found), unlike=(*barriers, *makers), barriers=tuple(barriers)
    )


def _unlike(*facts: tuple[str, object, object], whose: str = "") -> list[str]:
    """Return a line for each (what, of A, of B) that differs."""
    of = f" of {whose}" if whose else ""
    return [
        f"not the same {what}{of}: {one or 'none'} / {other or 'none'}"
        for what, one, other in facts
        if one != other
    ]


def _unequal(hardware: Hardware) -> int | None:
    return hardware.agreement.num_unequal if hardware.agreement else None


def _records(a: Side, b: Side) -> Comparison:
    pairing = paired(a.records, b.records)
    if not pairing.matches:
        why = "; ".join(pairing.remarks) or "no receiver is in both"
        raise RecordError(f"{a.path} and {b.path} have no trial on the same slots: {why}")
    found: list[Difference] = []
    makers: list[str] = []
    barriers: list[str] = []
    for match in pairing.matches:
        found += [*_accuracy(match), *_costs(match)]
        for a_record, b_record in match.pairs:
            makers += _makers(a_record, b_record, match.label)
            devices = ("device", a_record.cell.device, b_record.cell.device)
            barriers += _unlike(devices, whose=match.label)
    distinct = dict.fromkeys((*pairing.remarks, *barriers, *makers))
    return Comparison(
        differences=tuple(found),
        unlike=tuple(distinct),
        barriers=tuple(dict.fromkeys(barriers)),
    )


def _makers(a: Record, b: Record, label: str) -> list[str]:
    """Say which code, receiver or weights differ; that may be what is compared."""
    one, other = a.provenance, b.provenance
    weights = [source.weights_hash and source.weights_hash[:_DIGITS] for source in (one, other)]
    return _unlike(
        ("code", one.code_version[:_DIGITS], other.code_version[:_DIGITS]),
        ("weights", weights[0], weights[1]),
        whose=label,
    )


def _accuracy(match: Match) -> Iterator[Difference]:
    for (scenario, snr_db), pairs in match.points.items():
        place = f"{scenario}, {match.label}, {snr_db:g} dB"
        for metric in Metric:
            difference = metric_difference(pairs, metric, place=place)
            if difference is not None:
                yield difference


def _costs(match: Match) -> Iterator[Difference]:
    """Yield what a slot costs, once a scenario: the cost does not depend on the SNR."""
    first: dict[str, tuple[Record, Record]] = {}
    for (scenario, _), pairs in match.points.items():
        first.setdefault(scenario, pairs[0])
    for scenario, (a, b) in first.items():
        if a.cost is not None and b.cost is not None:
            place = f"{scenario}, {match.label}"
            yield from cost_differences(a.cost, b.cost, place=place, energies=(a.energy, b.energy))
            yield from operator_differences(a.cost.operators, b.cost.operators)
