# SPDX-License-Identifier: Apache-2.0
"""What `run` and `simulate` share: an experiment, from its trials to its tables and report."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import typer
from pydantic import JsonValue

from boards import catalog
from boards.board import LinkKind
from channels.scenario import Scenario
from host.campaign import Campaign
from host.catalog import Catalog, installed_catalog
from host.cli import output
from host.cli.progress import OF_LINKS, CampaignView
from host.executor import Executor, InProcess, Work
from host.experiment import Experiment, anchored
from host.keeping import SAVE_EVERY_S
from host.pool import ProcessPool
from host.record import Record
from host.report import tables
from host.report.curves import scenarios
from host.report.learning import section as learning
from host.report.learning.listing import listed_learning
from host.report.learning.remarks import learner_remarks
from host.report.listing import listed_standings
from host.report.slot_view import view_slots
from host.report.tables import Table
from host.report.writing import Report, write_report
from host.result import R, T
from host.trial import Trial, at_ports, expand

RESULTS = Path("results")
_MOST_WORKERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How an experiment is run: nothing here changes its records."""

    folder: Path | None
    num_workers: int | None
    batch: int
    json_file: str | None
    save_every_s: float = SAVE_EVERY_S
    ports: Mapping[str, str] = field(default_factory=dict[str, str])


def conduct(experiment: Experiment, text: str, *, file: Path, how: Conduct) -> None:
    """Run an experiment, print its tables, and write its records and report.

    Parameters
    ----------
    experiment : Experiment
    text : str
        The experiment as TOML; kept beside the records.
    file : Path
        Where it was read from; relative paths of scenarios and weights start at its folder.
    how : Conduct
    """
    console = output.console_for(how.json_file)
    installed = installed_catalog()
    trials = expand(experiment, file=file, catalog=installed)
    on_boards = (trial.cell.device for trial in trials if trial.on_board)
    trials = at_ports(trials, checked_ports(how.ports, on_boards))
    loaded = {trial.cell.scenario: trial.scenario for trial in trials}
    remarks = _remarks(loaded)
    folder = how.folder or RESULTS / experiment.name
    kept = anchored(text, folder=file.parent, file=str(file))
    campaign = Campaign(trials=trials, folder=folder, experiment=kept, kind=Record)
    executor = _executor(how, trials, installed)
    output.print_remarks(console, remarks)
    with CampaignView(console, OF_LINKS) as view:
        records = campaign.run(executor, observer=view)
    output.print_tables(console, result_tables(records, loaded))
    output.print_remarks(console, learned_remarks(records))
    report = Report(
        title=experiment.title or experiment.name,
        records=records,
        views=view_slots(records, loaded),
        contents=loaded,
    )
    written = write_report(report, folder=folder)
    console.print(f"records  {folder / 'records.jsonl'}\nreport   {written[0]}", soft_wrap=True)
    output.write_json(
        {
            "folder": str(folder),
            "report": [str(path) for path in written],
            "standings": listed_standings(records),
            "learning": listed_learning(records, loaded),
            "remarks": all_remarks(records, loaded),
            "records": [json.loads(record.line()) for record in records],
        },
        how.json_file,
    )


def result_tables(records: Sequence[Record], contents: Mapping[str, Scenario]) -> list[Table]:
    """Return the tables that a terminal has room for."""
    shown: list[Table] = []
    names = scenarios(records)
    for scenario in names:
        of_it = [tables.error_table(records, scenario=scenario)]
        standing = tables.standing_table(records, scenario=scenario)
        of_it += [standing] if standing.rows else []
        of_it += learning.tables(records, scenario=scenario, content=contents.get(scenario))
        place = f"{scenario}: " if len(names) > 1 else ""
        shown += [replace(table, caption=place + table.caption) for table in of_it]
    return [*shown, tables.cost_table(records)]


def all_remarks(
    records: Sequence[Record], contents: Mapping[str, Scenario]
) -> dict[str, JsonValue]:
    """Return what to keep in mind about each scenario, and what happened to its learners."""
    about = _remarks(contents)
    return {
        name: [*about.get(name, ()), *said]
        for name, said in learned_remarks(records).items()
        if name in about or said
    }


def learned_remarks(records: Sequence[Record]) -> dict[str, tuple[str, ...]]:
    """Return what happened to the learners of each scenario, in words."""
    return {name: learner_remarks(records, scenario=name) for name in scenarios(records)}


def _remarks(loaded: Mapping[str, Scenario]) -> dict[str, tuple[str, ...]]:
    from channels.remarks import remarks  # PyTorch: not before the names were found right

    return {name: remarks(scenario) for name, scenario in loaded.items()}


def _executor(how: Conduct, trials: Sequence[Trial], installed: Catalog) -> Executor[Trial, Record]:
    from host.measurement import measure

    work = partial(measure, batch=how.batch, save_every_s=how.save_every_s)
    return executor_of(work, trials, how=how, installed=installed)


def executor_of(
    work: Work[T, R], trials: Sequence[T], *, how: Conduct, installed: Catalog
) -> Executor[T, R]:
    """Return who runs trials: this process where one at a time is enough, or several."""
    num_workers = min(num_workers_for(how), len(trials))
    if num_workers == 1:
        return InProcess(work)
    return ProcessPool(work, num_workers=num_workers, capacity=capacity(how, installed))


def capacity(how: Conduct, installed: Catalog) -> dict[str, int]:
    """Return how many trials at a time each scarce resource bears."""
    return {**installed.scarce, **{f"board:{name}": 1 for name in how.ports}}


def checked_ports(ports: Mapping[str, str], boards: Iterable[str]) -> Mapping[str, str]:
    """Return the ports if each of them is that of a board with trials."""
    used = sorted(set(boards))
    for name in ports:
        if name not in used:
            raise typer.BadParameter(
                f"--port: no trial runs on {name!r}; the boards of this experiment are: "
                f"{', '.join(used) or 'none'}."
            )
        if catalog.load(name).link.kind is LinkKind.QEMU:
            raise typer.BadParameter(
                f"--port: {name} is emulated and started here, or its instructions would not be "
                "counted; leave the port out."
            )
    return ports


def num_workers_for(how: Conduct) -> int:
    """Return how many trials run at a time: as many as were asked for, or as there are cores."""
    return how.num_workers or min(len(os.sched_getaffinity(0)), _MOST_WORKERS)
