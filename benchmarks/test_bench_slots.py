# SPDX-License-Identifier: Apache-2.0
"""Slots a second of our link beside the stock Sionna link, on the same settings in the same run.

Both send QPSK, LDPC 1/2 over CDL-C 100 ns at 10 m/s, 1x2, 128 subcarriers x 14 symbols, and receive
by nearest-neighbour least squares, LMMSE equalization and 20 iterations of belief propagation. Ours
adds common random numbers; it leaves a codeword alone once it is decoded.
"""

import time
from collections.abc import Callable
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from channels import scenario
from receivers import interpolation
from receivers.ls import LeastSquares
from sim.link import Link

NUM_SLOTS = 32
NUM_ROUNDS = 5
# Inside the waterfall of least squares, and 3 dB above it.
EBNO_DB = pytest.mark.parametrize("ebno_db", [2.25, 5.25])


class OurLink:
    """One batch of slots through our own generator, receiver and decoder, timed stage by stage."""

    def __init__(self, ebno_db: float) -> None:
        self.link = Link(scenario.load("sionna-tutorial"), seed=1)
        self.receiver = LeastSquares(interpolation.nearest)
        self.ebno_db = ebno_db
        self.next_slot = 0
        self.seconds = {"generate": 0.0, "detect": 0.0, "decode": 0.0}
        self.best_s = float("inf")

    def __call__(self) -> torch.Tensor:
        started = time.perf_counter()
        slot = self.link.slots(self.next_slot, NUM_SLOTS, snr_db=self.ebno_db)
        generated = time.perf_counter()
        llr = self.receiver.detect(slot.observation)
        detected = time.perf_counter()
        bits = self.link.codec.decode(llr)
        self.seconds["generate"] += generated - started
        self.seconds["detect"] += detected - generated
        decoded = time.perf_counter()
        self.seconds["decode"] += decoded - detected
        self.best_s = min(self.best_s, decoded - started)
        self.next_slot += NUM_SLOTS
        return (bits != slot.truth.bits).any(-1)


def stock_link(ebno_db: float) -> Callable[[], torch.Tensor]:
    """Return one batch through Sionna's blocks, put together as its tutorials do."""
    import numpy as np
    from sionna.phy.channel import OFDMChannel
    from sionna.phy.channel.tr38901 import CDL, Antenna, AntennaArray
    from sionna.phy.fec.ldpc import LDPC5GDecoder, LDPC5GEncoder
    from sionna.phy.mapping import BinarySource, Demapper, Mapper
    from sionna.phy.mimo import StreamManagement
    from sionna.phy.ofdm import LMMSEEqualizer, LSChannelEstimator, ResourceGrid, ResourceGridMapper
    from sionna.phy.utils import ebnodb2no

    settings: dict[str, Any] = {"antenna_pattern": "38.901", "carrier_frequency": 3.5e9}
    user = Antenna(polarization="single", polarization_type="V", **settings)
    base = AntennaArray(1, 1, polarization="dual", polarization_type="VH", **settings)
    cdl = CDL("C", 100e-9, 3.5e9, user, base, "uplink", min_speed=10.0, max_speed=10.0)
    grid = ResourceGrid(14, 128, 30e3, pilot_pattern="kronecker", pilot_ofdm_symbol_indices=[2, 11])
    channel = OFDMChannel(cdl, grid, normalize_channel=True)
    num_coded_bits = int(grid.num_data_symbols) * 2
    encoder = LDPC5GEncoder(num_coded_bits // 2, num_coded_bits)
    decoder = LDPC5GDecoder(encoder, hard_out=True, num_iter=20)
    source, mapper, place = BinarySource(), Mapper("qam", 2), ResourceGridMapper(grid)
    estimate = LSChannelEstimator(grid, interpolation_type="nn")
    equalize = LMMSEEqualizer(grid, StreamManagement(np.array([[1]]), 1))
    demap = Demapper("app", "qam", 2)
    no = ebnodb2no(ebno_db, 2, 0.5)

    def run() -> torch.Tensor:
        bits = source([NUM_SLOTS, 1, 1, num_coded_bits // 2])
        y = channel(place(mapper(encoder(bits))), no)
        h_hat, err_var = estimate(y, no)
        decoded = decoder(demap(*equalize(y, h_hat, err_var, no)))
        errors: torch.Tensor = (decoded != bits).any(-1)
        return errors

    return run


@EBNO_DB
@pytest.mark.benchmark(group="slots of the whole link")
def test_our_link_beside_the_stock_sionna_link(benchmark: BenchmarkFixture, ebno_db: float) -> None:
    """Alternate both, so that a busy machine slows both; the ratio is of the best rounds."""
    torch.set_num_threads(1)
    ours, stock = OurLink(ebno_db), stock_link(ebno_db)
    stock_s: list[float] = []

    def run_stock() -> None:
        started = time.perf_counter()
        stock()
        stock_s.append(time.perf_counter() - started)

    benchmark.pedantic(ours, setup=run_stock, rounds=NUM_ROUNDS, warmup_rounds=1)

    total_s = sum(ours.seconds.values())
    benchmark.extra_info |= {
        "slots_per_s": NUM_SLOTS / ours.best_s,
        "stock_slots_per_s": NUM_SLOTS / min(stock_s),
        "ratio": min(stock_s) / ours.best_s,
        **{f"share_{stage}": seconds / total_s for stage, seconds in ours.seconds.items()},
    }


@pytest.mark.benchmark(group="generating 32 slots")
@pytest.mark.parametrize("name", ["sionna-tutorial", "urban-slow", "delay-step"])
def test_generating_slots(benchmark: BenchmarkFixture, name: str) -> None:
    torch.set_num_threads(1)
    link = Link(scenario.load(name), seed=1)

    slot = benchmark(lambda: link.slots(0, NUM_SLOTS, snr_db=0.0))

    assert slot.observation.num_slots == NUM_SLOTS
