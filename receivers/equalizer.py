# SPDX-License-Identifier: Apache-2.0
"""Linear MMSE equalization of every resource element, and the LLRs behind it."""

import torch
from torch import Tensor

from sim.qam import demap
from sim.slot import Observation


def equalize(y: Tensor, h_hat: Tensor, noise_variance: Tensor) -> tuple[Tensor, Tensor]:
    r"""Return unbiased LMMSE estimates of the symbols and the noise variance that is left.

    With :math:`y = H x + n`, white noise of variance :math:`\sigma^2` and unit symbol energy,

    .. math:: W = (H^H H + \sigma^2 I)^{-1} H^H, \quad d_k = (W H)_{kk}, \quad
              \hat x_k = (W y)_k / d_k, \quad N_{\mathrm{eff},k} = (1 - d_k) / d_k

    which for one user is maximum-ratio combining.

    Parameters
    ----------
    y : complex64 [num_slots, num_rx_ant, num_symbols, num_subcarriers]
        Received resource elements.
    h_hat : complex64 [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers]
        Channel estimate.
    noise_variance : float32 [num_slots, num_symbols, num_subcarriers]
        Noise and estimation error of one antenna.

    Returns
    -------
    x_hat : complex64 [num_slots, num_tx, num_symbols, num_subcarriers]
    no_eff : float32, same shape

    Source
    ------
    D. Tse and P. Viswanath, Fundamentals of Wireless Communication, section 8.3.3.
    """
    if h_hat.shape[2] == 1:
        return _combine(y, h_hat[:, :, 0], noise_variance)
    h = h_hat.permute(0, 3, 4, 1, 2)
    gram = h.mH @ h
    identity = torch.eye(gram.shape[-1], dtype=gram.dtype)
    filters = torch.linalg.solve(gram + noise_variance[..., None, None] * identity, h.mH)
    gain = torch.diagonal(filters @ h, dim1=-2, dim2=-1).real.clamp(1e-6, 1.0 - 1e-6)
    x_hat = (filters @ y.permute(0, 2, 3, 1)[..., None])[..., 0] / gain
    return x_hat.permute(0, 3, 1, 2), ((1.0 - gain) / gain).permute(0, 3, 1, 2)


def soft_bits(observation: Observation, h_hat: Tensor, err_var: Tensor) -> Tensor:
    """Equalize with a channel estimate and return the LLRs of the data elements.

    Parameters
    ----------
    observation : Observation
        What was received.
    h_hat : complex64 [num_slots, num_rx_ant, num_tx, num_symbols, num_subcarriers]
        Channel estimate.
    err_var : float32 [num_slots, num_tx, num_symbols, num_subcarriers]
        Variance of the estimation error; taken as white noise on top of the receiver's own.

    Returns
    -------
    float32 [num_slots, num_tx, num_bits]
    """
    noise_variance = observation.no[:, None, None] + err_var.sum(1)
    x_hat, no_eff = equalize(observation.y, h_hat, noise_variance)
    num_slots, num_tx = x_hat.shape[:2]
    data = observation.data_mask
    llr = demap(x_hat[data], no_eff[data], num_bits_per_symbol=observation.num_bits_per_symbol)
    return llr.reshape(num_slots, num_tx, -1)


def _combine(y: Tensor, h: Tensor, noise_variance: Tensor) -> tuple[Tensor, Tensor]:
    energy = (h.real**2 + h.imag**2).sum(1).clamp(min=1e-12)
    x_hat = (h.conj() * y).sum(1) / energy
    return x_hat[:, None], (noise_variance / energy)[:, None]
