# SPDX-License-Identifier: Apache-2.0
"""What is compared: the records of a campaign, or the record of a deployment, by file or folder."""

from dataclasses import dataclass
from pathlib import Path

from host.campaign import RECORDS
from host.deployment_record import DEPLOYMENT, SUFFIX, DeploymentRecord
from host.errors import RecordError
from host.experiment_table import DETECTION, SPIKING
from host.journal import read_records
from host.record import Record
from host.result_kind import kind_of_results

HINTS = {
    DETECTION: "its report has the ratio of any two detectors, with intervals",
    SPIKING: "its report has all networks side by side",
}
"""Where results of other kinds are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two results; `deployment` is None for records, which are then at least one."""

    path: Path
    records: tuple[Record, ...] = ()
    deployment: DeploymentRecord | None = None

    @property
    def kind(self) -> str:
        """Return what it is, in words."""
        return "records" if self.deployment is None else "a deployment"


def load_side(path: Path) -> Side:
    """Read a folder of results, a file of records, or the record of a deployment.

    Raises
    ------
    RecordError
        It is gone, damaged, or none of these.
    """
    if path.is_dir() and (path / DEPLOYMENT).is_file():
        return Side(path=path, deployment=DeploymentRecord.load(path / DEPLOYMENT))
    if path.suffix == SUFFIX:
        return Side(path=path, deployment=DeploymentRecord.load(path))
    file = path / RECORDS if path.is_dir() or not path.suffix else path
    kind = kind_of_results(file)
    if kind:
        raise RecordError(
            f"{file}: these are results of kind {kind!r}; only those of links and deployments are "
            f"compared. What is to be compared belongs into one experiment: {HINTS[kind]}"
        )
    records = tuple(read_records(file))
    if not records:
        raise RecordError(f"{file}: there is no record in it; make some with: airloop run")
    return Side(path=path, records=records)
