# SPDX-License-Identifier: Apache-2.0
"""What `run` does with an experiment of spiking networks: from its trials to tables and report."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from boards import catalog
from boards.board import LinkKind
from host import firmware
from host.campaign import Campaign
from host.catalog import Catalog, installed_catalog
from host.cli import output
from host.cli.conducting import RESULTS, Conduct, checked_ports, executor_of
from host.cli.counting import counted
from host.cli.progress import CampaignView, Words
from host.report.spiking.listing import listed, listed_deployed
from host.report.spiking.tables import tables
from host.report.spiking.writing import write_report
from host.spiking import recordings
from host.spiking.experiment import SpikingExperiment
from host.spiking.measuring import measure
from host.spiking.record import SpikingRecord
from host.spiking.trial import Source, SpikingTrial, at_ports, expand
from snn.data.encoding import CACHE

if TYPE_CHECKING:
    from rich.console import Console


def conduct(experiment: SpikingExperiment, text: str, *, file: Path, how: Conduct) -> None:
    """Run an experiment, print its tables, and write its records and report.

    Parameters
    ----------
    experiment : SpikingExperiment
    text : str
        The experiment as TOML; kept beside the records.
    file : Path
        Where it was read from; a relative path of the data starts at its folder.
    how : Conduct
    """
    console = output.console_for(how.json_file)
    installed = installed_catalog()
    ports = checked_ports(how.ports, experiment.deployment.boards if experiment.deployment else ())
    source = _source(experiment, file, console, installed)
    trials = at_ports(expand(experiment, source, file=str(file)), ports)
    _require_firmware(trials)
    folder = how.folder or RESULTS / experiment.name
    kept = experiment.anchored(text, folder=file.parent)
    campaign = Campaign(trials=trials, folder=folder, experiment=kept, kind=SpikingRecord)
    words = Words(name=_name, result=_result)
    with CampaignView(console, words) as view:
        executor = executor_of(measure, trials, how=how, installed=installed)
        records = campaign.run(executor, observer=view)
    output.print_tables(console, tables(records))
    written = write_report(experiment.title or experiment.name, records, folder=folder)
    console.print(f"records  {folder / 'records.jsonl'}\nreport   {written[0]}", soft_wrap=True)
    output.write_json(
        {
            "folder": str(folder),
            "report": [str(path) for path in written],
            "accuracies": listed(records),
            "deployed": listed_deployed(records),
            "records": [json.loads(record.line()) for record in records],
        },
        how.json_file,
    )


def _require_firmware(trials: Sequence[SpikingTrial]) -> None:
    """Refuse boards that would not start, before anything is trained for them.

    Raises HostError with the command that builds what is missing or stale.
    """
    for name in dict.fromkeys(name for trial in trials for name in trial.boards):
        board = catalog.load(name)
        if board.link.kind is not LinkKind.SERIAL and name not in trials[0].ports:
            firmware.require_current(board)


def _source(
    experiment: SpikingExperiment, file: Path, console: "Console", installed: Catalog
) -> Source:
    """Return where the recordings are; sound is encoded here, once for all trials."""
    path = experiment.data_path(folder=file.parent, file=str(file))
    with counted(console, "listening") as tell:
        train, test = recordings.load(experiment.data, path, cache=CACHE, on_progress=tell)
    return Source(
        path=path,
        cache=CACHE,
        data_hash=recordings.digest(train, test),
        boards=installed.boards,
    )


def _name(trial: SpikingTrial) -> str:
    cell = trial.cell
    parts = [cell.network, f"{cell.train_dt_us / 1000:g} ms"]
    parts += [f"without {cell.held_out}"] if cell.held_out else []
    return " · ".join([*parts, f"seed {cell.seed}"])


def _result(record: SpikingRecord) -> str:
    own = record.accuracies[0]
    return f"{100 * own.share:.1f} % of {own.num_recordings} recordings"
