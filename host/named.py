# SPDX-License-Identifier: Apache-2.0
"""The receivers of an experiment by the names they get: classical ones, networks, learners."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from channels.dmrs_designs import DMRS_DESIGNS, Teaching
from channels.scenario import Scenario
from host import detector_checks, networks
from host.catalog import Catalog
from host.errors import ExperimentError, HostError
from host.experiment import HOST, TWIN, Experiment
from host.learners import DetectorLearnerTable, LearnerTable, Policy
from host.networks import Network
from receivers import catalog as receivers
from receivers.errors import ReceiverError, UnsuitedReceiverError
from receivers.joined import Joined, joined, require_fit
from receivers.mimo.deep.weights_file import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A receiver of an experiment.

    Parameters
    ----------
    label : str
        Its name in tables and records.
    network : Network or None
        Its network, if it is one.
    learner : LearnerSettings, DetectorLearnerTable or None
        How it learns, if it does.
    joined : Joined or None
        Estimate and detector, for a receiver of several users that is made of both.
    key : str
        Where it stands in the experiment file.
    """

    label: str
    network: Network | None
    learner: Policy | None = None
    joined: Joined | None = None
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
        """Return whether twin and boards can run it, and patch it if it learns."""
        if self.learner is not None and not self.learner.runs_on_devices:
            return False
        return self.network is not None or (self.joined is not None and self.joined.runs_on_devices)

    def detector_hash(self, scenario: Scenario) -> str | None:
        """Return the hash of the weights of its detector, in hexadecimal; None without any."""
        parts = self.joined
        path = parts.weights(scenario.link.num_bits_per_symbol) if parts else None
        return read(path).sha256 if path else None


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
            parts = joined(name, beside=file.parent)
            label = parts.name if parts else networks.label_of(name)
            if parts is not None and parts.file is not None:
                _require_free(label, taken, name)
            network = None if parts else _network(name, taken, beside=file.parent, catalog=catalog)
        except (ReceiverError, HostError) as error:
            raise ExperimentError(file=str(file), key=key, problem=str(error)) from None
        found.append(Named(label=label, network=network, joined=parts, key=key))
    for label, table in experiment.learners.items():
        key = f"learners.{label}"
        taken = {*catalog.receivers, *(other.label for other in found)}
        try:
            if label in taken:
                raise HostError(f"another receiver is called {label!r} already; rename this one")
            if isinstance(table, DetectorLearnerTable):
                parts = detector_checks.detector_that_learns(table, beside=file.parent)
                policy = table.model_copy(update={"receiver": parts.name})
                found.append(
                    Named(label=label, network=None, learner=policy, joined=parts, key=key)
                )
                continue
            network = _learning_network(table, beside=file.parent, catalog=catalog)
        except (ReceiverError, HostError) as error:
            raise ExperimentError(file=str(file), key=key, problem=str(error)) from None
        found.append(Named(label=label, network=network, learner=table.settings, key=key))
    return tuple(found)


def _learning_network(table: LearnerTable, *, beside: Path, catalog: Catalog) -> Network:
    network = _network(table.network, frozenset(), beside=beside, catalog=catalog)
    if network is None:
        legal = ", ".join(catalog.networks)
        raise HostError(f"{table.network} is no network; there are: {legal}")
    return network


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
        if isinstance(receiver.learner, DetectorLearnerTable) and _teaches(scenario):
            problem = detector_checks.unheard_together(scenario)
            if problem:
                raise ExperimentError(file=str(file), key=receiver.key, problem=problem)
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
    if any(isinstance(receiver.learner, DetectorLearnerTable) for receiver in found):
        for other, scenario in product(probed, loaded):
            problem = detector_checks.unlike(other, scenario)
            if problem:
                raise ExperimentError(file=str(file), key="probe.scenarios", problem=problem)


def _check_links(found: Sequence[Named], loaded: Sequence[Scenario], *, file: Path) -> None:
    for receiver, scenario in product(found, loaded):
        try:
            if receiver.network is not None:
                receiver.network.header.require_fit(scenario, receiver=receiver.label)
            if receiver.joined is not None:
                require_fit(receiver.joined, scenario)
        except UnsuitedReceiverError as error:
            raise ExperimentError(file=str(file), key=receiver.key, problem=str(error)) from None


def check_devices(
    found: Sequence[Named],
    devices: Sequence[str],
    loaded: Sequence[Scenario],
    *,
    file: Path,
    catalog: Catalog,
) -> None:
    """Check that every learner has a device to run on, that some receiver has, and what it is for.

    Raises
    ------
    ExperimentError
        One has none, and the message says what to add to `devices`; or devices cannot detect the
        users of a scenario.
    """
    on_host, elsewhere = HOST in devices, any(device != HOST for device in devices)

    def runs(receiver: Named) -> bool:
        here = on_host and receiver.runs_on_host
        return here or (elsewhere and receiver.runs_on_devices)

    on_devices = [r for r in found if elsewhere and r.joined and r.runs_on_devices]
    for receiver, scenario in product(on_devices, loaded):
        problem = detector_checks.too_much_for_devices(scenario)
        if problem:
            raise ExperimentError(file=str(file), key=receiver.key, problem=problem)

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
    else:
        _require_free(networks.label_of(name), taken, name)
        path = beside / name
    return networks.load(path) if path else None


def _require_free(label: str, taken: Set[str], name: str) -> None:
    if label in taken:
        raise HostError(f"{name}: another receiver is called {label!r} already; rename the file")
