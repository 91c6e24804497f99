# SPDX-License-Identifier: Apache-2.0
"""What memory there is: the chip's that a board stands for, or the board's own."""

from boards import catalog
from host.board_cost import capacities


def test_a_board_that_stands_for_a_chip_has_its_memory() -> None:
    assert capacities(catalog.load("mps2-an386")) == (655_360, 2_097_152)


def test_where_a_board_keeps_images_counts_as_flash() -> None:
    assert capacities(catalog.load("mps3-an547")) == (0x8_0000, 0x8_0000 + 0x20_0000)


def test_a_process_has_no_memory_of_its_own() -> None:
    assert capacities(catalog.load("native")) == (None, None)
