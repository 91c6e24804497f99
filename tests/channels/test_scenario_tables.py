# SPDX-License-Identifier: Apache-2.0
"""The tables of a scenario: what fits together in the designs of the pilots, and what does not."""

import pytest
from pydantic import ValidationError

from channels.dmrs_designs import DmrsKind
from channels.errors import ScenarioError
from channels.scenario_tables import PILOT_SHARES
from tests.channels.scenarios import scenario


@pytest.mark.parametrize(
    ("table", "message"),
    [
        pytest.param(
            {"kind": "comb"},
            "kind: unknown value 'comb'; there are: 'standard', 'scattered', 'random', 'hybrid', "
            "'additional'",
            id="unknown design",
        ),
        pytest.param(
            {"kind": "additional"},
            'num_learning: this key is missing; kind = "additional" needs it',
            id="additional pilots without number",
        ),
        pytest.param(
            {"kind": "hybrid", "num_pilots": 8},
            'num_learning: this key is missing; kind = "hybrid" needs it',
            id="hybrid pilots without their share",
        ),
        pytest.param(
            {"kind": "hybrid", "num_pilots": 8, "num_learning": 8},
            'num_learning: is not below num_pilots; all teach in kind = "random"',
            id="hybrid pilots that all teach",
        ),
        pytest.param(
            {"kind": "random", "num_pilots": 8, "num_learning": 4},
            'num_learning: goes with kind = "hybrid" or "additional" and with no other kind',
            id="random pilots with a share",
        ),
        pytest.param(
            {"kind": "additional", "symbols": [2, 11], "num_learning": 768},
            "num_learning: the slot has 896 resource elements only, and the standard pilots take "
            "128 of them",
            id="no room for data beside additional pilots",
        ),
        pytest.param(
            {"kind": "additional", "symbols": [14], "num_learning": 1},
            "symbols: 14 is not in 0..13",
            id="additional pilots outside",
        ),
        pytest.param(
            {"kind": "random", "num_pilots": 8, "sharing": "overlapping"},
            'sharing: "overlapping" goes with kind = "standard" or "additional"',
            id="overlapping pilots without neighbours",
        ),
        pytest.param(
            {"kind": "additional", "num_learning": 8, "learning_sharing": "cover-code"},
            'learning_sharing: "cover-code" needs neighbours, and pilots that teach stand at '
            'random; use "comb" or "overlapping"',
            id="cover codes at random places",
        ),
        pytest.param(
            {"kind": "random", "num_pilots": 8, "learning_sharing": "overlapping"},
            'learning_sharing: "overlapping" goes with kind = "hybrid" or "additional": others '
            "than those that teach must tell the channel",
            id="all pilots teach and overlap",
        ),
        pytest.param(
            {"slots_per_draw": -1},
            "slots_per_draw: input should be greater than or equal to 0, not -1",
            id="draws of negative length",
        ),
    ],
)
def test_pilots_that_do_not_fit_are_named(table: dict[str, object], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario({"link.dmrs": table})

    assert str(caught.value) == f"test: link.dmrs.{message}"


def test_the_last_element_but_one_may_carry_an_additional_pilot() -> None:
    table = {"kind": "additional", "symbols": [2, 11], "num_learning": 767}

    dmrs = scenario({"link.dmrs": table}).link.dmrs

    assert dmrs.kind is DmrsKind.ADDITIONAL
    assert dmrs.num_learning == 767


def test_pilots_are_drawn_for_every_slot_unless_told_otherwise() -> None:
    assert (
        scenario({"link.dmrs": {"kind": "random", "num_pilots": 9}}).link.dmrs.slots_per_draw == 1
    )


def _step(key: str, to: float) -> dict[str, object]:
    return {"target": f"impairments.{key}", "kind": "step", "slot": 5, "to": to}


@pytest.mark.parametrize("key", PILOT_SHARES)
@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_of_pilots_is_a_share(key: str, share: float) -> None:
    with pytest.raises(ScenarioError, match=rf"impairments\.{key}: input should be (less|greater)"):
        scenario({f"impairments.{key}": share})
    with pytest.raises(
        ValidationError, match=rf"impairments\.{key} cannot be {share}; input should"
    ):
        scenario(None, _step(key, share))


@pytest.mark.parametrize(
    ("declared", "drift"),
    [
        pytest.param((0.6, 0.5), (), id="declared"),
        pytest.param((0.0, 0.5), (_step("pilot_wrong_share", 0.6),), id="one drifts"),
        pytest.param(
            (0.0, 0.0),
            (_step("pilot_wrong_share", 0.6), _step("pilot_missing_share", 0.5)),
            id="both drift",
        ),
    ],
)
def test_pilots_that_would_break_twice_are_refused(
    declared: tuple[float, float], drift: tuple[dict[str, object], ...]
) -> None:
    wrong, missing = declared
    values: dict[str, object] = {
        "impairments.pilot_wrong_share": wrong,
        "impairments.pilot_missing_share": missing,
    }

    with pytest.raises(
        (ScenarioError, ValidationError),
        match=r"impairments: the largest shares of broken pilots are more than 1 together "
        r"\(pilot_wrong_share 0\.6, pilot_missing_share 0\.5\); a pilot breaks in one way only",
    ):
        scenario(values, *drift)


def test_all_pilots_may_break() -> None:
    shares = dict(zip(PILOT_SHARES, (0.1, 0.2, 0.7), strict=True))

    made = scenario({f"impairments.{key}": share for key, share in shares.items()})

    assert [getattr(made.impairments, key) for key in PILOT_SHARES] == [0.1, 0.2, 0.7]


@pytest.mark.parametrize(
    ("num_tx", "sharing", "message"),
    [
        (5, "overlapping", "64 subcarriers are no whole groups of 5 users"),
        (5, "cover-code", "64 subcarriers are no whole groups of 5 users"),
    ],
)
def test_users_that_cannot_share_pilots_so_are_refused(
    num_tx: int, sharing: str, message: str
) -> None:
    with pytest.raises(ScenarioError, match=message):
        scenario({"antennas.num_tx": num_tx, "link.dmrs": {"sharing": sharing}})


def test_cover_codes_need_a_power_of_two_users() -> None:
    with pytest.raises(ScenarioError, match=r"cover codes are for 1, 2, 4, 8, \.\.\. users, not 3"):
        scenario(
            {
                "antennas.num_tx": 3,
                "grid.num_subcarriers": 48,
                "link.dmrs": {"sharing": "cover-code"},
            }
        )


def test_enough_pilots_must_be_left_to_tell_users_apart() -> None:
    hybrid = {"kind": "hybrid", "num_pilots": 12, "num_learning": 10}
    with pytest.raises(ScenarioError, match="leaves 2 pilots for 4 users"):
        scenario({"antennas.num_tx": 4, "link.dmrs": {**hybrid, "learning_sharing": "overlapping"}})
    assert scenario({"antennas.num_tx": 4, "link.dmrs": hybrid}).link.dmrs.num_learning == 10
