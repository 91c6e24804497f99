# SPDX-License-Identifier: Apache-2.0
"""The weights that ship. Truth: MAP bounds them, LMMSE is what they beat, whoever sends."""

from pathlib import Path

import pytest
import torch
from scipy.stats import binomtest

from channels.scenario import Scenario
from host.detector import OnHost
from receivers import catalog as receivers
from receivers.errors import UnsuitedProblemError, UnsuitedReceiverError, WeightsError
from receivers.mimo import catalog
from receivers.mimo.deep import weights_file
from receivers.mimo.deep.weights import load
from receivers.mimo.deep.weights_file import KINDS, shipped
from sim.link import Link
from sim.mimo.problem import Block
from sim.slot import Slot
from tests.receivers.mimo.drawn import rayleigh
from tests.sim.scenarios import scenario

MODULATIONS = ("16qam", "qpsk")
SNR_DB = {"16qam": 12.0, "qpsk": 5.0}


def _block(modulation: str, *, num_elements: int = 4_000) -> Block:
    return rayleigh(
        modulation, num_rx_ant=8, num_tx=4, snr_db=SNR_DB[modulation], num_elements=num_elements
    )


def _wrong(name: str, block: Block) -> torch.Tensor:
    return catalog.build(name).detect(block.problem).labels != block.sent.labels


@pytest.mark.parametrize("modulation", MODULATIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_they_make_far_fewer_errors_than_lmmse(kind: str, modulation: str) -> None:
    block = _block(modulation)

    assert _wrong(kind, block).sum() < 0.6 * _wrong("lmmse", block).sum()


@pytest.mark.parametrize("kind", KINDS)
def test_none_beats_the_optimum_beyond_chance(kind: str) -> None:
    block = rayleigh("qpsk", num_rx_ant=8, num_tx=4, snr_db=0.0, num_elements=10_000)
    best, learned = _wrong("map", block)[:, 0], _wrong(kind, block)[:, 0]

    only_best, only_learned = int((~best & learned).sum()), int((best & ~learned).sum())

    p = binomtest(only_learned, only_best + only_learned, alternative="greater").pvalue
    assert p > 1e-3


@pytest.mark.parametrize(
    ("num_tx", "snr_db", "share"),
    # Two users on eight antennas leave a detector little to gain over LMMSE.
    [(2, -2.0, 1.1), (3, 0.0, 0.95), (6, 5.0, 0.7), (8, 8.0, 0.7)],
    ids=lambda value: f"{value:g}",
)
@pytest.mark.parametrize("kind", KINDS)
def test_weights_serve_other_numbers_of_users(
    kind: str, num_tx: int, snr_db: float, share: float
) -> None:
    block = rayleigh("qpsk", num_rx_ant=8, num_tx=num_tx, snr_db=snr_db, num_elements=4_000)

    assert _wrong(kind, block).sum() < share * _wrong("lmmse", block).sum()


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_small_and_tell_how_they_were_made(kind: str) -> None:
    assert tuple(shipped(kind)) == MODULATIONS
    for modulation, path in shipped(kind).items():
        weights = load(path)

        assert path.stat().st_size < 100_000
        assert (weights.kind, weights.modulation) == (kind, modulation)
        assert weights.record["num_parameters"] == weights.network.num_parameters
        assert path.name in (path.parent / "README.md").read_text()


def test_a_modulation_without_weights_is_refused_in_words() -> None:
    problem = rayleigh("64qam", num_rx_ant=8, num_tx=2, snr_db=20.0, num_elements=3).problem

    with pytest.raises(UnsuitedProblemError) as caught:
        catalog.build("gnn-sic").detect(problem)

    assert str(caught.value) == (
        "Trained cannot detect this: gnn-sic has no weights for 64qam, only for 16qam, qpsk; "
        "train others: airloop train-detector --help"
    )


def test_a_slot_without_weights_for_its_modulation_is_refused_before_it_begins() -> None:
    link = {"num_bits_per_symbol": 6}

    with pytest.raises(UnsuitedReceiverError, match="lora-unfolded has no weights for 64qam"):
        receivers.build("ls-linear+lora-unfolded", scenario(link=link))


@pytest.mark.parametrize("kind", KINDS)
def test_they_detect_whole_slots_better_than_lmmse(kind: str) -> None:
    made = scenario(
        antennas={"num_rx_ant": 4, "num_tx": 4}, channel={"kind": "rayleigh", "power_control": True}
    )
    slot = Link(made, seed=1).slots(0, 4, snr_db=2.0)

    errors = [
        int((_llr(name, made, slot) > 0).ne(slot.truth.coded_bits.bool()).sum())
        for name in ("perfect-csi", f"perfect-csi+{kind}")
    ]

    assert errors[1] < errors[0]


def _llr(receiver: str, made: Scenario, slot: Slot) -> torch.Tensor:
    return OnHost(receivers.build(receiver, made)).detect(slot)


def test_damaged_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gnn-sic-qpsk.npz").write_bytes(b"damaged")
    monkeypatch.setattr(weights_file, "_FOLDER", tmp_path)

    with pytest.raises(WeightsError, match=r"gnn-sic-qpsk\.npz: not a weights file"):
        _wrong("gnn-sic", _block("qpsk", num_elements=2))
