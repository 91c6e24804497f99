# SPDX-License-Identifier: Apache-2.0
"""Elements of scenarios, few of each drop. Truth: the slots that they are from."""

from collections.abc import Iterator

import pytest
import torch

from channels.matrices import FromScenario
from channels.scenario import Scenario
from sim.mimo import scenario_elements
from sim.mimo.scenario_elements import drawn, elements
from tests.sim.scenarios import scenario

NUM_DROPS, EACH = 6, 5


@pytest.fixture(autouse=True)
def _of_few_drops(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(scenario_elements, "NUM_DROPS", NUM_DROPS)
    monkeypatch.setattr(scenario_elements, "ELEMENTS_PER_DROP", EACH)
    drawn.cache_clear()
    yield
    drawn.cache_clear()


def _two_users(**channel: object) -> Scenario:
    return scenario(
        antennas={"num_rx_ant": 4, "num_tx": 2},
        channel={"kind": "cdl-c", "delay_spread_s": 1e-7, "power_control": True, **channel},
    )


def test_each_drop_gives_some_elements_of_its_own_slot_none_twice() -> None:
    made = _two_users(slots_per_drop=3, min_speed_mps=30.0, max_speed_mps=30.0)
    num_elements = made.grid.num_resource_elements

    found = elements(made, seed=4).unflatten(0, (NUM_DROPS, EACH))

    for drop, some in enumerate(found):
        slot = FromScenario(scenario=made).draw(block=3 * drop, num_elements=num_elements, seed=4)
        places = (some[:, None] == slot).all((2, 3))
        assert places.sum(1).tolist() == [1] * EACH
        assert len(set(places.long().argmax(1).tolist())) == EACH


def test_they_have_the_energy_of_the_slots() -> None:
    found = elements(_two_users(), seed=4)

    # Power control gives every slot unit energy; elements of a slot fade around that.
    assert found.abs().square().mean().item() == pytest.approx(1.0, abs=0.25)


def test_they_are_always_the_same_and_others_with_another_seed() -> None:
    made = _two_users()
    once = elements(made, seed=4)
    drawn.cache_clear()

    assert torch.equal(elements(made, seed=4), once)
    assert not torch.equal(elements(made, seed=5), once)


def test_a_slot_of_fewer_elements_gives_some_of_them_again() -> None:
    made = scenario(grid={"num_symbols": 2, "num_subcarriers": 2}, link={"dmrs": {"symbols": [0]}})

    assert elements(made, seed=1).shape == (NUM_DROPS * EACH, 1, 1)
