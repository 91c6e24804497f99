# SPDX-License-Identifier: Apache-2.0
"""What cannot be imported is named: all of it, with the reason and the module where it stands."""

import pytest
import torch
from torch import Tensor, nn

from boards.errors import GraphError
from boards.importer import from_exported_program
from tests.boards.test_importer import SharedConvolution, import_module


class Refused(nn.Module):
    """Holds several operators that no device knows, between some that it does."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.GELU())
        self.fine = nn.Conv2d(4, 4, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = torch.erf(self.fine(self.block(x)))
        z = torch.cumsum(torch.nn.functional.pad(x, [1, 1], value=2.0), 1)
        return y.flip(1), z  # two outputs


def test_everything_that_is_not_supported_is_named_at_once_and_where_it_stands() -> None:
    with pytest.raises(GraphError) as caught:
        import_module(Refused())

    message = str(caught.value)
    assert "gelu in block.1: aten.gelu.default is not supported" in message
    assert "pad: pads with 2.0 in mode 'constant'; only zeros are supported" in message
    assert "output: the network must have exactly one output" in message
    assert "conv2d" not in message.partition("Supported are")[0]
    assert "\n" not in message


class Overwriting(SharedConvolution):
    """An addition in place over an activation that is read again."""

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.convolution(x)
        z: Tensor = self.convolution(y)
        y += z
        return y + z


class OverwritingThroughView(SharedConvolution):
    """A relu in place over another shape of an activation that is read again."""

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.convolution(x)
        rectified = y.view(1, -1).relu_().view(y.shape)
        return y + rectified


class Scaled(SharedConvolution):
    """An addition with a factor."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(self.convolution(x), x, alpha=2)


class Growing(SharedConvolution):
    """A sum with a constant that is larger than the activation."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.ones(1, 3, 6, 9))

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3), keepdim=True) + self.offset


class Batches(SharedConvolution):
    """A reshape that makes slots of channels."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x.reshape(3, -1))


class CutOff(SharedConvolution):
    """Bounds that no fused activation has, and a pool whose windows leave the plane."""

    def forward(self, x: Tensor) -> Tensor:
        y = torch.nn.functional.max_pool2d(x, 4, ceil_mode=True)
        return y.clamp(-0.5, 0.5)


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        pytest.param(Overwriting(), "writes over", id="overwritten"),
        pytest.param(OverwritingThroughView(), "writes over", id="overwritten through a view"),
        pytest.param(Scaled(), "alpha = 2", id="scaled addition"),
        pytest.param(Growing(), r"a constant of shape \[1, 3, 6, 9\], which is", id="growing"),
        pytest.param(Batches(), r"gives \[3, 54\]; the first dimension", id="slots of channels"),
        pytest.param(CutOff(), r"leave the plane \(ceil_mode\)", id="windows that leave"),
        pytest.param(nn.Hardtanh(-0.5, 0.5), r"bounds \(-0.5, 0.5\)", id="odd bounds"),
        pytest.param(nn.Identity(), "no operator", id="no operator"),
    ],
)
def test_refusal_states_its_reason(module: nn.Module, reason: str) -> None:
    with pytest.raises(GraphError, match=reason):
        import_module(module)


def test_training_mode_is_refused() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)).train()
    program = torch.export.export(module, (torch.zeros(1, 3, 6, 9),))

    with pytest.raises(GraphError, match=r"call module.eval\(\) before the export"):
        from_exported_program(program, name="network")


def test_more_than_one_slot_is_refused() -> None:
    program = torch.export.export(nn.Conv2d(3, 4, 1).eval(), (torch.zeros(2, 3, 6, 9),))

    with pytest.raises(GraphError, match=r"export with \[1, channel, height, width\]"):
        from_exported_program(program, name="network")
