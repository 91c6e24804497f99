# SPDX-License-Identifier: Apache-2.0
"""Records made by hand, for reports to be made of."""

from host.experiment import Metric
from host.record import (
    Agreement,
    Band,
    Cell,
    Cost,
    Hardware,
    LinkUse,
    Measurement,
    OperatorCost,
    Provenance,
    Record,
    Run,
)
from host.stopping import StoppingRule, StopReason

BOARD = "mps2-an386"
UNTRAINED = ("perfect-csi", "lmmse", "ls-linear", "ls-nearest")


def record(
    receiver: str,
    *,
    device: str = "host",
    snr_db: float = 0.0,
    bler: float = 0.1,
    seed: int = 1,
    scenario: str = "urban-slow",
    coded: bool = True,
) -> Record:
    """Make a record of 1000 slots whose rates are as told."""
    metrics = {Metric.BER: error_rate(bler / 10, n=100_000)}
    if coded:
        metrics[Metric.BLER] = error_rate(bler, n=1000)
    return Record(
        trial_id=f"{receiver}/{device}/{snr_db}/{seed}",
        cell=Cell(
            scenario=scenario,
            receiver=receiver,
            device=device,
            snr_db=snr_db,
            snr_kind="ebno_db",
            seed=seed,
            coded=coded,
            metrics=tuple(Metric),
            stop=StoppingRule(),
        ),
        num_slots=1000,
        stopped_by=StopReason.SLOTS,
        metrics=metrics,
        cost=cost() if device == BOARD else None,
        hardware=hardware() if device == BOARD else None,
        provenance=provenance(trained=receiver not in UNTRAINED),
        run=run(),
    )


def error_rate(value: float, *, n: int) -> Measurement:
    return Measurement(
        value=value,
        unit="1",
        n=n,
        n_effective=n,
        errors=round(value * n),
        low=0.8 * value,
        high=1.2 * value if value else 3.7 / n,
        confidence=0.95,
        method="by hand",
    )


def cost() -> Cost:
    return Cost(
        macs_per_slot=5_000_000,
        instructions_per_slot=12_500_000,
        operators=(
            OperatorCost(name="stem", kind="CONV_2D", macs=1_000_000, instructions=2_500_000),
            OperatorCost(name="head", kind="CONV_2D", macs=4_000_000, instructions=10_000_000),
        ),
        latency=Band(value=0.167, low=0.142, high=0.192, unit="s", method="modelled:chip"),
        energy={"chip-1v8": Band(value=7e-3, low=6e-3, high=8e-3, unit="J", method="modelled:1v8")},
        ram_bytes=140_000,
        ram_capacity_bytes=655_360,
        flash_bytes=30_000,
        flash_capacity_bytes=2_097_152,
        link_bytes_per_slot=10_752,
    )


def hardware() -> Hardware:
    return Hardware(
        board=BOARD,
        stands_for="chip",
        firmware_hash="fe" * 8,
        image_hash="1a" * 32,
        agreement=Agreement(reference="twin", num_slots=1000, num_values=1_536_000, num_unequal=0),
    )


def provenance(*, trained: bool) -> Provenance:
    return Provenance(
        experiment="by-hand",
        experiment_hash="e" * 64,
        scenario_hash="5" * 64,
        code_version="c" * 64,
        weights_hash="9" * 64 if trained else None,
        versions={"python": "3.11.7", "torch": None},
        merkle_root="d" * 64,
        num_blocks=16,
    )


def run() -> Run:
    return Run(
        started="2026-01-02T03:04:05.678+00:00",
        wall_s=1.0,
        host="bench",
        worker=7,
        link=LinkUse(framed_bytes_per_slot=11_000.0, utilisation=0.93, num_retries=0),
    )
