# SPDX-License-Identifier: Apache-2.0
"""The receivers of an experiment by the names they get: classical ones, networks, learners."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from channels.dmrs_designs import DMRS_DESIGNS, Teaching
from channels.scenario import Scenario
from host import networks
from host.catalog import Catalog
from host.errors import ExperimentError, HostError
from host.experiment import HOST, TWIN, Experiment
from host.networks import Network
from receivers import catalog as receivers
from receivers.errors import ReceiverError, UnsuitedReceiverError
from receivers.learning.settings import LearnerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A receiver of an experiment.

    Parameters
    ----------
    label : str
        Its name in tables and records.
    network : Network or None
        Its network, if it is one.
    learner : LearnerSettings or None
        How it learns, if it does.
    key : str
        Where it stands in the experiment file.
    """

    label: str
    network: Network | None
    learner: LearnerSettings | None = None
    key: str

    @property
    def can_be_probed(self) -> bool:
        """Return whether its weights can be tried without learning."""
        return self.learner is not None and self.learner.design != "on-device"

    @property
    def runs_on_host(self) -> bool:
        """Return whether it can run in floating point on this machine."""
        return self.learner is None or self.learner.runs_on_host

    @property
    def runs_on_devices(self) -> bool:
        """Return whether it is a network that twin and boards can run, and patched if it learns."""
        if self.learner is not None and not self.learner.runs_on_devices:
            return False
        return self.network is not None


def find(experiment: Experiment, *, file: Path, catalog: Catalog) -> tuple[Named, ...]:
    """Find every receiver and learner, with its network read and checked.

    Raises
    ------
    ExperimentError
        A receiver does not exist (the legal names are listed), its weights are missing or damaged,
        or two have one name.
    """
    found: list[Named] = []
    for i, name in enumerate(experiment.receivers):
        key = f"receivers.{i}"
        taken = {*catalog.receivers, *(other.label for other in found)}
        try:
            network = _network(name, taken, beside=file.parent, catalog=catalog)
        except (ReceiverError, HostError) as error:
            raise ExperimentError(file=str(file), key=key, problem=str(error)) from None
        found.append(Named(label=networks.label_of(name), network=network, key=key))
    for label, table in experiment.learners.items():
        key = f"learners.{label}"
        taken = {*catalog.receivers, *(other.label for other in found)}
        try:
            if label in taken:
                raise HostError(f"another receiver is called {label!r} already; rename this one")
            network = _network(table.network, frozenset(), beside=file.parent, catalog=catalog)
            if network is None:
                legal = ", ".join(catalog.networks)
                raise HostError(f"{table.network} is no network; there are: {legal}")
        except (ReceiverError, HostError) as error:
            raise ExperimentError(file=str(file), key=key, problem=str(error)) from None
        found.append(Named(label=label, network=network, learner=table.settings, key=key))
    return tuple(found)


def check_fit(found: Sequence[Named], loaded: Sequence[Scenario], *, file: Path) -> None:
    """Check that every network can work in every scenario, and learn there if it is to.

    Raises
    ------
    ExperimentError
        Its weights are for another link, or it is to learn where no pilot can teach.
    """
    _check_links(found, loaded, file=file)
    taught = [r for r in found if r.learner and r.learner.labels == "pilots"]
    for receiver, scenario in product(taught, loaded):
        if not _teaches(scenario):
            problem = (
                f"no pilot of scenario {scenario.name} teaches; its link.dmrs.kind is "
                f'"{scenario.link.dmrs.kind}". Use {_teaching_designs()}'
            )
            raise ExperimentError(file=str(file), key=receiver.key, problem=problem)


def check_probe(
    found: Sequence[Named],
    probed: Sequence[Scenario],
    loaded: Sequence[Scenario],
    *,
    file: Path,
) -> None:
    """Check that learners can be tried in the scenarios of a probe, at the SNR of their trials.

    Raises
    ------
    ExperimentError
        A network is for another link, or a scenario counts its SNR in another kind.
    """
    _check_links([r for r in found if r.can_be_probed], probed, file=file)
    for other, scenario in product(probed, loaded):
        if other.snr.kind != scenario.snr.kind:
            problem = (
                f"{other.name} has its SNR as {other.snr.kind}, {scenario.name} as "
                f"{scenario.snr.kind}; probe scenarios of the same kind"
            )
            raise ExperimentError(file=str(file), key="probe.scenarios", problem=problem)


def _check_links(found: Sequence[Named], loaded: Sequence[Scenario], *, file: Path) -> None:
    fits = ((r, r.network.header, s) for r in found if r.network for s in loaded)
    for receiver, header, scenario in fits:
        try:
            header.require_fit(scenario, receiver=receiver.label)
        except UnsuitedReceiverError as error:
            raise ExperimentError(file=str(file), key=receiver.key, problem=str(error)) from None


def check_devices(
    found: Sequence[Named], devices: Sequence[str], *, file: Path, catalog: Catalog
) -> None:
    """Check that every learner has a device to run on, and that some receiver has.

    Raises
    ------
    ExperimentError
        One has none; the message says what to add to `devices`.
    """
    on_host, elsewhere = HOST in devices, any(device != HOST for device in devices)

    def runs(receiver: Named) -> bool:
        here = on_host and receiver.runs_on_host
        return here or (elsewhere and receiver.runs_on_devices)

    for receiver in found:
        if receiver.learner is not None and not runs(receiver):
            wanted = f'"{HOST}"' if receiver.runs_on_host else f'"{TWIN}" or a board'
            problem = f"nothing in devices can run this learner; add {wanted}"
            raise ExperimentError(file=str(file), key=receiver.key, problem=problem)
    if not any(runs(receiver) for receiver in found):
        raise ExperimentError(
            file=str(file),
            key="devices",
            problem="no trial is left: these receivers run on the host only; add "
            f'"{HOST}" to devices, or a network to receivers ({", ".join(catalog.networks)})',
        )


def _teaching_designs() -> str:
    *most, last = (k for k, one in DMRS_DESIGNS.items() if one.teaching is not Teaching.NONE)
    return f"{', '.join(most)} or {last}"


def _teaches(scenario: Scenario) -> bool:
    return scenario.link.dmrs.teaching is not Teaching.NONE


def _network(name: str, taken: Set[str], *, beside: Path, catalog: Catalog) -> Network | None:
    if not networks.is_file(name):
        if name not in catalog.receivers:
            raise receivers.unknown(name, legal=catalog.receivers)
        path = catalog.networks.get(name)
    elif networks.label_of(name) in taken:
        label = networks.label_of(name)
        raise HostError(f"{name}: another receiver is called {label!r} already; rename the file")
    else:
        path = beside / name
    return networks.load(path) if path else None
