# SPDX-License-Identifier: Apache-2.0
"""How receivers look: the same everywhere, bounds dashed, and no two alike."""

from host.report.look import looks
from receivers.learning.settings import LearnerSettings
from tests.host.report.learning.learned import PLAYERS, Air, Player, exact, on

AIR = Air(num_blocks=8)


def test_a_receiver_has_one_colour_on_every_device() -> None:
    found = looks(exact(AIR, [*PLAYERS, *on(PLAYERS, "twin")]))

    assert found["adaptive", "host"].colour == found["adaptive", "twin"].colour
    assert found["adaptive", "host"].dash != found["adaptive", "twin"].dash


def test_what_bounds_the_others_is_dashed() -> None:
    found = looks(exact(AIR))

    dashed = {receiver for (receiver, _), look in found.items() if look.dash == "dash"}
    assert dashed == {"perfect-csi", "genie"}


def test_nine_learners_are_told_apart_by_colour() -> None:
    many = [
        Player(receiver=f"l{i}", before=0.1, after=0.1, last=0.1, learner=LearnerSettings())
        for i in range(9)
    ]

    colours = {look.colour for look in looks(exact(AIR, [*PLAYERS[:4], *many])).values()}

    assert len(colours) == 13
