# SPDX-License-Identifier: Apache-2.0
"""Linear detectors: one filter for all users, and each user's estimate by itself behind it."""

from enum import StrEnum

from receivers.mimo.detector import Beliefs
from receivers.mimo.model import gaussian_logits, linear_model, require, too_few_equations
from sim.mimo.problem import Problem, Shape


class Filter(StrEnum):
    """Which filter, by the names of `sionna.phy.mimo`."""

    ZF = "zf"
    LMMSE = "lmmse"


class Linear:
    r"""Zero forcing or LMMSE, Sionna's; satisfies `Detector`.

    With white noise of variance :math:`\sigma^2`,

    .. math:: G_{\mathrm{ZF}} = (H^H H)^{-1} H^H, \qquad
              G_{\mathrm{LMMSE}} = (H^H H + \sigma^2 I)^{-1} H^H

    and of the latter's estimates, made unbiased, user k's has the ratio of signal to interference
    and noise :math:`1 / [(I + H^H H / \sigma^2)^{-1}]_{kk} - 1`.

    Parameters
    ----------
    filter_kind : Filter

    Source
    ------
    D. Tse and P. Viswanath, Fundamentals of Wireless Communication, sections 8.3.1 and 8.3.3.
    """

    def __init__(self, filter_kind: Filter) -> None:
        self._filter = filter_kind

    def obstacle(self, shape: Shape) -> str:
        """Return why it cannot work: zero forcing needs an equation for each user."""
        return too_few_equations(shape) if self._filter is Filter.ZF else ""

    def detect(self, problem: Problem) -> Beliefs:
        """Return Gaussian beliefs around each filtered symbol."""
        from sionna.phy import mimo

        require(self, problem)
        model = linear_model(problem)
        equalize = {Filter.ZF: mimo.zf_equalizer, Filter.LMMSE: mimo.lmmse_equalizer}[self._filter]
        h, scale = model.h, model.power**0.5
        # A symbol of variance `power` is one of variance 1 through a channel that much stronger.
        x_hat, spread = equalize(model.y, scale * h, model.covariance, precision="double")
        logits = gaussian_logits(model, scale * x_hat, model.power * spread)
        return Beliefs(modulation=problem.modulation, logits=logits)
