# SPDX-License-Identifier: Apache-2.0
"""Symbol error rates of the detectors that ship, and of what may stand in their place.

    .venv/bin/python -m benchmarks.trained_detectors --json FILE

Seven tables: beside classical detectors; over the number of users, beside those that were trained
for one number alone; in integers; behind receivers that distort, untaught and taught; on the
channels of scenarios and in their slots; and how alike users are there. About an hour of one core,
most of it for the second; --workers 2 is worth while.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

import torch

from benchmarks.detector_figures import NUM_RX_ANT, SEED, Size, error_rate, known, rate
from benchmarks.detectors_by_users import by_users
from benchmarks.detectors_in_scenarios import alike, in_scenarios, in_slots
from channels.impairments.front_end import Distortion, OneBit, SoftLimit
from channels.matrices import Rayleigh
from host.report.tables import Row, Table
from receivers.mimo import catalog
from receivers.mimo.deep.learning import LearningSettings, learn
from receivers.mimo.deep.network import Deep
from receivers.mimo.deep.trained import fresh_copy
from receivers.mimo.detector import Detector
from receivers.mimo.integer.compilers import COMPILERS
from receivers.mimo.integer.detector import DeviceDetector
from sim.mimo.blocks import BlockSettings
from sim.mimo.blocks import draw as draw_block
from sim.mimo.mixture import SNR_RANGES_DB, MixtureSettings, draw
from sim.mimo.problem import Block
from sim.modulation import Modulation
from sim.twin import Twin

BATCH = 12  # elements of a run on a device
LEARNERS = ("fitted-lmmse", "gnn-sic", "gnn-sic-tuned", "lora-unfolded", "oamp-net")
UNTAUGHT = ("lmmse", "gnn-sic", "lora-unfolded", "oamp-net", "filtered-unfolded")
ON_DEVICES = ("gnn-sic", "lora-unfolded")
BESIDE = (*UNTAUGHT[1:], "lmmse", "ep")
POINTS_DB: Mapping[Modulation, tuple[float, ...]] = {
    Modulation.QPSK: (2.0, 5.0, 8.0),
    Modulation.QAM16: (9.0, 12.0, 15.0, 18.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """A channel of the last table."""

    name: str
    snr_db: float
    distortion: Distortion | None = None
    csi_error_variance: float = 0.0


AIRS = (
    Air(name="one bit, 6 dB", snr_db=6.0, distortion=OneBit()),
    Air(name="tanh, 8 dB", snr_db=8.0, distortion=SoftLimit()),
    Air(name="channel error 0.1, 5 dB", snr_db=5.0, csi_error_variance=0.1),
)


def beside_classical(size: Size) -> Table:
    """Tabulate what ships beside classical detectors, independent and correlated."""
    points = [(m, snr_db) for m, grid in POINTS_DB.items() for snr_db in grid]
    blocks = [
        [known(m, 4, snr_db, size, spread=spread) for spread in (0.0, 1.0)] for m, snr_db in points
    ]
    rows = [(name, *(_pair(catalog.build(name), pair) for pair in blocks)) for name in BESIDE]
    return Table(
        caption=f"Symbol error rates, 4 users on {NUM_RX_ANT} antennas, channel known",
        head=("", *(f"{m}, {snr_db:g} dB" for m, snr_db in points)),
        rows=tuple(rows),
        note="Before the stroke: independent Rayleigh fading; behind it: correlated by up to 0.7 "
        f"(antennas) and 0.3 (users). {4 * size.num_elements} symbols a figure.",
    )


def in_integers(size: Size) -> Table:
    """Tabulate what the integers of devices cost, in the twin."""
    of_one = ("float32", "integers", "ratio")
    return Table(
        caption="Symbol error rates in float32 and in the integers of devices",
        head=("", *(f"`{kind}`, {what}" for kind in ON_DEVICES for what in of_one)),
        rows=tuple(row for modulation in POINTS_DB for row in _integer_rows(modulation, size)),
        note=f"The weights that ship, 4 users on {NUM_RX_ANT} antennas, correlated, channel known.",
    )


def distorted(size: Size) -> Table:
    """Tabulate what pilots of a block teach where receivers distort or channels are told wrong."""
    return Table(
        caption=f"Symbol error rates of QPSK, 4 users on {NUM_RX_ANT} antennas",
        head=("", "pilots", *(f"`{name}`" for name in LEARNERS), *UNTAUGHT),
        rows=tuple(row for air in AIRS for row in _rows_behind(air, size)),
        note="One Rayleigh matrix a block; the mean of "
        f"{size.num_blocks} blocks. The last {len(UNTAUGHT)} columns are untaught, told the "
        "channel as it was; those before them fit it to the pilots.",
    )


def _integer_rows(modulation: Modulation, size: Size) -> Iterator[Row]:
    low, high = SNR_RANGES_DB[modulation]
    mixture = MixtureSettings(
        modulation=modulation, min_snr_db=low, max_snr_db=high, max_tx_correlation=0.3
    )
    typical = draw(mixture, seed=SEED, batch=1).problem
    networks = {kind: fresh_copy(kind, modulation) for kind in ON_DEVICES}
    images = {
        kind: COMPILERS[kind](typical, num_elements=BATCH).image(network)
        for kind, network in networks.items()
    }
    for snr_db in POINTS_DB[modulation]:
        block = known(modulation, 4, snr_db, size, spread=1.0)
        row = [f"{modulation}, {snr_db:g} dB"]
        for kind, image in images.items():
            floats = error_rate(Deep(networks[kind]), block)
            on_device = error_rate(DeviceDetector(image, Twin(image)), block)
            ratio = f"{on_device / floats:.2f}" if floats else "–"
            row += [rate(floats), rate(on_device), ratio]
        yield tuple(row)


def _rows_behind(air: Air, size: Size) -> Iterator[Row]:
    settings = BlockSettings(
        source=Rayleigh(num_rx_ant=NUM_RX_ANT, num_tx=4, is_block_fading=True),
        modulation=Modulation.QPSK,
        snr_db=air.snr_db,
        num_elements=400 + size.num_elements // 5,
        distortion=air.distortion,
        csi_error_variance=air.csi_error_variance,
    )
    blocks = [draw_block(settings, seed=SEED, block=i) for i in range(size.num_blocks)]
    data = [block.part(start=400, stop=settings.num_elements) for block in blocks]
    for num_pilots in (50, 400):
        taught = []
        for name in LEARNERS:
            rates = [
                error_rate(
                    learn(name, block.part(start=0, stop=num_pilots), LearningSettings()), rest
                )
                for block, rest in zip(blocks, data, strict=True)
            ]
            taught.append(rate(fmean(rates)))
        untaught = [
            rate(fmean(error_rate(catalog.build(name), rest) for rest in data)) for name in UNTAUGHT
        ]
        yield (air.name, str(num_pilots), *taught, *untaught)


def _pair(detector: Detector, blocks: Sequence[Block]) -> str:
    return " / ".join(rate(error_rate(detector, block)) for block in blocks)


TABLES: Sequence[Callable[[Size], Table]] = (
    beside_classical,
    by_users,
    in_integers,
    distorted,
    in_scenarios,
    in_slots,
    alike,
)


def record(size: Size, *, num_workers: int = 1) -> dict[str, object]:
    """Return what is kept: how much was measured, and the tables, each made by one process."""
    with ProcessPoolExecutor(num_workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        tables = [future.result() for future in [pool.submit(table, size) for table in TABLES]]
    return {"settings": asdict(size), "tables": [asdict(table) for table in tables]}


def main() -> None:
    """Measure, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the record goes")
    parser.add_argument("--elements", type=int, default=Size().num_elements, help="of a figure")
    parser.add_argument("--steps", type=int, default=Size().num_steps, help="of a training")
    parser.add_argument("--blocks", type=int, default=Size().num_blocks, help="of a channel")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    given = parser.parse_args()
    if given.workers < 1:
        parser.error(f"--workers: {given.workers} are too few; give 1 or more")
    size = Size(
        num_elements=given.elements,
        num_steps=given.steps,
        num_blocks=given.blocks,
    )
    text = json.dumps(record(size, num_workers=given.workers), indent=2, ensure_ascii=False) + "\n"
    given.json.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
