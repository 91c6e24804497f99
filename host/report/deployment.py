# SPDX-License-Identifier: Apache-2.0
"""The tables of a deployment: work of each operator, memory, and the link."""

from collections import Counter
from collections.abc import Mapping, Sequence

from boards.body import Body
from boards.compress.pipeline import Quantized
from boards.compress.widths import Narrowing
from boards.image import Image
from boards.narrow import WIDE
from host.record import Band, Cost, LinkUse, OperatorCost
from host.report import quantity
from host.report.tables import Row, Table

_MOST_LETTERS = 32


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


def memory_table(cost: Cost, image: Image, body: Body) -> Table:
    """Tabulate who takes which memory, and how much there is."""
    activations, arena = image.header.scratch_offset, image.arena_bytes(body)
    ram = cost.ram_bytes - arena if cost.ram_bytes is not None else None
    flash = cost.flash_bytes - len(image.data) if cost.flash_bytes is not None else None
    rows = (
        ("flash: agent", flash),
        ("flash: image of the network", len(image.data)),
        ("flash: together", cost.flash_bytes),
        ("flash: there is", cost.flash_capacity_bytes),
        ("RAM: agent", ram),
        ("RAM: activations", activations),
        ("RAM: scratch of the kernels", arena - activations),
        ("RAM: together", cost.ram_bytes),
        ("RAM: there is", cost.ram_capacity_bytes),
    )
    return Table(
        caption="Memory",
        head=("what", "bytes", "KiB"),
        rows=tuple((what, quantity.count(n), quantity.kibibytes(n)) for what, n in rows),
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
            (_short(one.layer), str(one.bits), quantity.number(100 * one.error))
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
        _short(operator.name),
        operator.kind,
        quantity.count(operator.macs),
        quantity.count(instructions),
        quantity.number(per_mac),
    )


def _short(name: str) -> str:
    """Return the end of a name, where names differ, of the first one that a converter joined."""
    first = name.partition(";")[0]
    return (
        first
        if len(first) <= _MOST_LETTERS
        else f"\N{HORIZONTAL ELLIPSIS}{first[1 - _MOST_LETTERS :]}"
    )
