# SPDX-License-Identifier: Apache-2.0
"""LMMSE equalization against Sionna's equalizer and against maximum-ratio combining by hand."""

import torch

from receivers.equalizer import equalize

NO = 0.3


def _random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.complex64, generator=torch.Generator().manual_seed(1))


def test_several_users_are_separated_as_sionna_separates_them() -> None:
    from sionna.phy.mimo import lmmse_equalizer

    y, h = _random(5, 4, 3, 6), _random(5, 4, 2, 3, 6)

    x_hat, no_eff = equalize(y, h, torch.full((5, 3, 6), NO))

    covariance = NO * torch.eye(4, dtype=torch.complex64)
    expected, expected_no = lmmse_equalizer(
        y.permute(0, 2, 3, 1), h.permute(0, 3, 4, 1, 2), covariance.expand(5, 3, 6, 4, 4)
    )
    torch.testing.assert_close(x_hat, expected.permute(0, 3, 1, 2), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(no_eff, expected_no.permute(0, 3, 1, 2), rtol=1e-3, atol=1e-4)


def test_one_user_is_combined_by_maximum_ratio() -> None:
    y, h = _random(2, 2, 3, 4), _random(2, 2, 1, 3, 4)

    x_hat, no_eff = equalize(y, h, torch.full((2, 3, 4), NO))

    energy = (h[:, :, 0].abs() ** 2).sum(1)
    torch.testing.assert_close(x_hat[:, 0], (h[:, :, 0].conj() * y).sum(1) / energy)
    torch.testing.assert_close(no_eff[:, 0], NO / energy)
