# SPDX-License-Identifier: Apache-2.0
"""The tables of a scenario: what fits together in the designs of the pilots, and what does not."""

import pytest

from channels.errors import ScenarioError
from channels.scenario_tables import DmrsKind
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
