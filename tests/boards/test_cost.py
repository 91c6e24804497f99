# SPDX-License-Identifier: Apache-2.0
"""Modelled latency and energy against the published results they come from, and by hand."""

from dataclasses import dataclass

import pytest

from boards import catalog, silicon
from boards.cost import (
    energy_of,
    latency_of,
    modelled_energy,
    modelled_latency,
)
from boards.errors import BoardError

NUM_KWS_INSTRUCTIONS_M4 = 7_840_000
NUM_AD_INSTRUCTIONS_M4 = 579_000


@dataclass(frozen=True, kw_only=True)
class Published:
    """Energy of one inference as a round of MLPerf Tiny published it [J], and the rate [1/s]."""

    profile: str
    network: str
    energy_j: float
    rate_hz: float


PUBLISHED = [
    Published(profile="stm32l4r5-1v8", network="AD", energy_j=203e-6, rate_hz=190.1),
    Published(profile="stm32l4r5-1v8", network="VWW", energy_j=3895e-6, rate_hz=11.2),
    Published(profile="stm32l4r5-3v0-smps", network="IC", energy_j=5496e-6, rate_hz=6.04),
    Published(profile="stm32l4r5-3v0-smps", network="KWS", energy_j=1431e-6, rate_hz=23.0),
    Published(profile="stm32h7a3-3v0-smps", network="AD", energy_j=166e-6, rate_hz=816.0),
    Published(profile="stm32u575-1v8-smps", network="KWS", energy_j=664e-6, rate_hz=34.5),
    Published(profile="stm32u385-1v8-smps", network="IC", energy_j=966e-6, rate_hz=5.48),
]


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: f"{case.profile} {case.network}")
def test_energy_per_cycle_is_published_power_over_clock(case: Published) -> None:
    chip = silicon.load(case.profile.split("-")[0])

    joules_per_cycle = 1e-12 * chip.profile(case.profile).pj_per_cycle[case.network]

    assert joules_per_cycle == pytest.approx(case.energy_j * case.rate_hz / chip.clock_hz, rel=0.02)


@pytest.mark.parametrize(
    ("num_instructions", "rate_hz"),
    [
        pytest.param(NUM_AD_INSTRUCTIONS_M4, 116.2, id="anomaly detection"),
        pytest.param(NUM_KWS_INSTRUCTIONS_M4, 10.0, id="keyword spotting"),
    ],
)
def test_band_holds_the_published_latency_of_the_same_kernels(
    num_instructions: int, rate_hz: float
) -> None:
    latency = modelled_latency(num_instructions, chip=silicon.load("stm32l4r5"))

    assert latency.low <= 1.0 / rate_hz <= latency.high


def test_latency_is_instructions_times_cycles_over_clock() -> None:
    latency = latency_of(catalog.load("mps2-an386"), 12_000_000)

    assert latency is not None
    assert latency.value == pytest.approx(12e6 * 1.6 / 120e6)
    assert [latency.low, latency.high] == pytest.approx([0.12, 0.20])
    assert latency.method == "modelled:stm32l4r5 (CPI of CMSIS-NN)"


def test_energy_is_cycles_times_energy_per_cycle_within_some_30_percent() -> None:
    energy = energy_of(catalog.load("mps2-an386"), 1_000_000)

    assert energy is not None
    assert energy.value == pytest.approx(1e6 * 1.6 * 347.5e-12)
    assert 0.65 < energy.low / energy.value < 0.75
    assert 1.25 < energy.high / energy.value < 1.35
    assert energy.method == "modelled:stm32l4r5-1v8 (CPI of CMSIS-NN)"


def test_where_no_source_is_there_is_no_figure() -> None:
    board = catalog.load("native")

    assert latency_of(board, 1_000_000) is None
    assert energy_of(board, 1_000_000) is None


def test_a_tick_of_25_mhz_at_128_ns_an_instruction_is_worth_five_sixteenths() -> None:
    """By hand: 40 ns a tick over 2 ** 7 ns an instruction."""
    assert catalog.load("mps2-an386").instructions_per_tick == 0.3125
    assert catalog.load("native").instructions_per_tick is None


@pytest.mark.parametrize("name", silicon.names())
def test_every_figure_of_a_chip_has_a_source(name: str) -> None:
    chip = silicon.load(name)

    assert "MLPerf Tiny v1." in chip.cpi.source
    assert all(one in chip.cpi.source for one in chip.cpi.kernels.split(" and "))
    for profile in chip.energy:
        energy = modelled_energy(1, chip=chip, profile=profile)
        assert energy.low < energy.value < energy.high
        assert "MLPerf Tiny v1." in profile.source


def test_chip_without_figures_is_refused_with_those_that_have_some() -> None:
    with pytest.raises(BoardError, match="'stm32f746'; there are: stm32h7a3, stm32l4r5, stm32u385"):
        silicon.load("stm32f746")
