# SPDX-License-Identifier: Apache-2.0
"""Detectors that learn from a block's pilots. Truth: MAP bounds them, LMMSE is what they beat."""

from dataclasses import replace
from functools import lru_cache

import pytest
import torch
from scipy.stats import binomtest

from channels.impairments.front_end import OneBit
from channels.matrices import MatrixSource, Rayleigh, SyntheticDecay
from receivers.errors import UnknownDetectorError, UnsuitedProblemError
from receivers.mimo import catalog
from receivers.mimo.deep import learning
from receivers.mimo.deep.gnn_sic import GnnSic
from receivers.mimo.deep.learning import LearningSettings, learn
from receivers.mimo.deep.network import Deep
from receivers.mimo.deep.trained import fresh_copy
from receivers.mimo.deep.training import TrainingSettings, train
from receivers.mimo.detector import Detector
from sim.mimo.blocks import BlockSettings, draw
from sim.mimo.problem import Block
from sim.modulation import Modulation
from tests.receivers.mimo.drawn import rayleigh

NUM_PILOTS = 500


def _block(
    source: MatrixSource | None = None, *, csi_error_variance: float = 0.0, snr_db: float = 7.5
) -> Block:
    settings = BlockSettings(
        source=source or SyntheticDecay(num_rx_ant=4, num_tx=4),
        modulation=Modulation.BPSK,
        snr_db=snr_db,
        num_elements=10_500,
        csi_error_variance=csi_error_variance,
    )
    return draw(settings, seed=1, block=5)


@lru_cache(maxsize=16)
def _learned(name: str) -> Detector:
    settings = LearningSettings(is_channel_real=True)
    return learn(name, _block().part(start=0, stop=NUM_PILOTS), settings)


def _wrong(detector: Detector, block: Block) -> torch.Tensor:
    data = block.part(start=NUM_PILOTS, stop=10_500)
    return detector.detect(data.problem).labels != data.sent.labels


@pytest.mark.parametrize("name", ["deep-sic", "deep-sic-shared", "gnn-sic"])
def test_in_the_published_setting_they_lie_between_map_and_lmmse(name: str) -> None:
    block = _block()
    learned = _wrong(_learned(name), block)[:, 0]
    best = _wrong(catalog.build("map"), block)[:, 0]
    linear = _wrong(catalog.build("lmmse"), block)

    # No detector beats MAP beyond chance; user 0 alone, since users of an element depend.
    only_best, only_learned = int((~best & learned).sum()), int((best & ~learned).sum())
    p = binomtest(only_learned, only_best + only_learned, alternative="greater").pvalue
    assert p > 1e-3
    assert _wrong(_learned(name), block).sum() < 0.9 * linear.sum()


def test_message_passing_needs_fewer_weights_and_makes_no_more_errors() -> None:
    block = _block()

    gnn, deep = _wrong(_learned("gnn-sic"), block), _wrong(_learned("deep-sic"), block)

    assert gnn.sum() < 1.1 * deep.sum()


def test_a_channel_that_was_told_wrong_is_found_from_the_pilots() -> None:
    source = Rayleigh(num_rx_ant=4, num_tx=2, is_block_fading=True)
    block = _block(source, csi_error_variance=0.5, snr_db=5.0)
    misled = _wrong(catalog.build("lmmse"), block).sum()

    fitted = learn("fitted-lmmse", block.part(start=0, stop=NUM_PILOTS), LearningSettings())

    exact = _wrong(catalog.build("lmmse"), _block(source, snr_db=5.0)).sum()
    assert _wrong(fitted, block).sum() < 1.1 * exact + 10
    assert misled > 3 * exact


