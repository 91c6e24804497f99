# SPDX-License-Identifier: Apache-2.0
"""A network that is streamed: the table of methods, and what to read off it."""

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from boards.streaming.planning import Method
from host.report import quantity
from host.report.tables import Row, Table
from host.streaming import Comparison, MethodRun


def method_table(comparison: Comparison) -> Table:
    """Tabulate memory and time of every method; the last two columns against the plan."""
    return Table(
        caption=f"Streaming on {comparison.board}, {_flash(comparison)}",
        head=(
            "method",
            "SRAM [byte]",
            "stays [byte]",
            "first run",
            "run",
            "waits",
            "SRAM, of planned",
            "run, of planned",
        ),
        rows=tuple(_row(comparison, one) for one in comparison.results),
        note="Runs in instructions, the flash's cycles among them; SRAM holds activations, scratch "
        "and constants. Preloading and loading on demand do not keep to the SRAM that is given"
        + (
            "."
            if all(one.num_values for one in comparison.results)
            else "; what is modelled does not fit the board."
        ),
    )


def remarks(comparison: Comparison) -> tuple[str, ...]:
    """Return what the table means, a sentence each."""
    planned = comparison.of(Method.PLANNED)
    size, given = comparison.constant_bytes, comparison.allotment.sram_bytes
    runs, rate = comparison.runs_to_preload, comparison.free_bytes_per_cycle
    proof = "proved to be the shortest run" if planned.planned.is_optimal else "the best found"
    return (
        f"Constants of {quantity.count(size)} bytes run in {quantity.count(planned.arena_bytes)} "
        f"of {quantity.count(given)} bytes: {quantity.number(size / planned.arena_bytes)} times as "
        f"much; in tiles of up to {quantity.count(comparison.allotment.tile_bytes)} bytes, "
        f"{proof} for these tiles.",
        "Preloading has taken less time in all than the plan "
        + ("never." if runs is None else f"from run {runs} on."),
        "Streaming waits at any rate of the flash."
        if rate is None
        else f"From {quantity.number(rate)} bytes a cycle on, streaming waits for less than 2 % of "
        "a run.",
    )


def listed(comparison: Comparison) -> dict[str, JsonValue]:
    """Return the comparison as JSON."""
    flash = comparison.allotment.flash
    return {
        "board": comparison.board,
        "bytes_per_cycle": flash.bytes_per_cycle,
        "latency_cycles": flash.latency_cycles,
        "sram_bytes": comparison.allotment.sram_bytes,
        "tile_bytes": comparison.allotment.tile_bytes,
        "constant_bytes": comparison.constant_bytes,
        "compute_instructions": comparison.compute_instructions,
        "runs_to_preload": comparison.runs_to_preload,
        "free_bytes_per_cycle": comparison.free_bytes_per_cycle,
        "methods": [_listed(one) for one in comparison.results],
        "tables": [to_jsonable_python(method_table(comparison))],
    }


def _listed(one: MethodRun) -> dict[str, JsonValue]:
    return {
        "method": one.planned.method.value,
        "arena_bytes": one.arena_bytes,
        "stays_bytes": one.planned.plan.once_bytes,
        "first_run_instructions": one.cold_instructions,
        "run_instructions": one.instructions,
        "modelled_first_run_cycles": one.timeline.cold_cycles,
        "modelled_run_cycles": one.timeline.cycles,
        "num_loads": len(one.planned.plan.loads),
        "is_optimal": one.planned.is_optimal,
        "num_values": one.num_values,
        "num_unequal": one.num_unequal,
        "image_hash": one.image.sha256.hex(),
    }


def _flash(comparison: Comparison) -> str:
    flash = comparison.allotment.flash
    return (
        f"flash of {quantity.number(flash.bytes_per_cycle)} bytes a cycle, latency "
        f"{quantity.count(flash.latency_cycles)} cycles"
    )


def _row(comparison: Comparison, one: MethodRun) -> Row:
    planned = comparison.of(Method.PLANNED)
    waits = max(one.instructions - comparison.compute_instructions, 0)
    return (
        one.planned.method.value if one.num_values else f"{one.planned.method}, modelled",
        quantity.count(one.arena_bytes),
        quantity.count(one.planned.plan.once_bytes),
        quantity.count(one.cold_instructions),
        quantity.count(one.instructions),
        quantity.percent(waits / one.instructions),
        quantity.number(one.arena_bytes / planned.arena_bytes),
        quantity.number(one.instructions / planned.instructions),
    )
