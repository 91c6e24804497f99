# SPDX-License-Identifier: Apache-2.0
"""Random PyTorch networks of all operators that can be imported."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

Rng = np.random.Generator
Step = Callable[[list[Tensor]], Tensor]
"""Makes the next activation of all that there are."""

_MOST_ELEMENTS = 1_500
_FIRST = ("convolution", "joined", "linear", "mean", "resized")
"""With these first, no network only moves values: such a one is none."""


class Network(nn.Module):
    """Steps one behind the other; each reads an activation, and perhaps an earlier one."""

    def __init__(self, rng: Rng, *, num_steps: int) -> None:
        super().__init__()
        self.rng = rng
        self.parts = nn.ModuleList()
        self.steps: list[Step] = []
        self.kinds: list[str] = []
        shape = (1, *(int(n) for n in rng.integers(2, 9, int(rng.choice([1, 2, 3, 3, 3, 3])))))
        self.example = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        made = [self.example]
        while len(self.steps) < num_steps:
            kind = str(rng.choice(list(DRAWINGS) if self.steps else _FIRST))
            step = DRAWINGS[kind](self, made[-1])
            y = step(made).detach() if step else None
            if step is None or y is None or y.numel() > _MOST_ELEMENTS:
                continue
            self.steps.append(step)
            self.kinds.append(kind)
            made.append(y)

    def forward(self, x: Tensor) -> Tensor:
        made = [x]
        for step in self.steps:
            made.append(step(made))
        return made[-1]

    def earlier(self, fits: Callable[[Tensor], bool], made: list[Tensor]) -> int | None:
        """Return the place of an earlier activation that fits."""
        places = [i for i, one in enumerate(made) if fits(one)]
        return int(self.rng.choice(places)) if places else None

    def own(self, module: nn.Module) -> nn.Module:
        """Keep a module, in eval mode, with random statistics if it has some."""
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
            assert module.running_mean is not None
            assert module.running_var is not None
            generator = torch.Generator().manual_seed(int(self.rng.integers(1 << 30)))
            module.running_mean.normal_(generator=generator)
            module.running_var.uniform_(0.3, 3.0, generator=generator)
        self.parts.append(module.eval())
        return module


def _number(rng: Rng, low: int, high: int) -> int:
    return int(rng.integers(low, high))


def _convolution(net: Network, x: Tensor) -> Step | None:
    if x.ndim != 4:
        return None
    rng, num_in = net.rng, x.shape[1]
    groups = int(rng.choice([n for n in (1, 1, 2, 3, num_in) if num_in % n == 0]))
    kernel = (_number(rng, 1, 4), _number(rng, 1, 4))
    dilation = (_number(rng, 1, 3), _number(rng, 1, 3))
    margins: Any = (_number(rng, 0, 3), _number(rng, 0, 3))
    stride = (_number(rng, 1, 3), _number(rng, 1, 3))
    if rng.random() < 0.3:
        margins, stride = str(rng.choice(["same", "valid"])), (1, 1)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    room = [
        n if margins == "valid" else n + 2 * m
        for n, m in zip(x.shape[2:], _pair(margins), strict=True)
    ]
    if margins != "same" and any(r > n for r, n in zip(reach, room, strict=True)):
        return None
    num_out = groups * _number(rng, 1, 4)
    module = net.own(
        nn.Conv2d(
            num_in, num_out, kernel, stride, margins, dilation, groups, bias=bool(rng.integers(2))
        )
    )
    return lambda made: module(made[-1])


def _pair(margins: Any) -> tuple[int, int]:
    return (0, 0) if isinstance(margins, str) else margins


def _linear(net: Network, x: Tensor) -> Step | None:
    module = net.own(nn.Linear(x.shape[-1], _number(net.rng, 1, 9), bias=bool(net.rng.integers(2))))
    return lambda made: module(made[-1])


def _norm(net: Network, x: Tensor) -> Step | None:
    kind = nn.BatchNorm2d if x.ndim == 4 else nn.BatchNorm1d
    if x.ndim > 4:
        return None
    module = net.own(kind(x.shape[1]))
    return lambda made: module(made[-1])


def _joined(net: Network, x: Tensor) -> Step | None:
    rng = net.rng
    joins: list[Callable[[Any, Any], Tensor]] = [torch.add, torch.sub, torch.mul]
    join = joins[_number(rng, 0, 3)]
    what = rng.random()
    if what < 0.25:
        return lambda made: join(made[-1], 0.75)
    if what < 0.35:
        return [
            lambda made: 1.5 - made[-1],
            lambda made: made[-1] / 2.5,
            lambda made: -made[-1],
        ][_number(rng, 0, 3)]
    if what < 0.6:
        shape = [n if rng.integers(2) else 1 for n in x.shape][_number(rng, 0, x.ndim) :]
        net.register_parameter(f"p{len(net.steps)}", nn.Parameter(torch.rand(shape) + 0.5))
        name = f"p{len(net.steps)}"
        return lambda made: join(net.get_parameter(name), made[-1])
    pooled = rng.random() < 0.3
    if pooled and x.ndim == 4:
        return lambda made: join(made[-1], made[-1].mean((2, 3), keepdim=True))
    return lambda made: _with_earlier(join, made)


def _with_earlier(join: Callable[[Tensor, Tensor], Tensor], made: list[Tensor]) -> Tensor:
    """Join with the first activation that broadcasts without growing."""
    x = made[-1]
    for other in made[:-1]:
        pairs = zip(reversed(x.shape), reversed(other.shape), strict=False)
        if other.ndim <= x.ndim and all(b in (1, a) for a, b in pairs):
            return join(x, other)
    return join(x, x)


def _stacked(_: Network, x: Tensor) -> Step | None:
    if x.ndim < 2:
        return None

    def step(made: list[Tensor]) -> Tensor:
        x = made[-1]
        along = 1 if len(made) % 2 else x.ndim - 1
        for other in made[:-1]:
            rests = [[n for i, n in enumerate(one.shape) if i != along] for one in (x, other)]
            if other.ndim == x.ndim and rests[0] == rests[1]:
                return torch.cat([other, x], along)
        return torch.cat([x, x], along - x.ndim)

    return step


def _pool(net: Network, x: Tensor) -> Step | None:
    if x.ndim != 4:
        return None
    rng = net.rng
    kernel = (_number(rng, 1, 4), _number(rng, 1, 4))
    margins = (_number(rng, 0, kernel[0] // 2 + 1), _number(rng, 0, kernel[1] // 2 + 1))
    stride = (_number(rng, 1, 3), _number(rng, 1, 3))
    if any(k > n + 2 * m for k, n, m in zip(kernel, x.shape[2:], margins, strict=True)):
        return None
    which, counts = rng.random(), bool(rng.integers(2))
    if which < 0.4:
        return lambda made: F.max_pool2d(made[-1], kernel, stride, margins)
    if which < 0.8:
        return lambda made: F.avg_pool2d(
            made[-1], kernel, stride, margins, count_include_pad=counts
        )
    size = (int(rng.choice([1, x.shape[2]])), int(rng.choice([1, x.shape[3]])))
    pool = F.adaptive_avg_pool2d if counts else F.adaptive_max_pool2d
    return lambda made: pool(made[-1], size)


def _shaped(net: Network, x: Tensor) -> Step | None:
    rng = net.rng
    order = [0, *(int(i) + 1 for i in rng.permutation(x.ndim - 1))]
    steps: list[Step] = [
        lambda made: made[-1].flatten(1),
        lambda made: made[-1].permute(order),
        lambda made: made[-1].permute(order),
        lambda made: made[-1].transpose(1, -1),
        lambda made: made[-1].unsqueeze(1) if made[-1].ndim < 4 else made[-1].flatten(2),
        lambda made: made[-1].reshape(1, x.shape[-1], -1),
        lambda made: made[-1].squeeze(-1) if made[-1].ndim > 2 else made[-1].unsqueeze(-1),
    ]
    return steps[_number(rng, 0, len(steps))]


def _part(net: Network, x: Tensor) -> Step | None:
    rng = net.rng
    along = _number(rng, 1, x.ndim)
    size = x.shape[along]
    if size < 3:
        return None
    begin, step = _number(rng, 0, size - 1), _number(rng, 1, 3)
    where = (*[slice(None)] * along, slice(begin, None, step))
    steps: list[Step] = [
        lambda made: made[-1][where],
        lambda made: made[-1].chunk(2, along)[1],
        lambda made: made[-1].split(2, along - made[-1].ndim)[0],
    ]
    if x.ndim > 2:
        steps.append(lambda made: made[-1].select(along, begin))
    return steps[_number(rng, 0, len(steps))]


def _padded(net: Network, x: Tensor) -> Step | None:
    margins = [_number(net.rng, 0, 3) for _ in range(2 * _number(net.rng, 1, x.ndim))]
    return lambda made: F.pad(made[-1], margins)


def _mean(net: Network, x: Tensor) -> Step | None:
    every = list(range(1, x.ndim))
    along = [int(i) for i in net.rng.permutation(every)[: _number(net.rng, 1, len(every) + 1)]]
    keeps = bool(net.rng.integers(2)) or len(along) == len(every)
    return lambda made: made[-1].mean(along, keepdim=keeps)


def _resized(net: Network, x: Tensor) -> Step | None:
    if x.ndim != 4:
        return None
    size = (_number(net.rng, 1, 12), _number(net.rng, 1, 12))
    steps: list[Step] = [
        lambda made: F.interpolate(made[-1], scale_factor=2),
        lambda made: F.interpolate(made[-1], size=size),
        lambda made: F.interpolate(made[-1], size=size, mode="nearest-exact"),
    ]
    return steps[_number(net.rng, 0, len(steps))]


def _mapped(net: Network, x: Tensor) -> Step | None:
    along = _number(net.rng, 1, x.ndim)
    steps: list[Step] = [
        lambda made: torch.relu(made[-1]),
        lambda made: F.relu6(made[-1]),
        lambda made: F.leaky_relu(made[-1], 0.2),
        lambda made: torch.sigmoid(made[-1]),
        lambda made: torch.tanh(made[-1]),
        lambda made: F.softmax(made[-1], along),
        lambda made: made[-1].clamp(min=0.0),
        lambda made: F.dropout(made[-1], 0.3, training=False),
    ]
    return steps[_number(net.rng, 0, len(steps))]


DRAWINGS: Mapping[str, Callable[[Network, Tensor], Step | None]] = {
    "convolution": _convolution,
    "another convolution": _convolution,
    "linear": _linear,
    "norm": _norm,
    "joined": _joined,
    "stacked": _stacked,
    "pool": _pool,
    "shaped": _shaped,
    "part": _part,
    "padded": _padded,
    "mean": _mean,
    "resized": _resized,
    "mapped": _mapped,
    "mapped again": _mapped,
}
