# SPDX-License-Identifier: Apache-2.0
"""Linear MMSE detection in float32, operation by operation.

The twin, in NumPy, of `firmware/kernels/lmmse_detector.h`, which has the equations.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from receivers.mimo.integer.elements import Products, products, rounded
from sim.mimo.problem import Shape

_MAX_LLR = 127
_Floats = NDArray[np.floating[Any]]
_Rows = list[list["_Complex"]]


@dataclass(frozen=True, slots=True)
class _Complex:
    """A number of every element, float32 [num_elements] each."""

    re: _Floats
    im: _Floats

    def times(self, other: "_Complex") -> "_Complex":
        return _Complex(
            self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re
        )

    def times_conjugate(self, other: "_Complex") -> "_Complex":
        return _Complex(
            self.re * other.re + self.im * other.im, self.im * other.re - self.re * other.im
        )

    def scaled(self, factor: _Floats) -> "_Complex":
        return _Complex(self.re * factor, self.im * factor)

    def __add__(self, other: "_Complex") -> "_Complex":
        return _Complex(self.re + other.re, self.im + other.im)

    def __sub__(self, other: "_Complex") -> "_Complex":
        return _Complex(self.re - other.re, self.im - other.im)

    def __neg__(self) -> "_Complex":
        return _Complex(-self.re, -self.im)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Of a user's symbol, and what that lacks of gain 1: its error's share of the symbol's power.

    Parameters
    ----------
    re, im, lack : float32 [num_elements]
    """

    re: _Floats
    im: _Floats
    lack: _Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Solved:
    """L^-1 below its diagonal, D^-1 L^-1 b, 1 / D, and the noise variance."""

    w: _Rows
    v: list[_Complex]
    inverse: list[_Floats]
    noise: _Floats


def detect(
    packed: NDArray[np.int8], shape: Shape, *, levels: _Floats, llr_bits: int
) -> NDArray[np.int8]:
    """Return the LLRs of elements, int8 [num_elements, num_tx, num_bits_per_symbol].

    Parameters
    ----------
    packed : int8 [num_elements, num_bytes]
        See `receivers.mimo.integer.elements`.
    shape : Shape
    levels : float32 [num_levels]
        Of an axis, by the number that its bits spell.
    llr_bits : int
        Behind the point of an LLR.
    """
    with np.errstate(all="ignore"):
        users = [
            _user(one, levels=levels, llr_bits=llr_bits)
            for one in estimates(products(packed, shape))
        ]
    return np.stack(users, axis=1)


def estimates(found: Products) -> list[Estimate]:
    """Return what is estimated of each user."""
    with np.errstate(all="ignore"):
        inverse, factor = _factor(found)
        w = _inverted(factor)
        solved = _Solved(w=w, v=_filtered(found, w, inverse), inverse=inverse, noise=found.noise)
        return [_estimate(k, solved) for k in range(len(w))]


def _complex(parts: NDArray[np.int32]) -> _Complex:
    return _Complex(parts[..., 0].astype(np.float32), parts[..., 1].astype(np.float32))


def _factor(found: Products) -> tuple[list[_Floats], _Rows]:
    """Return 1 / D, and L below its diagonal."""
    n = found.gram.shape[1]
    inverse: list[_Floats] = []
    lower: _Rows = [[] for _ in range(n)]
    l_d: _Rows = [[] for _ in range(n)]
    for j in range(n):
        d = found.gram[:, j, j, 0].astype(np.float32) + found.noise
        for p in range(j):
            d = d - l_d[j][p].times_conjugate(lower[j][p]).re
        inverse.append(np.float32(1.0) / d)
        for i in range(j + 1, n):
            c = _complex(found.gram[:, i, j])
            for p in range(j):
                c = c - l_d[i][p].times_conjugate(lower[j][p])
            l_d[i].append(c)
            lower[i].append(c.scaled(inverse[j]))
    return inverse, lower


def _inverted(lower: _Rows) -> _Rows:
    """Return L^-1 below its diagonal."""
    w: _Rows = []
    for i, row in enumerate(lower):
        w.append([])
        for j in range(i):
            total = row[j]
            for p in range(j + 1, i):
                total = total + row[p].times(w[p][j])
            w[i].append(-total)
    return w


def _filtered(found: Products, w: _Rows, inverse: list[_Floats]) -> list[_Complex]:
    """Return D^-1 L^-1 b."""
    b = [_complex(found.matched[:, k]) for k in range(len(w))]
    v: list[_Complex] = []
    for i, row in enumerate(w):
        total = b[i]
        for j in range(i):
            total = total + row[j].times(b[j])
        v.append(total.scaled(inverse[i]))
    return v


def _estimate(k: int, solved: _Solved) -> Estimate:
    """Return t and c of user k."""
    w, v, inverse = solved.w, solved.v, solved.inverse
    t, spread = v[k], inverse[k]
    for i in range(k + 1, len(w)):
        t = t + v[i].times_conjugate(w[i][k])
        spread = spread + w[i][k].times_conjugate(w[i][k]).re * inverse[i]
    return Estimate(re=t.re, im=t.im, lack=solved.noise * spread)


def _user(one: Estimate, *, levels: _Floats, llr_bits: int) -> NDArray[np.int8]:
    """Return the LLRs of a user, int8 [num_elements, num_bits_per_symbol]."""
    gain = np.float32(1 << llr_bits) / one.lack
    axes = [_axis(t, one.lack, gain, levels) for t in (one.re, one.im)]
    return np.stack(axes, axis=-1).reshape(len(gain), -1)


def _axis(t: _Floats, lack: _Floats, gain: _Floats, levels: _Floats) -> NDArray[np.int8]:
    """Return the LLRs of one axis, int8 [num_elements, num_axis_bits]."""
    q = [a * ((np.float32(1.0) - lack) * a - np.float32(2.0) * t) for a in levels]
    bit, llr = len(levels) // 2, []
    while bit:
        zero, one = q[0], q[bit]
        for label, cost in enumerate(q):
            if label & bit:
                one = np.where(cost < one, cost, one)
            else:
                zero = np.where(cost < zero, cost, zero)
        llr.append(rounded((zero - one) * gain, _MAX_LLR).astype(np.int8))
        bit //= 2
    return np.stack(llr, axis=-1)
