# SPDX-License-Identifier: Apache-2.0
"""The bar of a training, and its lines in a log."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_LOG_STEPS = 100


class Steps(Protocol):
    """How far a training is."""

    @property
    def step(self) -> int:
        """Return the steps done."""
        ...

    @property
    def num_steps(self) -> int:
        """Return the steps in all."""
        ...


@contextmanager
def training_bar(console: Console) -> Generator[Callable[[Steps, str], None]]:
    """Show a training; the function takes how far it is, and how it stands in a few words."""
    bars = Progress(
        TextColumn("training"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[state]}"),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bars:
        task = bars.add_task("training", total=None, state="")

        def show(progress: Steps, state: str) -> None:
            bars.update(task, completed=progress.step, total=progress.num_steps, state=state)
            if not console.is_terminal and progress.step % _LOG_STEPS == 0:
                told = f"step {progress.step} of {progress.num_steps}: {state}"
                console.print(told, soft_wrap=True)

        yield show
