# SPDX-License-Identifier: Apache-2.0
"""The impairments of a scenario as a whole."""

import numpy as np
import pytest
import torch
from torch import Tensor

from channels.impairments.chain import Impairments, active
from channels.impairments.iq_imbalance import add_iq_imbalance, image_rejection_db
from channels.scenario import load
from channels.scenario_tables import PILOT_SHARES
from tests.channels.scenarios import scenario

ALL_ON = {
    "impairments.cfo_hz": 200.0,
    "impairments.phase_noise_linewidth_hz": 20.0,
    "impairments.iq_gain_db": 0.5,
    "impairments.iq_phase_rad": 0.02,
    "impairments.tx_iq_gain_db": -0.3,
    "impairments.tx_iq_phase_rad": 0.01,
    "impairments.pa_backoff_db": 6.0,
    "impairments.adc_bits": 8,
}
DRIFT = (
    {"target": "impairments.cfo_hz", "kind": "ramp", "first_slot": 2, "last_slot": 30, "to": 900.0},
    {"target": "impairments.iq_gain_db", "kind": "step", "slot": 9, "to": 2.0},
)


def random_slots(num_slots: int, *, num_ant: int = 2) -> Tensor:
    """Return complex64 [num_slots, num_ant, 14, 64]."""
    return torch.randn(
        num_slots,
        num_ant,
        14,
        64,
        dtype=torch.complex64,
        generator=torch.Generator().manual_seed(1),
    )


def test_no_impairment_returns_the_argument_itself() -> None:
    chain = Impairments(scenario(), seed=1)
    x = random_slots(2)

    assert chain.transmit(x, 0) is x
    assert chain.receive(x, 0) is x


@pytest.mark.parametrize("key", PILOT_SHARES)
def test_broken_pilots_are_an_impairment_that_the_radios_do_not_know(key: str) -> None:
    step = {"target": f"impairments.{key}", "kind": "step", "slot": 7, "to": 0.5}
    x = random_slots(2)

    for made in (scenario({f"impairments.{key}": 0.1}), scenario(None, step)):
        assert active(made) == (key,)
        assert Impairments(made, seed=1).transmit(x, 7) is x
        assert Impairments(made, seed=1).receive(x, 7) is x


@pytest.mark.parametrize("first", [0, 7, 31])
@pytest.mark.parametrize("count", [1, 3, 9])
def test_slot_is_bit_for_bit_the_same_in_any_batch(first: int, count: int) -> None:
    chosen = scenario(None, *DRIFT).with_values(ALL_ON)
    x = random_slots(40)
    sent = Impairments(chosen, seed=1).transmit(x, 0)
    seen = Impairments(chosen, seed=1).receive(x, 0)

    chain = Impairments(chosen, seed=1)
    part = x[first : first + count]

    assert torch.equal(chain.transmit(part, first), sent[first : first + count])
    assert torch.equal(chain.receive(part, first), seen[first : first + count])


def test_amplifier_at_zero_backoff_is_on() -> None:
    chain = Impairments(scenario({"impairments.pa_backoff_db": 0.0}), seed=1)
    x = random_slots(1)

    assert not torch.allclose(chain.transmit(x, 0), x, atol=0.1)


def test_receiver_mixes_before_it_converts() -> None:
    # With 24 bits the converter is transparent, so that what is left is the mixer alone.
    values = {"impairments.iq_gain_db": 1.0, "impairments.adc_bits": 24}
    y = random_slots(3)

    seen = Impairments(scenario(values), seed=1).receive(y, 0)

    expected = add_iq_imbalance(y.numpy(), gain_db=np.ones(3), phase_rad=np.zeros(3))
    assert np.allclose(seen.numpy(), expected, atol=1e-4)


def test_drifting_value_counts_slot_by_slot() -> None:
    step = {"target": "impairments.iq_gain_db", "kind": "step", "slot": 5, "to": 3.0}
    y = random_slots(10)

    seen = Impairments(scenario(None, step), seed=1).receive(y, 0)

    assert torch.allclose(seen[:5], y[:5], atol=1e-6)
    assert not torch.allclose(seen[5:], y[5:], atol=1e-2)


def test_sum_of_a_drifting_offset_keeps_the_phase_continuous() -> None:
    jump = {"target": "impairments.cfo_hz", "kind": "step", "slot": 1, "to": 500.0}
    chosen = scenario({"impairments.cfo_hz": 100.0}, jump)
    tone = torch.zeros(2, 1, 14, 64, dtype=torch.complex64)
    tone[..., 32] = 1

    seen = Impairments(chosen, seed=1).receive(tone, 0)[:, 0, :, 32].reshape(-1)

    steps_hz = torch.angle(seen[1:] / seen[:-1]) / (2 * np.pi * chosen.grid.symbol_duration_s)
    torch.testing.assert_close(steps_hz[:13], torch.full((13,), 100.0), rtol=0, atol=0.5)
    torch.testing.assert_close(steps_hz[14:], torch.full((13,), 500.0), rtol=0, atol=0.5)
    assert 100 < steps_hz[13] < 500


def test_shipped_impaired_transmitter_keeps_the_limits_its_header_names() -> None:
    # Standard: TS 38.101-1 clause 6.4.2.1, 17.5 % of error vector for QPSK (the header says 8 %),
    # and clause 6.4.2.3, an image of -28 dB. QPSK on all subcarriers; the gain common to all of
    # them is equalized, as the measurement of the standard does.
    impaired = load("urban-impaired")
    axis = torch.tensor([-1.0, 1.0]) * 0.5**0.5
    which = torch.randint(2, (2, 16, 1, 14, 64), generator=torch.Generator().manual_seed(1))
    sent = torch.complex(axis[which[0]], axis[which[1]])

    seen = Impairments(impaired, seed=1).transmit(sent, 0)

    gain = (seen * sent.conj()).mean()
    error_vector = float((seen / gain - sent).abs().square().mean().sqrt())
    assert error_vector == pytest.approx(0.08, abs=0.005)
    table = impaired.impairments
    rejection_db = image_rejection_db(gain_db=table.tx_iq_gain_db, phase_rad=table.tx_iq_phase_rad)
    assert 28.0 <= rejection_db < 29.0
