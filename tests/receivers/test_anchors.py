# SPDX-License-Identifier: Apache-2.0
"""The published figures of Sionna's neural receiver tutorial, met by the shipped scenario.

Truth: independent reference, the Eb/N0 at a block error rate of 0.1 that the tutorial prints. The
curves fall by a factor of ten within 0.5 dB, so each is held from both sides, 0.3 dB away.
"""

import pytest

from channels.scenario import load
from host.detector import OnHost
from receivers import catalog
from sim.estimate import ErrorRate
from sim.link import Link

PERFECT_CSI_DB, LEAST_SQUARES_DB = -1.72, 2.16  # see the header of the scenario
GAP_DB, GAIN_DB = 0.4, 3.3  # what the shipped network of size S may lose and must win
TOLERANCE_DB = 0.3
TARGET = 0.1
BLOCK, MOST_BLOCKS = 32, 16
CONFIDENCE = 0.999


def is_above_target(receiver: str, *, ebno_db: float) -> bool | None:
    """Look after every block of slots until the interval leaves the target; None: it never does."""
    made = load("sionna-tutorial")
    link, detector = Link(made, seed=7), OnHost(catalog.build(receiver, made))
    errors = 0
    for first in range(0, BLOCK * MOST_BLOCKS, BLOCK):
        slot = link.slots(first, BLOCK, snr_db=ebno_db)
        decoded = link.codec.decode(detector.detect(slot))
        errors += int((decoded != slot.truth.bits).any(-1).sum())
        low, high = ErrorRate(errors=errors, n=first + BLOCK).interval(CONFIDENCE)
        if not low <= TARGET <= high:
            return low > TARGET
    return None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("receiver", "anchor_db"),
    [("perfect-csi", PERFECT_CSI_DB), ("ls-nearest", LEAST_SQUARES_DB)],
)
def test_waterfall_is_where_the_tutorial_publishes_it(receiver: str, anchor_db: float) -> None:
    # By the binomial distribution over all 16 looks, a curve outside the tolerance passes with a
    # probability of 0.25 % at most, and one inside (a rate of 0.4 or more on the left, of 0.02 or
    # less on the right) fails below 2e-7.
    left = is_above_target(receiver, ebno_db=anchor_db - TOLERANCE_DB)
    right = is_above_target(receiver, ebno_db=anchor_db + TOLERANCE_DB)

    assert (left, right) == (True, False)


@pytest.mark.slow
def test_the_shipped_network_stands_near_perfect_csi_and_far_from_least_squares() -> None:
    # A curve at the bar passes with a probability of 0.25 % at most, as above.
    bar_db = min(PERFECT_CSI_DB + GAP_DB, LEAST_SQUARES_DB - GAIN_DB)

    assert is_above_target("neural-s", ebno_db=bar_db) is False
