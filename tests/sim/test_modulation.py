# SPDX-License-Identifier: Apache-2.0
"""The tables of the modulations against the mapper, and BPSK against the standard's formula."""

import pytest
import torch

from sim.modulation import Modulation, with_bits
from sim.qam import map_bits

QAM = [modulation for modulation in Modulation if modulation is not Modulation.BPSK]


@pytest.mark.parametrize("modulation", QAM)
def test_the_point_of_a_label_is_what_its_bits_are_mapped_to(modulation: Modulation) -> None:
    count = modulation.num_bits_per_symbol

    mapped = map_bits(modulation.label_bits, num_bits_per_symbol=count)

    assert torch.equal(mapped[:, 0], modulation.points)


def test_bpsk_stands_on_the_diagonal() -> None:
    # TS 38.211, clause 5.1.2: ((1 - 2b) + j (1 - 2b)) / sqrt(2).
    b = torch.tensor([0.0, 1.0])

    expected = torch.complex(1 - 2 * b, 1 - 2 * b) / 2**0.5

    torch.testing.assert_close(Modulation.BPSK.points, expected, rtol=0, atol=1e-7)
    assert Modulation.BPSK.label_bits.tolist() == [[0], [1]]


@pytest.mark.parametrize("modulation", Modulation)
def test_symbols_have_unit_energy_and_bits_spell_their_label(modulation: Modulation) -> None:
    count = modulation.num_bits_per_symbol

    spelled = ["".join(map(str, row)) for row in modulation.label_bits.tolist()]

    assert [int(word, 2) for word in spelled] == list(range(modulation.num_points))
    assert float((modulation.points.abs() ** 2).mean()) == pytest.approx(1.0, abs=1e-6)
    assert with_bits(count) is modulation


def test_a_number_of_bits_without_modulation_is_told_what_there_is() -> None:
    with pytest.raises(ValueError, match="has 3 bits a symbol; there are: 1, 2, 4, 6, 8"):
        with_bits(3)
