# SPDX-License-Identifier: Apache-2.0
"""Trials of receivers that learn after a step of the channel, made from rates that are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from channels.scenario import Scenario
from host.course import Course
from host.experiment import Metric
from host.learners import ProbePlan
from host.record import Learning, LearningEvent, LearningTime, Probed, Record
from receivers.learning.event_kind import EventKind
from receivers.learning.settings import LearnerSettings
from tests.host.report.records import error_rate, record

BITS_PER_SLOT = 3072
PROBED = ("delay-45", "delay-405")


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """What all receivers of a contest share.

    Parameters
    ----------
    num_blocks, slots_per_block, step_block : int
        The channel steps at the beginning of a block.
    hardness : float
        Standard deviation of the natural logarithm of a block's error rate, alike for everybody.
    own : float
        The same of what is a receiver's own.
    """

    num_blocks: int = 60
    slots_per_block: int = 800
    step_block: int = 4
    hardness: float = 0.2
    own: float = 0.02
    slots_per_drop: int = 1

    @property
    def num_slots(self) -> int:
        return self.num_blocks * self.slots_per_block

    @property
    def step_slot(self) -> int:
        return self.step_block * self.slots_per_block


def scenario(air: Air, *, name: str = "street") -> Scenario:
    """Return the scenario whose delay spread jumps when the air's does."""
    return Scenario.model_validate(
        {
            "schema": 1,
            "name": name,
            "title": "a street",
            "channel": {"kind": "tdl-c", "delay_spread_s": 45e-9},
            "snr": {"kind": "snr_db", "values": [20.0]},
            "drift": [
                {
                    "target": "channel.delay_spread_s",
                    "kind": "step",
                    "slot": air.step_slot,
                    "to": 405e-9,
                }
            ],
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """A receiver whose error rate steps from one value to another and may come back.

    From `after` it falls, in decades, to `last` as exp(-t / scale_slots).
    """

    receiver: str
    before: float
    after: float
    last: float
    scale_slots: float = 1.0
    learner: LearnerSettings | None = None
    events: tuple[tuple[int, EventKind], ...] = ()
    device: str = "host"
    is_network: bool = True

    def rates(self, air: Air) -> NDArray[np.float64]:
        """Return the error rate of each block, float64 [num_blocks]."""
        since = air.slots_per_block * (np.arange(air.num_blocks) + 0.5) - air.step_slot
        left = np.exp(-np.maximum(since, 0.0) / self.scale_slots)
        decades = np.log10(self.last) + np.log10(self.after / self.last) * left
        return np.where(since < 0, self.before, 10.0**decades)


PLAYERS: Sequence[Player] = (
    Player(receiver="perfect-csi", before=4e-5, after=4e-5, last=4e-5, is_network=False),
    Player(receiver="lmmse", before=6e-4, after=2e-3, last=2e-3, is_network=False),
    Player(receiver="ls-linear", before=9e-4, after=6e-3, last=6e-3, is_network=False),
    Player(receiver="neural-s", before=1e-4, after=3e-2, last=3e-2),
    Player(
        receiver="adaptive",
        before=1e-4,
        after=3e-2,
        last=1.2e-3,
        scale_slots=6000.0,
        learner=LearnerSettings(),
        events=((3248, "drift"), (6000, "rolled back"), (9000, "vetoed"), (42000, "settled")),
    ),
    Player(
        receiver="genie",
        before=1e-4,
        after=3e-2,
        last=8e-4,
        scale_slots=2500.0,
        learner=LearnerSettings(labels="truth"),
        events=((3248, "drift"), (24000, "settled")),
    ),
)


def trials(
    rng: np.random.Generator,
    air: Air,
    players: Sequence[Player] = PLAYERS,
    *,
    seeds: Sequence[int] = (1,),
    snr_db: float = 20.0,
) -> list[Record]:
    """Draw the errors of every player: a block that is hard is hard for all of them."""
    found: list[Record] = []
    for seed in seeds:
        shared = air.hardness * rng.standard_normal(air.num_blocks)
        for player in players:
            own = air.own * rng.standard_normal(air.num_blocks)
            means = BITS_PER_SLOT * air.slots_per_block * player.rates(air)
            errors = rng.poisson(means * np.exp(shared + own))
            found.append(trial(player, air, errors, seed=seed, snr_db=snr_db))
    return found


def exact(air: Air, players: Sequence[Player] = PLAYERS) -> list[Record]:
    """Return trials whose errors are those expected, rounded."""
    return [
        trial(p, air, np.round(BITS_PER_SLOT * air.slots_per_block * p.rates(air)).astype(np.int64))
        for p in players
    ]


def trial(
    player: Player, air: Air, errors: NDArray[np.int64], *, seed: int = 1, snr_db: float = 20.0
) -> Record:
    """Make the record of one trial from the wrong bits of its blocks, int64 [num_blocks]."""
    made = record(
        player.receiver, device=player.device, scenario="street", snr_db=snr_db, seed=seed
    )
    course = Course(
        slots_per_drop=air.slots_per_drop,
        slots_per_block=air.slots_per_block,
        bits_per_slot=BITS_PER_SLOT,
        words_per_slot=1,
        bit_errors=tuple(errors.tolist()),
        wrong_words=None,
    )
    ber = float(errors.sum()) / (BITS_PER_SLOT * air.num_slots)
    learns = player.learner is not None
    probe = ProbePlan(
        scenarios=PROBED, scenario_hashes=("1", "2"), every_slots=air.slots_per_block, num_slots=64
    )
    times = LearningTime(
        detecting_s_per_slot=3e-3, learning_s_per_slot=12e-3, watching_s_per_slot=1e-3
    )
    learned = times if learns else None
    return made.model_copy(
        update={
            "num_slots": air.num_slots,
            "metrics": {Metric.BER: error_rate(ber, n=BITS_PER_SLOT * air.num_slots)},
            "course": course,
            "cell": made.cell.model_copy(
                update={
                    "learner": player.learner,
                    "probe": probe if learns else None,
                    "snr_kind": "snr_db",
                    "coded": False,
                }
            ),
            "provenance": made.provenance.model_copy(
                update={"weights_hash": "9" * 64 if player.is_network else None}
            ),
            "learning": learning(player, air) if learns else None,
            "run": made.run.model_copy(update={"learning": learned}),
        }
    )


def learning(player: Player, air: Air) -> Learning:
    """Return what a learner did: half of its mini-batches were learned from."""
    num_minibatches = air.num_slots // 16
    return Learning(
        num_minibatches=num_minibatches,
        num_learned=num_minibatches // 2,
        num_updates=12,
        num_screened_slots=0,
        num_excluded_pilots=0,
        buffer_bytes=258_184,
        update_bytes=None if player.device == "host" else (100, 300, 200),
        events=tuple(LearningEvent(slot=slot, kind=kind) for slot, kind in player.events),
        probes=(probed(0, (40, 4000)), probed(air.num_slots, (400, 400))),
    )


def probed(slot: int, errors: tuple[int, ...], *, num_parts: int = 8) -> Probed:
    """Return a try whose errors are spread over parts as evenly as they go."""
    parts = tuple(
        tuple((total * (i + 1)) // num_parts - (total * i) // num_parts for i in range(num_parts))
        for total in errors
    )
    return Probed(
        slot=slot, num_bits=(196_608,) * len(errors), bit_errors=errors, part_errors=parts
    )


def on(players: Sequence[Player], device: str) -> list[Player]:
    """Return the networks among players, on another device."""
    return [replace(player, device=device) for player in players if player.is_network]


def with_learning(made: Record, **changes: object) -> Record:
    """Return a record whose learning differs in some fields."""
    assert made.learning is not None
    return made.model_copy(update={"learning": made.learning.model_copy(update=changes)})


def contents(air: Air) -> Mapping[str, Scenario]:
    return {"street": scenario(air)}
