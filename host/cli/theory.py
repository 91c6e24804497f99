# SPDX-License-Identifier: Apache-2.0
"""`airloop theory`: what linear models of continual learning say, as curves with intervals."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import output
from host.cli.output import JsonOption

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from rich.console import Console

    from host.theory.study import OnProgress, Study

_MOST_PARAMETERS, _MOST_LABELS, _MOST_DRAWS = 500, 5000, 10_000

HELP = "Linear models of learning while the channel drifts: curves with intervals."
EXAMPLES = ("airloop theory update-magnitude", "airloop theory rehearsal")
UPDATE_EXAMPLES = (
    "airloop theory update-magnitude",
    "airloop theory update-magnitude --labels 120 --noise 0.2 --output /tmp/theory",
    "airloop theory update-magnitude --json benchmarks/records/theory-update-magnitude.json",
)
REHEARSAL_EXAMPLES = (
    "airloop theory rehearsal",
    "airloop theory rehearsal --parameters 60 --distance 0.2 --distance 1 --output /tmp/theory",
    "airloop theory rehearsal --json benchmarks/records/theory-rehearsal.json",
)
RECOMMENDATION_EXAMPLES = (
    "airloop theory recommendation",
    "airloop theory recommendation --slots 64 --trained head=164 --trained all=12972 --json -",
)

Seed = Annotated[int, typer.Option(min=0, help="Seed of the draws.")]
Draws = Annotated[
    int, typer.Option(min=10, max=_MOST_DRAWS, help="Draws to simulate; changes intervals only.")
]
Noise = Annotated[float, typer.Option(min=0.0, help="Standard deviation of the label noise.")]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        help="Also write a page and a picture to this folder.",
        show_default=False,
        file_okay=False,
    ),
]


def update_magnitude(
    shared: Annotated[
        int, typer.Option(min=1, max=_MOST_PARAMETERS, help="Parameters that tasks share.")
    ] = 60,
    specific: Annotated[
        int, typer.Option(min=1, max=_MOST_PARAMETERS, help="Parameters of each task's own.")
    ] = 20,
    first: Annotated[
        int, typer.Option(min=1, max=_MOST_LABELS, help="Labels of the first task.")
    ] = 400,
    labels: Annotated[
        int, typer.Option(min=1, max=_MOST_LABELS, help="Labels of the second task.")
    ] = 50,
    noise: Noise = 0.5,
    max_distance: Annotated[
        float, typer.Option(min=0.0, help="Largest distance of the tasks; the first has norm 1.")
    ] = 2.0,
    draws: Draws = 400,
    seed: Seed = 1,
    out: Output = None,
    json_file: JsonOption = None,
) -> None:
    """Frozen or initialised training: forgetting, mean error, and the cosine that tells which."""
    from host.theory.update_magnitude import UpdateSettings, study

    settings = UpdateSettings(
        num_shared=shared,
        num_specific=specific,
        num_first=first,
        num_second=labels,
        noise_std=noise,
        max_distance=max_distance,
        num_draws=draws,
        seed=seed,
    )
    _show(lambda watch: study(settings, on_progress=watch), out, json_file)


def rehearsal(
    parameters: Annotated[
        int, typer.Option(min=2, max=_MOST_PARAMETERS, help="Parameters that are trained.")
    ] = 100,
    labels: Annotated[
        int, typer.Option(min=1, max=_MOST_LABELS, help="Labels of the new task.")
    ] = 40,
    noise: Noise = 0.2,
    gap: Annotated[
        float, typer.Option(min=0.0, help="Distance of either task from where learning starts.")
    ] = 1.0,
    distance: Annotated[
        list[float] | None,
        typer.Option(
            help="Distance of the tasks from each other; repeat for several. Default: 0.1 0.5 1.",
            show_default=False,
        ),
    ] = None,
    draws: Draws = 400,
    seed: Seed = 1,
    out: Output = None,
    json_file: JsonOption = None,
) -> None:
    """Rehearsal: errors on the new and the old task over how many old labels are learned again."""
    from host.theory.rehearsal import RehearsalSettings, study

    settings = RehearsalSettings(
        num_parameters=parameters,
        num_new=labels,
        noise_std=noise,
        gap=gap,
        distances=tuple(distance or (0.1, 0.5, 1.0)),
        num_draws=draws,
        seed=seed,
    )
    _show(lambda watch: study(settings, on_progress=watch), out, json_file)


def recommendation(
    labels_per_slot: Annotated[
        int, typer.Option(min=1, help="Masked reference bits of a slot.")
    ] = 256,
    slots: Annotated[int, typer.Option(min=1, help="Slots of a mini-batch.")] = 16,
    trained: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=COUNT",
            help="A set of parameters to train; repeat for several. Default: those of "
            "neural-s-16qam, head=164 block=6328 all=12972.",
            show_default=False,
        ),
    ] = None,
    noise: Noise = 0.5,
    old_gap: Annotated[float, typer.Option(min=0.0, help="Old channel to the weights.")] = 1.0,
    new_gap: Annotated[float, typer.Option(min=0.0, help="New channel to the weights.")] = 1.0,
    distance: Annotated[float, typer.Option(min=0.0, help="Old channel to the new.")] = 0.5,
    frame_bytes: Annotated[
        int, typer.Option(min=1, help="Bytes of a frame: 14 x 64 x 2 antennas and 128 pilots.")
    ] = 4376,
    max_frames: Annotated[int, typer.Option(min=0, max=2**20, help="Largest buffer.")] = 4096,
    out: Output = None,
    json_file: JsonOption = None,
) -> None:
    """Say how many frames to keep and which parameters to train, as far as a linear model can."""
    from host.theory.recommendation import RecommendationSettings, study
    from receivers.theory.recommendation import Air

    air = Air(
        labels_per_slot=labels_per_slot,
        slots_per_batch=slots,
        noise_std=noise,
        old_gap=old_gap,
        new_gap=new_gap,
        distance=distance,
    )
    settings = RecommendationSettings(
        air=air,
        trained=_counts(trained) or (("head", 164), ("block", 6328), ("all", 12972)),
        frame_bytes=frame_bytes,
        max_frames=max_frames,
    )
    _show(lambda _watch: study(settings), out, json_file)


COMMANDS: "tuple[tuple[Callable[..., None], tuple[str, ...]], ...]" = (
    (update_magnitude, UPDATE_EXAMPLES),
    (rehearsal, REHEARSAL_EXAMPLES),
    (recommendation, RECOMMENDATION_EXAMPLES),
)


def _counts(given: list[str] | None) -> tuple[tuple[str, int], ...]:
    """Read NAME=COUNT each."""
    counts: list[tuple[str, int]] = []
    for one in given or ():
        name, _, count = one.partition("=")
        if not name or not count.isdecimal():
            raise typer.BadParameter(f"--trained: {one!r} is no NAME=COUNT; write head=164.")
        counts.append((name, int(count)))
    return tuple(counts)


def _show(
    work: "Callable[[OnProgress], Study]", folder: Path | None, json_file: str | None
) -> None:
    """Do the work behind a bar, and put its result where it was asked for."""
    console = output.console_for(json_file)
    if folder is not None:
        output.require_writable(folder / "theory.html", option="--output")
    with _watched(console) as watch:
        found = work(watch)
    output.print_tables(console, found.tables)
    written = () if folder is None else found.write(folder)
    for path in written:
        console.print(f"written  {path}", soft_wrap=True)
    output.write_json(found.listed(), json_file)


@contextmanager
def _watched(console: "Console") -> "Generator[OnProgress]":
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("simulating"),
        BarColumn(bar_width=28),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("simulating", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
