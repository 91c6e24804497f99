# SPDX-License-Identifier: Apache-2.0
"""Detectors on the channels of scenarios, whose users are far more alike than in most trainings."""

from collections.abc import Iterator, Mapping
from typing import cast

import torch
from torch import Tensor

from benchmarks.detector_figures import SEED, Size, error_rate, rate
from channels.scenario import load
from host.report.tables import Row, Table
from receivers import catalog as receivers
from receivers.mimo import catalog
from receivers.mimo.element_wise import ElementWise, Estimator
from sim.link import Link
from sim.mimo.mixture import MixtureSettings, draw
from sim.mimo.problem import Block
from sim.mimo.scenario_elements import elements
from sim.modulation import Modulation

SCENARIOS = ("uplink-2x4", "uplink-4x8")
SCENARIO_POINTS_DB: Mapping[Modulation, tuple[float, ...]] = {
    Modulation.QPSK: (4.0, 8.0, 12.0),
    Modulation.QAM16: (10.0, 14.0, 18.0, 22.0),
}
EBNO_DB = (6.0, 8.0)
ESTIMATES = ("ls-linear", "lmmse")
CORRELATIONS = ((0.0, 0.0), (0.7, 0.3), (0.7, 0.9))  # up to: of antennas, of users
IN_SCENARIOS = (
    "lmmse",
    "gnn-sic",
    "lora-unfolded",
    "oamp-net",
    "filtered-unfolded",
    "ep",
    "k-best",
)


def in_scenarios(size: Size) -> Table:
    """Tabulate symbol error rates on elements of many drops, channel known and told with errors."""
    return Table(
        caption="Symbol error rates on the channels of scenarios",
        head=("", *(f"`{name}`" for name in IN_SCENARIOS)),
        rows=tuple(
            _row(name, modulation, snr_db, size)
            for name in SCENARIOS
            for modulation, grid in SCENARIO_POINTS_DB.items()
            for snr_db in grid
        ),
        note="Before the stroke: channel known; behind it: told with errors of 0 to half the "
        "noise. Elements of 400 drops that no training saw.",
    )


def _row(name: str, modulation: Modulation, snr_db: float, size: Size) -> Row:
    blocks = [
        _elements(name, modulation, snr_db, size, max_csi_error=error) for error in (0.0, 0.5)
    ]
    detectors = [catalog.build(detector) for detector in IN_SCENARIOS]
    rates = [" / ".join(rate(error_rate(one, block)) for block in blocks) for one in detectors]
    return (f"{name}, {modulation}, {snr_db:g} dB", *rates)


def _elements(
    name: str, modulation: Modulation, snr_db: float, size: Size, *, max_csi_error: float
) -> Block:
    scenario = load(name)
    settings = MixtureSettings(
        modulation=modulation,
        num_rx_ant=scenario.antennas.num_rx_ant,
        min_num_tx=scenario.antennas.num_tx,
        max_num_tx=scenario.antennas.num_tx,
        min_snr_db=snr_db,
        max_snr_db=snr_db,
        max_csi_error=max_csi_error,
        num_elements=size.num_elements,
        scenarios=(scenario,),
        scenario_share=1.0,
    )
    return draw(settings, seed=SEED, batch=0)


def in_slots(size: Size) -> Table:
    """Tabulate coded bits that are wrong in whole slots, behind two estimates."""
    return Table(
        caption="Error rates of coded bits in whole slots, 16-QAM",
        head=("", "error told / true", *(f"`{name}`" for name in IN_SCENARIOS)),
        rows=tuple(row for name in SCENARIOS for row in _slot_rows(name, size)),
        note=f"{size.num_slots} slots of a drop each. Signs of the LLRs, without the code.",
    )


def _slot_rows(name: str, size: Size) -> Iterator[Row]:
    scenario = load(name)
    for ebno_db in EBNO_DB:
        slots = Link(scenario, seed=SEED).slots(0, size.num_slots, snr_db=ebno_db)
        for estimate in ESTIMATES:
            estimator = cast(Estimator, receivers.build(estimate, scenario))
            h_hat, told = estimator.estimate(slots.observation)
            true = float((h_hat - slots.truth.h).abs().square().mean())
            rates = []
            for detector in IN_SCENARIOS:
                receiver = ElementWise(estimator, catalog.build(detector))
                wrong = (receiver.detect(slots.observation) > 0) != slots.truth.coded_bits.bool()
                rates.append(rate(float(wrong.float().mean())))
            head = f"{name}, {estimate}, Eb/N0 {ebno_db:g} dB"
            yield (head, f"{float(told.mean()) / true:.2f}", *rates)


def alike(size: Size) -> Table:
    """Tabulate how much the users of trainings and of scenarios are alike."""
    mixtures = [
        (
            f"mixture, {rx:g} and {tx:g}",
            MixtureSettings(
                modulation=Modulation.QPSK,
                max_rx_correlation=rx,
                max_tx_correlation=tx,
                num_elements=size.num_elements,
            ),
        )
        for rx, tx in CORRELATIONS
    ]
    drawn = [(name, draw(settings, seed=SEED, batch=0).sent.h) for name, settings in mixtures]
    drawn += [(name, elements(load(name), seed=SEED)) for name in SCENARIOS]
    return Table(
        caption="How much users are alike",
        head=("", "correlation of two columns, mean", "largest / least singular value, median"),
        rows=tuple((name, *_likeness(h)) for name, h in drawn),
        note="Mixtures: 4 users on 8 antennas, by the largest correlation of antennas and users.",
    )


def _likeness(h: Tensor) -> tuple[str, str]:
    num_tx = h.shape[2]
    units = h / h.norm(dim=1, keepdim=True)
    others = ~torch.eye(num_tx, dtype=torch.bool)
    correlation = (units.mH @ units).abs()[:, others].mean()
    values = torch.linalg.svdvals(h)
    return f"{float(correlation):.2f}", f"{float((values[:, 0] / values[:, -1]).median()):.1f}"
