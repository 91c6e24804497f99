# SPDX-License-Identifier: Apache-2.0
"""The tables of a deployment: work of each operator, memory, the link, and other boards."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from boards.compress.pipeline import Quantized
from boards.compress.widths import Narrowing
from boards.image import Image
from boards.narrow import WIDE
from host.deployment_record import Arena, Bands, DeploymentRecord, Elsewhere
from host.memory_map import Buffer
from host.record import Band, Cost, LinkUse, OperatorCost
from host.report import quantity
from host.report.deployed.work import short
from host.report.tables import Row, Table

_MOST_LETTERS = 32


class MemoryUse(Protocol):
    """What agent, network and working memory take together, and what there is [bytes]."""

    @property
    def ram_bytes(self) -> int | None:
        """Return the RAM that is taken."""
        ...

    @property
    def ram_capacity_bytes(self) -> int | None:
        """Return the RAM that there is."""
        ...

    @property
    def flash_bytes(self) -> int | None:
        """Return the flash that is taken."""
        ...

    @property
    def flash_capacity_bytes(self) -> int | None:
        """Return the flash that there is."""
        ...


def operator_table(cost: Cost) -> Table:
    """Tabulate what each operator of the network does for one slot."""
    total = OperatorCost(
        name="whole network",
        kind="",
        macs=cost.macs_per_slot or 0,
        instructions=cost.instructions_per_slot,
    )
    return Table(
        caption="Operators, one slot",
        head=("operator", "kind", "MAC", "instructions", "per MAC"),
        rows=tuple(_operator_row(operator) for operator in (*cost.operators, total)),
    )


def memory_table(record: DeploymentRecord) -> Table:
    """Tabulate who takes which memory, and how much there is."""
    return memory_use_table(record.cost, record.arena, note=_bound_note(record))


def memory_use_table(
    use: MemoryUse, arena: Arena, *, held: str = "activations", note: str = ""
) -> Table:
    """Tabulate who takes which memory, and how much there is; `held` is what the arena holds."""
    flash = None if use.flash_bytes is None else use.flash_bytes - arena.image_bytes
    ram = None if use.ram_bytes is None else use.ram_bytes - arena.arena_bytes
    rows = [
        ("flash: agent", flash),
        ("flash: image of the network", arena.image_bytes),
        ("flash: together", use.flash_bytes),
        ("flash: there is", use.flash_capacity_bytes),
        ("RAM: agent", ram),
        (f"RAM: {held}", arena.activation_bytes),
        ("RAM: scratch of the kernels", arena.arena_bytes - arena.activation_bytes),
        ("RAM: together", use.ram_bytes),
        ("RAM: there is", use.ram_capacity_bytes),
    ]
    return Table(
        caption="Memory",
        head=("what", "bytes", "KiB"),
        rows=tuple((what, quantity.count(n), quantity.kibibytes(n)) for what, n in rows),
        note=note,
    )


def _bound_note(record: DeploymentRecord) -> str:
    arena = record.memory
    if arena is None:
        return ""
    least = "less"
    if arena.peak_bytes != arena.lower_bound_bytes:
        least = f"less than {quantity.count(arena.lower_bound_bytes)} bytes"
    told = f"No plan can do with {least} for the activations"
    apart = arena.disjoint_bound_bytes
    if apart is None or apart == arena.lower_bound_bytes:
        return f"{told}."
    return f"{told}, and none with less than {quantity.count(apart)} bytes if none overlap."


def bands_line(bands: Bands, macs: int) -> str:
    """Return in words how a network of `macs` in all was cut into bands, and what that costs."""
    share = bands.extra_macs / (macs - bands.extra_macs)
    return (
        f"the first {bands.num_operators} operators run in {bands.num_bands} bands of rows: "
        f"{quantity.count(bands.extra_macs)} MAC more, {100 * share:.1f} %"
    )


def overlap_tables(record: DeploymentRecord) -> tuple[Table, ...]:
    """Tabulate the outputs that lie over a part of an input that dies meanwhile, if there are."""
    buffers = record.memory.buffers if record.memory is not None else ()
    by_name = {one.name: one for one in buffers}
    met = [(one, by_name[one.over]) for one in buffers if one.over in by_name]
    if not met:
        return ()
    table = Table(
        caption="Outputs over inputs",
        head=("output", "bytes", "at", "over", "bytes", "at", "shared"),
        rows=tuple(_overlap_row(output, source) for output, source in met),
        note="An operator writes where it has read; what is shared is there once.",
    )
    return (table,)


def _overlap_row(output: Buffer, source: Buffer) -> Row:
    ends = [one.offset + one.num_bytes for one in (output, source)]
    shared = min(ends) - max(output.offset, source.offset)
    sides = [
        (short(one.name, letters=_MOST_LETTERS), *map(quantity.count, (one.num_bytes, one.offset)))
        for one in (output, source)
    ]
    return (*sides[0], *sides[1], quantity.count(shared))


def boards_table(record: DeploymentRecord) -> Table:
    """Tabulate the network on this board and the others, instructions as multiples of this one's.

    Boards that could not run it stand there with a dash, and the note says why.
    """
    agreement = record.hardware.agreement
    here = Elsewhere(
        board=record.board,
        core=record.core,
        cost=record.cost,
        num_unequal=agreement.num_unequal if agreement else None,
    )
    shown = (here, *record.elsewhere)
    said = [f"{one.board}: {one.problem}" for one in shown if one.problem]
    said += [
        f"{one.board}: {one.cost.latency.method}" for one in shown if one.cost and one.cost.latency
    ]
    return Table(
        caption="Boards, one slot",
        head=_BOARDS_HEAD,
        rows=tuple(_board_row(one, record.cost) for one in shown),
        note=". ".join(said),
    )


_BOARDS_HEAD = (
    "board",
    "core",
    "instructions",
    "per MAC",
    "times",
    "RAM [KiB]",
    "flash [KiB]",
    "latency [ms]",
    "energy [µJ]",
    "outputs that differ",
)


def _board_row(one: Elsewhere, here: Cost) -> Row:
    cost = one.cost or Cost()
    spent, macs = cost.instructions_per_slot, cost.macs_per_slot
    times = None
    if spent is not None and here.instructions_per_slot:
        times = spent / here.instructions_per_slot
    energy = next(iter(cost.energy.values()), None)
    return (
        one.board,
        one.core,
        quantity.count(spent),
        quantity.number(spent / macs if spent is not None and macs else None),
        quantity.number(times),
        quantity.kibibytes(cost.ram_bytes),
        quantity.kibibytes(cost.flash_bytes),
        quantity.number(1e3 * cost.latency.value if cost.latency else None),
        quantity.number(1e6 * energy.value if energy else None),
        quantity.count(one.num_unequal),
    )


def slot_table(cost: Cost, link: LinkUse, *, measured: Mapping[str, Band]) -> Table:
    """Tabulate time and energy of one slot, each with its method, and the use of the link."""
    rows: list[Row] = []
    if cost.latency is not None:
        latency = quantity.band(cost.latency, factor=1e3)
        rows.append(("latency [ms]", latency, cost.latency.method))
    rows += [
        ("energy [µJ]", quantity.band(band, factor=1e6), band.method)
        for band in (*measured.values(), *cost.energy.values())
    ]
    rows += [
        ("link, data [byte]", quantity.count(cost.link_bytes_per_slot), "input and output"),
        ("link, framed [byte]", quantity.number(link.framed_bytes_per_slot), "counted"),
        ("link, share of bare port", quantity.percent(link.utilisation), "timed in this run"),
    ]
    return Table(caption="One slot", head=("what", "value", "method"), rows=tuple(rows))


def quantization_line(quantized: Quantized) -> str:
    """Say what it cost to make integers of a network of real numbers."""
    error, plain = (
        f"{quantity.number(100 * one)} %" for one in (quantized.error, quantized.plain_error)
    )
    return (
        f"int8 against float32 on the {quantity.count(quantized.num_samples)} samples: the mean "
        f"square of the error is {error} of that of the output; {plain} with ranges from least to "
        "greatest"
    )


def narrowing_table(narrowings: Sequence[Narrowing]) -> Table:
    """Tabulate the layers of a network of integers whose weights were made to take fewer bits."""
    return Table(
        caption="Weights in fewer bits",
        head=("layer", "bits", "square of the change [%]"),
        rows=tuple(
            (short(one.layer), str(one.bits), quantity.number(100 * one.error))
            for one in narrowings
        ),
    )


def has_narrow_weights(image: Image) -> bool:
    """Return whether some weights of an image take less than 8 bits."""
    return any(0 < one.weight_bits < WIDE for one in image.operators)


def weights_line(image: Image) -> str:
    """Say how many bits the weights of an image take, and what that saves."""
    layers = [one for one in image.operators if one.weight_bits]
    counts = Counter(one.weight_bits for one in layers)
    taken = sum(one.weights_bytes for one in layers)
    as_wide = sum(one.weights_bytes * WIDE // one.weight_bits for one in layers)
    widths = ", ".join(f"{bits} bits in {n}" for bits, n in sorted(counts.items()))
    return (
        f"weights of the layers: {widths}; {quantity.count(taken)} bytes instead of about "
        f"{quantity.count(as_wide)}"
    )


def _operator_row(operator: OperatorCost) -> Row:
    instructions = operator.instructions
    per_mac = instructions / operator.macs if instructions and operator.macs else None
    return (
        short(operator.name, letters=_MOST_LETTERS),
        operator.kind,
        quantity.count(operator.macs),
        quantity.count(instructions),
        quantity.number(per_mac),
    )
