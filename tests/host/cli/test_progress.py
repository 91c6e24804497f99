# SPDX-License-Identifier: Apache-2.0
"""The bars of a campaign, drawn on a terminal that is a string."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from host.cli.progress import OF_LINKS, CampaignView
from host.executor import Progress
from tests.host.fake_campaign import trials


def shown(folder: Path, *, is_terminal: bool) -> str:
    """Return what a trial shows that goes on behind slot 640 of 1024, in its first instant."""
    todo = trials(folder, num_seeds=1)
    text = io.StringIO()
    console = Console(file=text, force_terminal=is_terminal, width=160, color_system=None)
    with CampaignView(console, OF_LINKS) as view:
        view.planned(todo, done={})
        view.progressed(
            Progress(
                trial_id=todo[0].trial_id,
                num_done=640,
                num_in_all=1024,
                standing="BER 0.25",
                remark="goes on behind slot 640",
            )
        )
    return text.getvalue()


def test_a_bar_begins_where_its_trial_goes_on(tmp_path: Path) -> None:
    bars = shown(tmp_path, is_terminal=True)

    assert " 640/1024" in bars
    assert " 0/1024" not in bars


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "log"])
def test_a_remark_is_told_with_the_name_of_its_trial(tmp_path: Path, *, is_terminal: bool) -> None:
    lines = shown(tmp_path, is_terminal=is_terminal).splitlines()

    (line,) = [line for line in lines if "goes on behind slot 640" in line]
    assert "quiet · ls · host · Eb/N0 0 dB · seed 0" in line
