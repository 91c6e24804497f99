# SPDX-License-Identifier: Apache-2.0
"""What `run` does with an experiment of detectors: from its trials to tables and report."""

import json
from pathlib import Path

from host.campaign import Campaign
from host.catalog import installed_catalog
from host.cli import output
from host.cli.conducting import RESULTS, Conduct, checked_ports, executor_of
from host.cli.progress import CampaignView, Words
from host.detection.experiment import DetectionExperiment
from host.detection.measuring import measure
from host.detection.record import DetectionRecord
from host.detection.trial import DetectionTrial, anchored, expand
from host.report.detection.listing import listed
from host.report.detection.points import named
from host.report.detection.tables import tables
from host.report.detection.writing import write_report


def conduct(experiment: DetectionExperiment, text: str, *, file: Path, how: Conduct) -> None:
    """Run an experiment, print its tables, and write its records and report.

    Parameters
    ----------
    experiment : DetectionExperiment
    text : str
        The experiment as TOML; kept beside the records.
    file : Path
        Where it was read from; the path of a scenario starts at its folder.
    how : Conduct
    """
    console = output.console_for(how.json_file)
    checked_ports(how.ports, ())
    trials = expand(experiment, file=file)
    folder = how.folder or RESULTS / experiment.name
    kept = anchored(experiment, text, folder=file.parent, file=str(file))
    campaign = Campaign(trials=trials, folder=folder, experiment=kept, kind=DetectionRecord)
    executor = executor_of(measure, trials, how=how, installed=installed_catalog())
    with CampaignView(console, Words(name=_name, result=_result)) as view:
        records = campaign.run(executor, observer=view)
    output.print_tables(console, tables(records))
    title = experiment.title or experiment.name
    written = write_report(title, records, folder=folder)
    console.print(f"records  {folder / 'records.jsonl'}\nreport   {written[0]}", soft_wrap=True)
    output.write_json(
        {
            "folder": str(folder),
            "report": [str(path) for path in written],
            **listed(records),
            "records": [json.loads(record.line()) for record in records],
        },
        how.json_file,
    )


def _name(trial: DetectionTrial) -> str:
    return f"{named(trial.cell)} · seed {trial.cell.seed}"


def _result(record: DetectionRecord) -> str:
    ser = record.data.ser
    return f"SER {ser.value:.3g}, {ser.errors} of {ser.n} symbols"
