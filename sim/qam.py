# SPDX-License-Identifier: Apache-2.0
"""Gray-mapped square QAM: bits to symbols, and noisy symbols to log-likelihood ratios.

The real and the imaginary part are two independent PAM alphabets, so a symbol of M points is
demapped exactly with 2 sqrt(M) distances instead of M.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor

LEGAL_BITS_PER_SYMBOL = (2, 4, 6, 8)


def pam_levels(num_bits: int) -> Tensor:
    r"""Return the PAM amplitude of every label, before scaling to unit symbol energy.

    The label's first bit is the sign, the next ones select the amplitude recursively:
    :math:`a = (1 - 2 b_0)\,(2^{n-1} - a'(b_1, ..., b_{n-1}))` with :math:`a' = 1` for n = 1.

    Returns
    -------
    float32 [2 ** num_bits]
        Odd integers; index = label with the first bit most significant.

    Source
    ------
    3GPP TS 38.211 V19, clauses 5.1.3 to 5.1.6.
    """
    levels = torch.ones(1)
    for n in range(num_bits):
        inner = levels if n == 0 else 2.0**n - levels
        levels = torch.cat([inner, -inner])
    return levels


def map_bits(bits: Tensor, *, num_bits_per_symbol: int) -> Tensor:
    """Map bits to QAM symbols of unit mean energy.

    Even bits of a symbol make its real part, odd bits its imaginary part.

    Parameters
    ----------
    bits : uint8 [..., num_symbols * num_bits_per_symbol]
        Most significant bit of each symbol first.
    num_bits_per_symbol : int
        2, 4, 6 or 8.

    Returns
    -------
    complex64 [..., num_symbols]

    Raises
    ------
    ValueError
        If `num_bits_per_symbol` is not a square QAM of the standard.

    Source
    ------
    3GPP TS 38.211 V19, clause 5.1.
    """
    points = _points(num_bits_per_symbol)
    num_symbols = bits.shape[-1] // num_bits_per_symbol
    grouped = bits.reshape(*bits.shape[:-1], num_symbols, num_bits_per_symbol)
    labels = grouped[..., 0]
    for i in range(1, num_bits_per_symbol):
        labels = 2 * labels + grouped[..., i]  # below 256: stays in a byte
    return points.index_select(0, labels.flatten().int()).reshape(labels.shape)


def unmap(symbols: Tensor, *, num_bits_per_symbol: int) -> Tensor:
    """Return the bits of exact constellation points: the inverse of `map_bits`.

    Parameters
    ----------
    symbols : complex64 [...]
        Points of the constellation; of any other value the nearest point counts.
    num_bits_per_symbol : int
        2, 4, 6 or 8.

    Returns
    -------
    uint8 [..., num_bits_per_symbol]
        Most significant bit first.

    Raises
    ------
    ValueError
        If `num_bits_per_symbol` is not a square QAM of the standard.

    Source
    ------
    3GPP TS 38.211 V19, clause 5.1.
    """
    num_pam_bits = _num_pam_bits(num_bits_per_symbol)
    label_of_rank = torch.argsort(pam_levels(num_pam_bits))  # amplitudes from the lowest up
    amplitudes = torch.stack([symbols.real, symbols.imag], dim=-1) / _scale(num_pam_bits)
    highest = 2**num_pam_bits - 1
    rank = torch.round((amplitudes + highest) / 2).long().clamp(0, highest)
    shifts = torch.arange(num_pam_bits - 1, -1, -1)
    bits = label_of_rank[rank][..., None, :] >> shifts[:, None] & 1
    return bits.to(torch.uint8).flatten(-2)


def demap(x_hat: Tensor, no_eff: Tensor, *, num_bits_per_symbol: int) -> Tensor:
    r"""Return the exact (log-MAP) LLRs of noisy QAM symbols, unbiased and with Gaussian noise.

    .. math:: \ell_i = \ln \frac{\sum_{s: b_i(s) = 1} e^{-|\hat x - s|^2 / N_0}}
                                {\sum_{s: b_i(s) = 0} e^{-|\hat x - s|^2 / N_0}}

    Parameters
    ----------
    x_hat : complex64 [...]
        Equalized symbols.
    no_eff : float32 [...]
        Noise variance after equalization, broadcastable to `x_hat`.
    num_bits_per_symbol : int
        2, 4, 6 or 8.

    Returns
    -------
    float32 [..., num_bits_per_symbol]
        Positive = bit 1.

    Source
    ------
    J. G. Proakis and M. Salehi, Digital Communications, 5th ed., section 8.8.
    """
    num_pam_bits = _num_pam_bits(num_bits_per_symbol)
    parts = torch.stack([x_hat.real, x_hat.imag], dim=-1)
    if num_pam_bits == 1:  # two points +-a at distance 2a: the ratio is linear in x_hat
        return -4.0 * _scale(1) * parts / no_eff[..., None]
    levels = pam_levels(num_pam_bits) * _scale(num_pam_bits)
    metric = -((parts[..., None] - levels) ** 2) / no_eff[..., None, None]
    labels = torch.arange(2**num_pam_bits)
    llrs = [
        torch.logsumexp(metric[..., is_one], -1) - torch.logsumexp(metric[..., ~is_one], -1)
        for is_one in ((labels >> shift & 1).bool() for shift in range(num_pam_bits - 1, -1, -1))
    ]
    return torch.stack(llrs, dim=-2).flatten(-2)


@lru_cache(maxsize=4)
def _points(num_bits_per_symbol: int) -> Tensor:
    """Return the point of every label, complex64 [num_points]; the first bit weighs most."""
    num_pam_bits = _num_pam_bits(num_bits_per_symbol)
    shifts = torch.arange(num_bits_per_symbol - 1, -1, -1)
    bits = torch.arange(2**num_bits_per_symbol)[:, None] >> shifts & 1
    weights = 2 ** torch.arange(num_pam_bits - 1, -1, -1)
    amplitudes = pam_levels(num_pam_bits) * _scale(num_pam_bits)
    parts = amplitudes[(bits.reshape(-1, num_pam_bits, 2) * weights[:, None]).sum(1)]
    return torch.complex(parts[:, 0], parts[:, 1])


def _num_pam_bits(num_bits_per_symbol: int) -> int:
    if num_bits_per_symbol not in LEGAL_BITS_PER_SYMBOL:
        raise ValueError(
            f"num_bits_per_symbol {num_bits_per_symbol} must be one of {LEGAL_BITS_PER_SYMBOL}"
        )
    return num_bits_per_symbol // 2


def _scale(num_pam_bits: int) -> float:
    # Mean energy of the odd integers up to 2^n - 1 is (4^n - 1) / 3, twice for the two parts.
    return 1.0 / math.sqrt(2.0 * (4.0**num_pam_bits - 1.0) / 3.0)
