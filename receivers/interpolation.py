# SPDX-License-Identifier: Apache-2.0
"""From channel estimates at the pilots to every resource element, as a matrix of weights.

A pattern's matrix depends on where its pilots stand and on nothing else, so it is made once.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from channels.grid import Grid

_Cells = NDArray[np.int64]
Interpolation = Callable[[Tensor, Grid], Tensor]


def nearest(pilot_mask: Tensor, grid: Grid) -> Tensor:
    """Return the weights that copy the nearest pilot.

    Distance is counted in steps, |symbols| + |subcarriers|; of equals the first pilot counts.

    Parameters
    ----------
    pilot_mask : bool [num_symbols, num_subcarriers]
        Where the pilots stand.
    grid : Grid
        The slot.

    Returns
    -------
    float32 [num_resource_elements, num_pilots]
        Rows sum to 1.
    """
    return _nearest(pilot_mask.numpy().tobytes(), grid)


def linear(pilot_mask: Tensor, grid: Grid) -> Tensor:
    """Return the weights of linear interpolation, same arguments and shapes as `nearest`.

    Where whole symbols carry pilots, each subcarrier is interpolated along time and extrapolated at
    the ends of the slot; any other pattern is interpolated over the triangles between its pilots
    and takes the nearest pilot outside them.
    """
    return _linear(pilot_mask.numpy().tobytes(), grid)


@lru_cache(maxsize=64)
def _nearest(mask: bytes, grid: Grid) -> Tensor:
    symbols, subcarriers = _positions(mask, grid)
    symbol, subcarrier = np.divmod(np.arange(grid.num_resource_elements), grid.num_subcarriers)
    distance = np.abs(symbol[:, None] - symbols) + np.abs(subcarrier[:, None] - subcarriers)
    weights = np.zeros(distance.shape, np.float32)
    weights[np.arange(distance.shape[0]), distance.argmin(1)] = 1.0
    return torch.from_numpy(weights)


@lru_cache(maxsize=64)
def _linear(mask: bytes, grid: Grid) -> Tensor:
    symbols, subcarriers = _positions(mask, grid)
    rows = np.unique(symbols)
    if symbols.size == rows.size * grid.num_subcarriers and rows.size > 1:
        return _along_time(rows, grid)
    return _over_triangles(symbols, subcarriers, _nearest(mask, grid), grid)


def _positions(mask: bytes, grid: Grid) -> tuple[_Cells, _Cells]:
    cells = np.flatnonzero(np.frombuffer(mask, dtype=np.bool_))
    symbols, subcarriers = np.divmod(cells, grid.num_subcarriers)
    return symbols, subcarriers


def _along_time(rows: _Cells, grid: Grid) -> Tensor:
    symbol = np.arange(grid.num_symbols)
    left = np.clip(np.searchsorted(rows, symbol, side="right") - 1, 0, rows.size - 2)
    slope = (symbol - rows[left]) / (rows[left + 1] - rows[left])
    time = np.zeros((grid.num_symbols, rows.size), np.float32)
    time[symbol, left] = 1.0 - slope
    time[symbol, left + 1] = slope
    return torch.from_numpy(np.kron(time, np.eye(grid.num_subcarriers, dtype=np.float32)))


def _over_triangles(symbols: _Cells, subcarriers: _Cells, outside: Tensor, grid: Grid) -> Tensor:
    from scipy.spatial import Delaunay, QhullError

    points = np.stack([symbols, subcarriers], axis=1).astype(np.float64)
    try:
        mesh = Delaunay(points)
    except (QhullError, ValueError):  # too few pilots, or all on one line
        return outside
    symbol, subcarrier = np.divmod(np.arange(grid.num_resource_elements), grid.num_subcarriers)
    where = np.stack([symbol, subcarrier], axis=1).astype(np.float64)
    triangle = mesh.find_simplex(where)
    inside = triangle >= 0
    transform = mesh.transform[triangle[inside]]
    two = np.einsum("nij,nj->ni", transform[:, :2], where[inside] - transform[:, 2])
    weights = outside.numpy().copy()
    weights[inside] = 0.0
    corners = mesh.simplices[triangle[inside]]
    barycentric = np.column_stack([two, 1.0 - two.sum(1)]).astype(np.float32)
    np.put_along_axis(inner := weights[inside], corners, barycentric, axis=1)
    weights[inside] = inner
    return torch.from_numpy(weights)
