# SPDX-License-Identifier: Apache-2.0
"""A bar for work that is counted, and nothing where nobody watches."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def counted(console: Console, what: str) -> Generator[Callable[[int, int], None]]:
    """Show a bar while work is done; the function takes how much is done, and of how much."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bars:
        task = bars.add_task(what, total=None, visible=False)

        def tell(num_done: int, num_in_all: int, /) -> None:
            bars.update(task, completed=num_done, total=num_in_all, visible=True)

        yield tell
