# SPDX-License-Identifier: Apache-2.0
"""What a slot costs in two results: instructions, latency, energy, memory, operator by operator."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from host.comparison.difference import COST, OPERATORS, Difference, banded, counted
from host.record import Band, Cost, OperatorCost

_INSTRUCTIONS = "instructions"

_OperatorKey = tuple[str, str, int]
"""Name, kind, and how many of both stand before it."""


def cost_differences(
    a: Cost,
    b: Cost,
    *,
    place: str,
    energies: tuple[Mapping[str, Band], Mapping[str, Band]] | None = None,
) -> Iterator[Difference]:
    """Yield the differences of two costs of a slot; what neither knows is left out.

    Parameters
    ----------
    a, b : Cost
    place : str
        The board, or network and board.
    energies : two mappings of str to Band, or None
        Energy by meter or profile; None: those that were modelled.
    """
    pairs = (
        (_INSTRUCTIONS, "1", a.instructions_per_slot, b.instructions_per_slot),
        ("multiply-accumulates", "1", a.macs_per_slot, b.macs_per_slot),
        ("RAM", "byte", a.ram_bytes, b.ram_bytes),
        ("flash", "byte", a.flash_bytes, b.flash_bytes),
    )
    for what, unit, one, other in pairs:
        if one is not None or other is not None:
            yield counted(one, other, group=COST, place=place, what=what, unit=unit)
    if a.latency is not None or b.latency is not None:
        yield banded(a.latency, b.latency, place=place, what="latency")
    first, second = energies if energies is not None else (a.energy, b.energy)
    for name in dict.fromkeys([*first, *second]):
        yield banded(first.get(name), second.get(name), place=place, what=f"energy, {name}")


def unequal_outputs(a: int | None, b: int | None, *, place: str) -> Iterator[Difference]:
    """Yield how many outputs differ from the twin's, if both were compared with it."""
    if a is not None and b is not None:
        yield counted(a, b, group=COST, place=place, what="outputs that differ from the twin's")


def operator_differences(
    a: Sequence[OperatorCost], b: Sequence[OperatorCost]
) -> tuple[Difference, ...]:
    """Return the instructions of every operator, those of A first; equal names belong together."""
    first, second = _by_key(a), _by_key(b)
    keys = dict.fromkeys([*first, *second])
    found = ((key, first.get(key), second.get(key)) for key in keys)
    return tuple(
        counted(
            one.instructions if one else None,
            other.instructions if other else None,
            group=OPERATORS,
            place=f"{key[0]}, {key[1]}",
            what=_INSTRUCTIONS,
        )
        for key, one, other in found
        if any(operator and operator.instructions is not None for operator in (one, other))
    )


def _by_key(operators: Sequence[OperatorCost]) -> Mapping[_OperatorKey, OperatorCost]:
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[_OperatorKey, OperatorCost] = {}
    for one in operators:
        found[one.name, one.kind, seen[one.name, one.kind]] = one
        seen[one.name, one.kind] += 1
    return found