@pytest.mark.parametrize("name", ["gnn-sic-tuned", "lora-unfolded", "oamp-net"])
def test_weights_from_beforehand_learn_a_distortion_from_few_pilots(name: str) -> None:
    settings = BlockSettings(
        source=Rayleigh(num_rx_ant=8, num_tx=4, is_block_fading=True),
        modulation=Modulation.QPSK,
        snr_db=6.0,
        num_elements=8_000,
        distortion=OneBit(),
    )
    block = draw(settings, seed=1, block=2)
    pilots, data = block.part(start=0, stop=100), block.part(start=100, stop=8_000)

    learned = learn(name, pilots, LearningSettings()).detect(data.problem).labels

    before = catalog.build(name.removesuffix("-tuned")).detect(data.problem).labels
    assert (learned != data.sent.labels).sum() < (before != data.sent.labels).sum()


def test_the_unfolded_detector_learns_its_unit_of_update_alone() -> None:
    pilots = rayleigh("qpsk", num_rx_ant=4, num_tx=2, snr_db=5.0, num_elements=40)
    before = fresh_copy("lora-unfolded", Modulation.QPSK).state_dict()

    detector = learn("lora-unfolded", pilots, LearningSettings())

    assert isinstance(detector, Deep)
    after = detector.network.state_dict()
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed == {name for name in after if not name.endswith("weight")}


def test_what_has_no_weights_to_learn_on_from_says_so() -> None:
    with pytest.raises(UnsuitedProblemError, match=r"no weights for bpsk are there, only for"):
        learn("lora-unfolded", _block().part(start=0, stop=60), LearningSettings())


def test_learning_is_repeatable() -> None:
    pilots = _block().part(start=0, stop=60)

    once, again = (learn("gnn-sic", pilots, LearningSettings()) for _ in range(2))

    data = _block().part(start=500, stop=600).problem
    assert torch.equal(once.detect(data).logits, again.detect(data).logits)


@pytest.mark.parametrize("name", ["deep-sic", "gnn-sic", "fitted-lmmse"])
def test_pilots_alone_are_seen(name: str) -> None:
    block = _block()
    y = block.problem.y.clone()
    y[60:] = torch.nan
    poisoned = replace(block, problem=replace(block.problem, y=y))
    data = block.part(start=60, stop=100).problem

    learned, other = (
        learn(name, one.part(start=0, stop=60), LearningSettings(num_iterations=2))
        for one in (block, poisoned)
    )

    assert torch.equal(other.detect(data).logits, learned.detect(data).logits)


def test_the_channel_that_is_told_is_nothing_to_deep_sic() -> None:
    pilots = _block().part(start=0, stop=40)
    wrong = replace(pilots, problem=replace(pilots.problem, h=pilots.problem.h * 1j + 0.3))

    found = [learn("deep-sic", one, LearningSettings()) for one in (pilots, wrong)]

    logits = [one.detect(pilots.problem).logits for one in found]
    assert torch.equal(*logits)


def test_without_pilots_nothing_is_learned() -> None:
    with pytest.raises(UnsuitedProblemError, match="there are no pilots to learn from"):
        learn("gnn-sic", _block().part(start=0, stop=0), LearningSettings())


def test_turns_teach_what_few_pilots_do_not() -> None:
    source = Rayleigh(num_rx_ant=4, num_tx=4, is_block_fading=True)
    block = _block(source, snr_db=8.0)
    pilots = block.part(start=0, stop=30)
    wrong = {}

    for has_turns in (False, True):
        network = GnnSic(Modulation.BPSK)
        settings = TrainingSettings(num_steps=200, has_turns=has_turns)
        train(network, lambda _: pilots, settings)
        wrong[has_turns] = int(_wrong(Deep(network), block).sum())

    assert wrong[True] < 0.7 * wrong[False]


def test_an_unknown_name_lists_the_legal_ones() -> None:
    with pytest.raises(
        UnknownDetectorError, match="deep-sic, deep-sic-shared, filtered-unfolded, fitted-lmmse"
    ):
        learn("deepsic", _block().part(start=0, stop=5), LearningSettings())
    assert list(learning.names()) == sorted(learning.METHODS)
