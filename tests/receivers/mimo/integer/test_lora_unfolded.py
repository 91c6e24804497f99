# SPDX-License-Identifier: Apache-2.0
"""LoraUnfolded in integers against the network of floats that it comes from."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from boards.image import Image
from boards.patch import Patch
from receivers.errors import UnsuitedProblemError
from receivers.mimo.deep.lora_unfolded import CHANNEL_FACTORS, LoraUnfolded, Start
from receivers.mimo.deep.real_model import joined_logits
from receivers.mimo.deep.staged import StagedLinear, Stages
from receivers.mimo.deep.trained import fresh_copy
from receivers.mimo.integer import elements, lora_reference
from receivers.mimo.integer.detector import DeviceDetector
from receivers.mimo.integer.functions import LOGIT_BITS
from receivers.mimo.integer.lora_image import compile_lora_unfolded, macs_of
from receivers.mimo.integer.lora_network import MERGED_LIMIT, IntegerLoraUnfolded
from receivers.mimo.integer.lora_quantizing import quantize, requantize
from sim.mimo.problem import Problem, Shape
from sim.modulation import Modulation
from sim.twin import Twin
from tests.receivers.mimo.drawn import rayleigh
from tests.receivers.mimo.integer.drawn_unfolded import stirred

NUM_TX = 4
CASES = [("qpsk", 4, 3.0), ("qpsk", 8, 1.0), ("16qam", 4, 12.0), ("16qam", 8, 9.0)]
MAX_PATCH_BYTES = 200
BASE_STEP = 8
"""Of a merged weight: what 1 of W is in it."""


def typical(modulation: str) -> Problem:
    """Return elements that networks are quantized with: few errors are made among them."""
    block = rayleigh(modulation, num_rx_ant=8, num_tx=NUM_TX, snr_db=12.0, num_elements=300, seed=3)
    return block.problem


def shipped(modulation: str) -> LoraUnfolded:
    network = fresh_copy("lora-unfolded", Modulation(modulation))
    assert isinstance(network, LoraUnfolded)
    return network


def for_a_channel(network: LoraUnfolded, *, size: float = 0.1, seed: int = 5) -> LoraUnfolded:
    """Return a copy with factors of some channel."""
    changed = network.with_channel_factors()
    rng = torch.Generator().manual_seed(seed)
    for name, weights in changed.named_parameters():
        if name.endswith(CHANNEL_FACTORS):
            weights.data += size * torch.randn(weights.shape, generator=rng)
    return changed


def on_twin(
    network: IntegerLoraUnfolded, shape: Shape, *, num_elements: int = 50
) -> DeviceDetector:
    image = compile_lora_unfolded(network, shape, num_elements=num_elements)
    return DeviceDetector(image, Twin(image))


def labels_of(network: LoraUnfolded, problem: Problem) -> Tensor:
    with torch.no_grad():
        found: Tensor = network(problem)[-1].argmax(-1)
    return found


def errors_of(
    network: LoraUnfolded, integers: IntegerLoraUnfolded, case: tuple[str, int, float]
) -> list[int]:
    """Return the symbol errors of floats and of integers on the same elements."""
    modulation, num_rx_ant, snr_db = case
    block = rayleigh(
        modulation,
        num_rx_ant=num_rx_ant,
        num_tx=NUM_TX,
        snr_db=snr_db,
        num_elements=10_000,
        seed=4,
    )
    detector = on_twin(integers, block.problem.shape)
    both = (labels_of(network, block.problem), detector.detect(block.problem).labels)
    return [int((one != block.sent.labels).sum()) for one in both]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_shipped_weights_make_at_most_a_tenth_more_errors_than_in_floats(
    case: tuple[str, int, float],
) -> None:
    network = shipped(case[0])

    errors = errors_of(network, quantize(network, typical(case[0])), case)

    assert errors[0] > 200
    assert errors[1] <= 1.1 * errors[0]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_another_channel_costs_no_more_in_the_units_of_the_first(
    case: tuple[str, int, float],
) -> None:
    network = shipped(case[0])
    first = quantize(network, typical(case[0]))
    changed = for_a_channel(network)

    errors = errors_of(changed, requantize(changed, like=first), case)

    assert errors[0] != errors_of(network, first, case)[0] > 200
    assert errors[1] <= 1.1 * errors[0]


@pytest.mark.parametrize("modulation", ["qpsk", "16qam", "64qam"])
def test_its_logits_are_nearly_those_of_the_floats(modulation: str) -> None:
    """Untrained, so that nothing is certain: LMMSE, features and layers show."""
    problem = rayleigh(modulation, num_rx_ant=6, num_tx=3, snr_db=10.0, num_elements=300).problem
    network = stirred(Modulation(modulation), has_channel=True)
    with torch.no_grad():
        floats = network(problem)[-1].log_softmax(-1).numpy()

    products = elements.products(elements.pack(problem), problem.shape)
    logits = lora_reference.run(quantize(network, problem), products) * 2.0**-LOGIT_BITS

    found = joined_logits(torch.from_numpy(logits).float(), network.modulation).log_softmax(-1)
    error = found.numpy() - floats
    assert np.sqrt((error**2).mean()) < 0.03 * floats.std()


@pytest.mark.parametrize("stages", [Stages.LORA, Stages.SHARED])
def test_merged_weights_are_those_of_the_floats_within_a_step(stages: Stages) -> None:
    network = stirred(Modulation.QAM16, stages=stages, has_channel=True)

    integers = quantize(network, typical("16qam"))

    layers = [one for one in network.layers if isinstance(one, StagedLinear)]
    scales = zip(integers.scales.columns, integers.scales.rows, strict=True)
    for layer, found, (columns, rows) in zip(layers, integers.layers, scales, strict=True):
        for stage in range(network.num_stages):
            exact = layer.merged(stage).detach().double().numpy() * columns / rows[:, None]
            assert np.abs(found.merged(stage) - BASE_STEP * exact).max() < BASE_STEP


@pytest.mark.parametrize("modulation", ["qpsk", "16qam"])
def test_another_channel_is_other_bytes_of_its_factors_alone(modulation: str) -> None:
    network, shape = shipped(modulation), typical(modulation).shape
    first = quantize(network, typical(modulation))
    changes = [requantize(for_a_channel(network, seed=seed), like=first) for seed in (5, 6)]
    old, *images = (compile_lora_unfolded(one, shape, num_elements=12) for one in (first, *changes))

    for before, after in ((old, images[0]), (images[0], images[1]), (images[1], old)):
        patch = Patch.between(before, after)
        patched = patch.apply(before)

        assert patched.data == after.data != before.data
        assert patch.num_bytes < MAX_PATCH_BYTES
        assert 10 * patch.num_bytes < len(after.data)


def test_a_patched_image_runs_as_one_that_was_compiled() -> None:
    network, problem = shipped("16qam"), typical("16qam")
    first = quantize(network, problem)
    changed = requantize(for_a_channel(network, size=0.3), like=first)
    old, new = (
        compile_lora_unfolded(one, problem.shape, num_elements=12) for one in (first, changed)
    )
    patched = Patch.between(old, new).apply(old)

    found = DeviceDetector(patched, Twin(patched)).llr(problem)

    packed = elements.pack(problem)
    expected = lora_reference.detect(changed, packed, problem.shape, llr_bits=3)
    before = lora_reference.detect(first, packed, problem.shape, llr_bits=3)
    np.testing.assert_array_equal(found, expected)
    assert (expected != before).mean() > 0.05


@pytest.mark.parametrize("modulation", ["qpsk", "16qam"])
def test_first_layers_hold_whatever_is_confined(modulation: str) -> None:
    network = shipped(modulation)
    first = quantize(network, typical(modulation))
    changed = for_a_channel(network, size=3.0)
    wide = _exact(changed, first)

    changed.confine()

    found, exact = requantize(changed, like=first).layers[0], _exact(changed, first)
    merged = np.stack([found.merged(stage) for stage in range(network.num_stages)])
    assert np.abs(wide).max() > 2 * MERGED_LIMIT
    assert np.abs(merged - exact).max() < 2 * BASE_STEP


def _exact(network: LoraUnfolded, like: IntegerLoraUnfolded) -> NDArray[np.float64]:
    """Return the merged weights of the first layer in units of devices, of all stages."""
    layer = network.layers[0]
    assert isinstance(layer, StagedLinear)
    merged = torch.stack([layer.merged(stage) for stage in range(network.num_stages)])
    units = BASE_STEP * like.scales.columns[0] / like.scales.rows[0][:, None]
    return np.asarray(merged.detach().double().numpy() * units)


def test_channel_factors_that_are_still_zero_merge_to_the_same_weights() -> None:
    network, problem = shipped("qpsk"), typical("qpsk")
    first = quantize(network, problem)

    again = requantize(network.with_channel_factors(), like=first)

    images = [compile_lora_unfolded(one, problem.shape, num_elements=12) for one in (first, again)]
    merged = [[layer.merged(2) for layer in one.layers] for one in (first, again)]
    for one, other in zip(*merged, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(images[0].data) == len(images[1].data)


@pytest.mark.parametrize("num_tx", [1, 2, 8])
def test_weights_of_one_number_of_users_serve_another(num_tx: int) -> None:
    problem = rayleigh("qpsk", num_rx_ant=8, num_tx=num_tx, snr_db=10.0, num_elements=60).problem
    network = quantize(shipped("qpsk"), typical("qpsk"))

    found = on_twin(network, problem.shape).llr(problem)

    packed = elements.pack(problem)
    expected = lora_reference.detect(network, packed, problem.shape, llr_bits=3)
    np.testing.assert_array_equal(found, expected)


def image_of(network: LoraUnfolded) -> Image:
    problem = typical("qpsk")
    return compile_lora_unfolded(quantize(network, problem), problem.shape, num_elements=12)


def test_equal_networks_give_equal_images() -> None:
    images = [image_of(LoraUnfolded(Modulation.QPSK)).data for _ in range(2)]

    assert images[0] == images[1]
    assert len(images[0]) < 4000


def test_its_work_is_counted() -> None:
    network = quantize(shipped("qpsk"), typical("qpsk"))

    # 8 stages, 8 unknowns; 6 to 24 to 24 to 2 numbers, and 7 others to cancel.
    assert macs_of(network, typical("qpsk").shape) == 8 * 8 * (144 + 576 + 48 + 7)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"start": Start.MATCHED}, "begins without LMMSE"),
        ({"stages": Stages.INDEPENDENT}, "share nothing"),
        ({"num_hidden": 57}, "57 hidden numbers, devices take up to 56"),
        ({"num_stages": 65}, "65 stages"),
    ],
)
def test_networks_that_devices_do_not_run_are_refused(
    settings: dict[str, object], why: str
) -> None:
    network = LoraUnfolded(Modulation.QPSK, **settings)  # type: ignore[arg-type]  # one at a time

    with pytest.raises(UnsuitedProblemError, match=why):
        quantize(network, typical("qpsk"))


def test_factors_of_too_high_a_rank_are_refused() -> None:
    network = LoraUnfolded(Modulation.QPSK)
    for layer in network.layers:
        assert isinstance(layer, StagedLinear)
        layer.add_channel_factors(torch.Generator().manual_seed(1), rank=9)

    with pytest.raises(UnsuitedProblemError, match="9 ranks"):
        quantize(network, typical("qpsk"))


def test_a_network_is_like_one_of_its_own_sizes_and_ranks_only() -> None:
    first = quantize(LoraUnfolded(Modulation.QPSK), typical("qpsk"))
    taller = LoraUnfolded(Modulation.QPSK)
    for layer in taller.layers:
        assert isinstance(layer, StagedLinear)
        layer.add_channel_factors(torch.Generator().manual_seed(1), rank=2)

    with pytest.raises(UnsuitedProblemError, match="other sizes"):
        requantize(LoraUnfolded(Modulation.QPSK, num_stages=3), like=first)
    with pytest.raises(UnsuitedProblemError, match="other ranks"):
        requantize(taller, like=first)
    with pytest.raises(UnsuitedProblemError, match="other ranks"):
        requantize(LoraUnfolded(Modulation.QPSK, stages=Stages.SHARED), like=first)


def test_a_network_is_for_one_modulation() -> None:
    network = quantize(LoraUnfolded(Modulation.QPSK), typical("qpsk"))
    other = Shape(num_rx_ant=2, num_tx=2, modulation=Modulation.QAM16)

    with pytest.raises(UnsuitedProblemError, match="trained for qpsk, not for 16qam"):
        compile_lora_unfolded(network, other, num_elements=1)


def test_bpsk_is_refused_in_words() -> None:
    with pytest.raises(UnsuitedProblemError, match="not BPSK"):
        quantize(LoraUnfolded(Modulation.BPSK), typical("bpsk"))
