# SPDX-License-Identifier: Apache-2.0
"""Detectors on the channels of scenarios, whose users are far more alike than in most trainings."""

from collections.abc import Mapping

from benchmarks.detector_figures import SEED, Size, error_rate, rate
from channels.scenario import load
from host.report.tables import Row, Table
from receivers.mimo import catalog
from sim.mimo.mixture import MixtureSettings, draw
from sim.mimo.problem import Block
from sim.modulation import Modulation

SCENARIOS = ("uplink-2x4", "uplink-4x8")
SCENARIO_POINTS_DB: Mapping[Modulation, tuple[float, ...]] = {
    Modulation.QPSK: (4.0, 8.0, 12.0),
    Modulation.QAM16: (10.0, 14.0, 18.0, 22.0),
}
IN_SCENARIOS = ("lmmse", "gnn-sic", "lora-unfolded", "oamp-net", "ep", "k-best")


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
