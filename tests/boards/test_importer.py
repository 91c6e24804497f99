# SPDX-License-Identifier: Apache-2.0
"""Imported networks compute what the module computes; what cannot be imported is named."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn

from boards import reference
from boards.graph import Activation, Graph, OperatorKind
from boards.importer import from_exported_program

SEEDS = st.integers(min_value=0, max_value=2**32 - 1)


class Unit(nn.Module):
    """A convolution, and perhaps batch_norm, relu and dropout behind it."""

    def __init__(self, rng: np.random.Generator, *, num_in: int, num_out: int) -> None:
        super().__init__()
        depthwise = num_in == num_out and rng.random() < 0.5
        kernel = (int(rng.integers(1, 3)) * 2 - 1, int(rng.integers(1, 3)) * 2 - 1)
        dilation = (int(rng.integers(1, 3)), int(rng.integers(1, 4)))
        symmetric = (dilation[0] * (kernel[0] // 2), dilation[1] * (kernel[1] // 2))
        self.convolution = nn.Conv2d(
            num_in,
            num_out,
            kernel,
            padding="same" if rng.random() < 0.5 else symmetric,
            dilation=dilation,
            groups=num_in if depthwise else 1,
            bias=bool(rng.random() < 0.5),
        )
        norm = nn.BatchNorm2d(num_out, affine=bool(rng.random() < 0.7))
        self.norm = norm if rng.random() < 0.7 else nn.Identity()
        self.activation = nn.ReLU(inplace=bool(rng.random() < 0.5))
        self.rectified = bool(rng.random() < 0.7)
        self.dropout = nn.Dropout(0.3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.dropout(self.norm(self.convolution(x)))
        result: Tensor = self.activation(y) if self.rectified else y
        return result


class Network(nn.Module):
    """Units in a row with additions and a product across one or two of them."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        num_channels = int(rng.integers(1, 7))
        self.first = Unit(rng, num_in=3, num_out=num_channels)
        self.units = nn.ModuleList(
            Unit(rng, num_in=num_channels, num_out=num_channels) for _ in range(4)
        )
        self.last = nn.Conv2d(num_channels, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(x)
        one = self.units[1](self.units[0](first)) + first
        other = torch.relu(self.units[2](one) + one)
        result: Tensor = self.last(self.units[3](other) * other)
        return result


def randomize_statistics(module: nn.Module, generator: torch.Generator) -> None:
    """Give every batch_norm statistics and factors as after training."""
    for norm in module.modules():
        if not isinstance(norm, nn.BatchNorm2d):
            continue
        assert norm.running_mean is not None
        assert norm.running_var is not None
        norm.running_mean.normal_(generator=generator)
        norm.running_var.uniform_(0.2, 3.0, generator=generator)
        if norm.affine:
            nn.init.uniform_(norm.weight, 0.5, 1.5, generator=generator)
            nn.init.normal_(norm.bias, generator=generator)


def import_module(module: nn.Module, *, num_in: int = 3) -> Graph:
    """Export a module for [1, num_in, 6, 9] and import it."""
    program = torch.export.export(module.eval(), (torch.zeros(1, num_in, 6, 9),))
    return from_exported_program(program, name="network")


def channels_last(x: Tensor) -> NDArray[np.float32]:
    """Return [height, width, channel] of a tensor [1, channel, height, width]."""
    array: NDArray[np.float32] = x.detach().numpy()[0].transpose(1, 2, 0)
    return np.ascontiguousarray(array)


@given(seed=SEEDS)
@settings(max_examples=8, deadline=None)
def test_imported_network_computes_what_the_module_computes(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    module = Network(np.random.default_rng(seed)).eval()
    randomize_statistics(module, generator)
    x = torch.randn(1, 3, 6, 9, generator=generator)

    y = reference.run(import_module(module), channels_last(x))

    expected = channels_last(module(x))
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_operators_are_named_after_their_modules() -> None:
    module = Network(np.random.default_rng(1))

    graph = import_module(module)

    names = [operator.name for operator in graph.operators]
    assert names[0] == "first.convolution"
    assert names[3:5] == ["add", "units.2.convolution"]
    assert names[-1] == "last"


def test_batch_norm_and_relu_leave_no_operator_of_their_own() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU())

    graph = import_module(module)

    (operator,) = graph.operators
    assert (operator.kind, operator.activation) == (OperatorKind.CONV_2D, Activation.RELU)
    assert graph.tensors[graph.output].shape == (6, 9, 4)


def test_a_module_used_twice_gives_two_operators() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution = nn.Conv2d(3, 3, 3, padding=1)

        def forward(self, x: Tensor) -> Tensor:
            result: Tensor = self.convolution(torch.relu(self.convolution(x)))
            return result

    graph = import_module(Twice())

    assert [operator.name for operator in graph.operators] == ["convolution", "convolution_1"]


class SharedConvolution(nn.Module):
    """A relu whose input is read by an addition too."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.convolution(x)
        return y + torch.relu(y)


def test_a_relu_whose_input_others_read_is_an_operator_of_its_own() -> None:
    module, x = SharedConvolution(), torch.randn(1, 3, 6, 9)

    graph = import_module(module)

    kinds = [operator.kind for operator in graph.operators]
    assert kinds == [OperatorKind.CONV_2D, OperatorKind.RELU, OperatorKind.ADD]
    expected = channels_last(module(x))
    np.testing.assert_allclose(reference.run(graph, channels_last(x)), expected, atol=1e-6)


def test_a_batch_norm_with_nothing_before_it_is_a_product_and_a_sum() -> None:
    module, x = nn.Sequential(nn.BatchNorm2d(3), nn.ReLU()), torch.randn(1, 3, 6, 9)
    randomize_statistics(module, torch.Generator().manual_seed(1))

    graph = import_module(module)

    kinds = [operator.kind for operator in graph.operators]
    assert kinds == [OperatorKind.MUL, OperatorKind.ADD]
    assert graph.operators[-1].activation is Activation.RELU
    expected = channels_last(module(x))
    np.testing.assert_allclose(reference.run(graph, channels_last(x)), expected, atol=1e-5)


class Classifier(nn.Module):
    """The end of most networks of pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(3, 5)

    def forward(self, x: Tensor) -> Tensor:
        pooled = torch.nn.functional.adaptive_avg_pool2d(x, 1)
        return torch.softmax(self.last(pooled.flatten(1)), dim=1)


def test_what_is_flat_already_is_not_transposed() -> None:
    graph = import_module(Classifier())

    kinds = {operator.kind for operator in graph.operators}
    assert OperatorKind.TRANSPOSE not in kinds
    assert graph.tensors[graph.output].shape == (5,)
