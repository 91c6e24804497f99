# SPDX-License-Identifier: Apache-2.0
"""What is checked of detectors of several users before an experiment runs, told in words."""

from pathlib import Path

from channels.dmrs_designs import Sharing
from channels.scenario import Scenario
from host.errors import HostError
from host.learners import DetectorLearnerTable
from receivers.joined import WITH_CHANNEL_FACTORS, Joined, joined, joined_names, shape_of


def detector_that_learns(table: DetectorLearnerTable, *, beside: Path) -> Joined:
    """Return estimate and detector of a learner.

    Raises
    ------
    HostError
        It does not learn, or has not what is to be trained; the message lists what does.
    WeightsError
        Its file is missing or damaged.
    """
    parts = joined(table.receiver, beside=beside)
    if parts is None or not parts.learns:
        every = (joined(name) for name in joined_names())
        legal = ", ".join(one.name for one in every if one is not None and one.learns)
        raise HostError(f"{table.receiver} is no detector that learns; there are: {legal}")
    if table.trained == "channel-factors" and parts.detector not in WITH_CHANNEL_FACTORS:
        raise HostError(
            f"trained: {parts.detector} has no channel factors, only "
            f'{" and ".join(WITH_CHANNEL_FACTORS)}; set trained = "all"'
        )
    return parts


def unheard_together(scenario: Scenario) -> str:
    """Return why no pilot of a scenario teaches a detector: no two users send at once."""
    is_shared = scenario.link.dmrs.learning_sharing is Sharing.OVERLAPPING
    if is_shared or scenario.antennas.num_tx == 1:
        return ""
    return (
        f"no pilot of scenario {scenario.name} is sent by all users at once, so none teaches a "
        'detector; set link.dmrs.learning_sharing = "overlapping"'
    )


def unlike(probed: Scenario, scenario: Scenario) -> str:
    """Return why a detector of a scenario cannot be tried in another: estimate and image."""
    parts = {
        "grid": (probed.grid, scenario.grid),
        "antennas": (probed.antennas, scenario.antennas),
        "link": (probed.link, scenario.link),
    }
    different = [key for key, (there, here) in parts.items() if there != here]
    if not different:
        return ""
    return (
        f"{probed.name} has another [{different[0]}] than {scenario.name}, which estimate and "
        "image of a detector are made for; probe scenarios that differ in the channel"
    )


def too_much_for_devices(scenario: Scenario) -> str:
    """Return why devices cannot detect the users of a scenario."""
    from receivers.mimo.integer.image import obstacle

    problem = obstacle(shape_of(scenario))
    return (
        f"{problem}; scenario {scenario.name} has others. Leave devices to host" if problem else ""
    )
