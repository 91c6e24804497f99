# SPDX-License-Identifier: Apache-2.0
"""Which trials of two results belong together: those that saw the same slots."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from host.comparison.accuracy import Pair
from host.record import Record

Runner = tuple[str, str, str]
"""Receiver, device, and how it learns."""

Point = tuple[str, float]
"""Scenario and SNR [dB]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A receiver of A and one of B, and the trials of both that saw the same slots.

    `label` names the receiver, or both; `points` has a pair of trials a seed.
    """

    label: str
    points: Mapping[Point, Sequence[Pair]]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Return all pairs."""
        return tuple(pair for pairs in self.points.values() for pair in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """What belongs together, and in words what does not."""

    matches: tuple[Match, ...]
    remarks: tuple[str, ...]


def paired(a: Sequence[Record], b: Sequence[Record]) -> Pairing:
    """Pair the trials of two results.

    Receivers belong together by name, device and learner. Where each side has just one that the
    other has not, these two belong together. Trials belong together if scenario, its content, SNR,
    seed and coding are the same.
    """
    partners = _partners(a, b)
    matches: list[Match] = []
    remarks: list[str] = []
    for one, other in partners:
        first = {_slots_of(r): r for r in a if _runner_of(r) == one}
        second = {_slots_of(r): r for r in b if _runner_of(r) == other}
        points: dict[Point, list[Pair]] = {}
        for slots in first.keys() & second.keys():
            cell = first[slots].cell
            pair = (first[slots], second[slots])
            points.setdefault((cell.scenario, cell.snr_db), []).append(pair)
        if points:
            ordered = {point: sorted(points[point], key=_seed_of) for point in sorted(points)}
            matches.append(Match(label=_label(one, other), points=ordered))
        remarks += _left_out(list(first.values()), list(second.values()))
    remarks += _alone(a, b, partners)
    return Pairing(matches=tuple(matches), remarks=tuple(dict.fromkeys(remarks)))


def _runner_of(record: Record) -> Runner:
    cell = record.cell
    return cell.receiver, cell.device, cell.learner.model_dump_json() if cell.learner else ""


def _seed_of(pair: Pair) -> int:
    return pair[0].cell.seed


def _slots_of(record: Record) -> tuple[object, ...]:
    """Return what decides which slots a trial sees."""
    cell = record.cell
    content = record.provenance.scenario_hash
    return cell.scenario, content, cell.snr_kind, cell.snr_db, cell.seed, cell.coded


def _partners(a: Sequence[Record], b: Sequence[Record]) -> list[tuple[Runner, Runner]]:
    first = list(dict.fromkeys(map(_runner_of, a)))
    second = list(dict.fromkeys(map(_runner_of, b)))
    partners = [(one, one) for one in first if one in second]
    only_a = [one for one in first if one not in second]
    only_b = [one for one in second if one not in first]
    if len(only_a) == len(only_b) == 1:
        partners.append((only_a[0], only_b[0]))
    return partners


def _label(one: Runner, other: Runner) -> str:
    names = [f"{receiver} · {device}" for receiver, device, _ in (one, other)]
    return " / ".join(dict.fromkeys(names))


def _left_out(a: Sequence[Record], b: Sequence[Record]) -> Iterator[str]:
    """Say why trials of two receivers that belong together did not see the same slots."""
    for scenario in dict.fromkeys(r.cell.scenario for r in (*a, *b)):
        sides = [[r for r in side if r.cell.scenario == scenario] for side in (a, b)]
        if not all(sides):
            yield f"scenario {scenario}: in {'A' if sides[0] else 'B'} only"
            continue
        hashes = [{r.provenance.scenario_hash[:8] for r in side} for side in sides]
        if hashes[0] != hashes[1]:
            told = " / ".join(", ".join(sorted(one)) for one in hashes)
            yield f"not the same slots: scenario {scenario} has another content ({told})"
            continue
        yield from _other_keys(scenario, sides)


def _other_keys(scenario: str, sides: Sequence[Sequence[Record]]) -> Iterator[str]:
    for what, key in (
        ("seeds", lambda r: f"{r.cell.seed}"),
        ("SNRs", lambda r: f"{r.cell.snr_db:g} dB, {r.cell.snr_kind}"),
        ("coding", lambda r: "with a code" if r.cell.coded else "without a code"),
    ):
        found = [list(dict.fromkeys(map(key, side))) for side in sides]
        only = [[one for one in found[i] if one not in found[1 - i]] for i in (0, 1)]
        if any(only):
            told = " / ".join("; ".join(one) or "none" for one in only)
            yield f"not the same slots: {scenario}: {what} of one side only, A / B: {told}"


def _alone(
    a: Sequence[Record], b: Sequence[Record], partners: Sequence[tuple[Runner, Runner]]
) -> Iterator[str]:
    for side, records, i in (("A", a, 0), ("B", b, 1)):
        met = {pair[i] for pair in partners}
        for runner in dict.fromkeys(map(_runner_of, records)):
            if runner not in met:
                yield f"in {side} only: {runner[0]} · {runner[1]}"
