# SPDX-License-Identifier: Apache-2.0
"""Whole random int8 `.tflite` networks: operators of every kind, branches, joins, odd scales.

A network is named by its seed and its most operators. One of fewer operators begins as the one of
more does, so a network that fails can be cut down until it no longer fails.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.boards.network_draft import Draft, Quantized
from tests.boards.network_layers import LAYERS, VIEWS, concatenated, requantized, reshaped

FEWEST_OPERATORS, MOST_OPERATORS = 3, 12
_SHARE_OF_REAL_BORDERS = 0.2
_NUM_RANDOM = 5
_MOST_TRIES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A random network.

    Parameters
    ----------
    seed : int
    content : bytes
        The `.tflite` file.
    lines : tuple of str
        One an operator.
    border : Quantized or None
        The integers right behind the input, if the file takes real numbers; else None.
    loudness : float
        Root mean square of the real numbers that the input stands for.
    """

    seed: int
    content: bytes
    lines: tuple[str, ...]
    border: Quantized | None
    loudness: float

    def __str__(self) -> str:
        operators = "; ".join(self.lines)
        return f"network {self.seed}, {len(self.lines)} operators: {operators}"


def draw(seed: int, *, most_operators: int | None = None, is_real: bool = False) -> Network:
    """Draw a network of 3 to 12 operators, as the seed says, or of fewer.

    Parameters
    ----------
    seed : int
    most_operators : int or None
        At least 1; None = as the seed says.
    is_real : bool
        Draw a network of float32, which has no QUANTIZE.
    """
    rng = np.random.default_rng(seed)
    wanted = int(rng.integers(FEWEST_OPERATORS, MOST_OPERATORS + 1))
    has_borders = bool(rng.random() < _SHARE_OF_REAL_BORDERS) and not is_real
    most = wanted if most_operators is None else min(wanted, most_operators)
    draft = Draft(rng, is_real=is_real)
    first = draft.source(has_real_border=has_borders)
    most -= has_borders  # the last one goes back to real numbers
    for _ in range(_MOST_TRIES):
        if draft.num_operators + _joining(len(draft.unread)) >= most:
            break
        _draw_layer(draft, most)
    last = _joined(draft)
    return Network(
        seed=seed,
        content=draft.finish(last, has_real_border=has_borders),
        lines=tuple(draft.lines),
        border=first if has_borders else None,
        loudness=first.loudness,
    )


def real_inputs(network: Network, shape: tuple[int, ...], *, num: int) -> NDArray[np.float32]:
    """Draw normal inputs float32 [num, *shape], as loud as the network was drawn for."""
    rng = np.random.default_rng([network.seed, 2])
    return (network.loudness * rng.standard_normal((num, *shape))).astype(np.float32)


def inputs(seed: int, shape: tuple[int, ...]) -> NDArray[np.int8]:
    """Draw inputs int8 [num_slots, *shape]: random ones, and both ends of the range."""
    rng = np.random.default_rng([seed, 1])
    drawn = rng.integers(-128, 128, (_NUM_RANDOM, *shape)).astype(np.int8)
    ends = np.stack([np.full(shape, value, np.int8) for value in (-128, 127)])
    mixed = rng.choice(np.array([-128, 127], np.int8), (1, *shape))
    return np.concatenate([drawn, ends, mixed])


def _draw_layer(draft: Draft, most: int) -> None:
    """Append a layer behind an activation; most often one that nobody reads yet."""
    rng, unread = draft.rng, draft.unread
    draft.has_room = draft.num_operators + 2 + _joining(len(unread) + 1) <= most
    goes_on, is_latest, place = rng.random(3)
    candidates = unread if goes_on < 0.75 or not draft.has_room else draft.values
    i = -1 if is_latest < 0.7 else int(place * len(candidates))
    x = candidates[i]
    names = [name for name, layer in LAYERS.items() if len(x.shape) in layer.ranks]
    refused = [*(["QUANTIZE"] if draft.is_real else []), *(VIEWS if not draft.lines[1:] else [])]
    names = [name for name in names if name not in refused]
    weights = np.array([LAYERS[name].weight for name in names])
    name = str(rng.choice(names, p=weights / weights.sum()))
    LAYERS[name].append(draft, name, x)


def _joining(num_unread: int) -> int:
    """Return how many operators it takes to join activations that nobody reads."""
    return 2 * num_unread if num_unread > 1 else 0


def _joined(draft: Draft) -> Quantized:
    """Return the last activation; several that nobody reads stand one behind the other in it."""
    *others, last = draft.unread
    if not others:
        return last
    flat = [_vector(draft, value) for value in (*others, last)]
    scaled = [requantized(draft, value, like=flat[-1]) for value in flat[:-1]]
    return concatenated(draft, [*scaled, flat[-1]], axis=1)


def _vector(draft: Draft, x: Quantized) -> Quantized:
    shape = (1, int(np.prod(x.shape)))
    return x if x.shape == shape else reshaped(draft, x, shape)
