# SPDX-License-Identifier: Apache-2.0
"""Which sources a result depends on: their hash is part of a trial's name.

Listed is what computes a figure. What only carries one (records, errors, executors) is not, nor
what never runs in a trial: training, the loopback device, injected faults.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from host import provenance
from host.experiment import HOST, TWIN

_DETECTOR_WEIGHTS = tuple(
    f"receivers/mimo/deep/weights/{kind}-{modulation}.npz"
    for kind in ("filtered-unfolded", "gnn-sic", "lora-unfolded", "oamp-net")
    for modulation in ("16qam", "qpsk")
)
_MEASURING = (
    *_DETECTOR_WEIGHTS,
    "channels",
    "receivers",
    "sim",
    "host/course.py",
    "host/detector.py",
    "host/expense.py",
    "host/joined_detector.py",
    "host/keeping.py",
    "host/learning.py",
    "host/measurement.py",
    "host/merkle.py",
    "host/passage.py",
    "host/probing.py",
    "host/state_file.py",
    "host/stopping.py",
    "host/tally.py",
    "host/travel.py",
)
_DEPLOYED = (
    *_MEASURING,
    "boards",
    "firmware",
    "host/deployed.py",
    "host/deployment.py",
    "host/detector_versions.py",
    "host/on_device.py",
    "host/learning_devices.py",
    "host/learning_head.py",
    "host/versions.py",
)
_SERVING = (
    "boards",
    "firmware",
    "firmware/Makefile",
    "host/child.py",
    "host/conversation.py",
    "host/device.py",
    "host/device_info.py",
    "host/firmware.py",
    "host/flash_model.py",
    "host/framing.py",
    "host/head_learning.py",
    "host/inference.py",
    "host/launcher.py",
    "host/link_gauge.py",
    "host/link_statistics.py",
    "host/links",
    "host/merkle.py",
    "host/meters",
    "host/patching.py",
    "host/patience.py",
    "host/raw.py",
    "host/running.py",
    "host/session.py",
    "host/text_mode.py",
    "host/transfer.py",
    "host/wire.py",
    "host/wire_fields.py",
    "host/wire_learning.py",
    "host/wire_spikes.py",
    "host/wire_text.py",
    "sim/qemu.py",
)
_ON_BOARD = (
    *_DEPLOYED,
    *_SERVING,
    "host/board_cost.py",
    "host/board_receiver.py",
)
_SPIKING = ("channels/randomness.py", "host/spiking", "sim/estimate.py", "snn")
_SPIKING_DEPLOYED = (
    *_SPIKING,
    *_SERVING,
    "host/board_cost.py",
    "host/windows.py",
    "sim/__init__.py",
    "sim/errors.py",
    "sim/spiking_twin.py",
    "sim/twin.py",
    "sim/twin_build.py",
)
_IN_NO_SPIKING_TRIAL = (
    "host/spiking/deploying.py",
    "host/spiking/deployment_record.py",
    "host/spiking/preparing.py",
    "host/spiking/showing.py",
)
_DETECTORS_ON_DEVICES = (
    "receivers/mimo/integer/__init__.py",
    "receivers/mimo/integer/compilers.py",
    "receivers/mimo/integer/deployment.py",
    "receivers/mimo/integer/detector.py",
    "receivers/mimo/integer/elements.py",
    "receivers/mimo/integer/functions.py",
    "receivers/mimo/integer/gnn_image.py",
    "receivers/mimo/integer/gnn_network.py",
    "receivers/mimo/integer/gnn_quantizing.py",
    "receivers/mimo/integer/gnn_ranges.py",
    "receivers/mimo/integer/image.py",
    "receivers/mimo/integer/levels.py",
    "receivers/mimo/integer/lora_image.py",
    "receivers/mimo/integer/lora_network.py",
    "receivers/mimo/integer/lora_quantizing.py",
    "receivers/mimo/integer/ranges.py",
    "receivers/mimo/integer/unknowns.py",
)
_DETECTORS_DEFINED = (
    "receivers/mimo/integer/gnn_reference.py",
    "receivers/mimo/integer/lmmse_reference.py",
    "receivers/mimo/integer/lora_reference.py",
)
_DETECTION = (
    "channels",
    "host/detection",
    "host/stopping.py",
    "host/tally.py",
    "receivers/__init__.py",
    "receivers/errors.py",
    "receivers/mimo",
    "receivers/weights_archive.py",
    "sim/__init__.py",
    "sim/estimate.py",
    "sim/mimo",
    "sim/modulation.py",
    "sim/qam.py",
)
_IN_NO_DETECTION_TRIAL = (
    "channels/impairments/chain.py",
    "channels/impairments/iq_imbalance.py",
    "channels/impairments/oscillator.py",
    "channels/remarks.py",
    "receivers/mimo/deep/beforehand.py",
    "receivers/mimo/deep/online.py",
    "receivers/mimo/deep/online_settings.py",
    "receivers/mimo/deep/taught.py",
    "receivers/mimo/element_wise.py",
    *_DETECTORS_DEFINED,
    *_DETECTORS_ON_DEVICES,
    "sim/mimo/mixture.py",
    "sim/mimo/scenario_elements.py",
)

_NEVER_IN_A_TRIAL = (
    "channels/impairments/front_end.py",
    "channels/matrices.py",
    "channels/remarks.py",
    "receivers/checkpoints.py",
    "receivers/learning/delay_model.py",
    "receivers/mimo/deep/beforehand.py",
    "receivers/mimo/deep/channel_fit.py",
    "receivers/mimo/deep/deep_sic.py",
    "receivers/mimo/deep/learning.py",
    *_DETECTORS_DEFINED,
    "receivers/neural/settings.py",
    "receivers/neural/training.py",
    "receivers/theory/__init__.py",
    "receivers/theory/errors.py",
    "receivers/theory/gradient_cosine.py",
    "receivers/theory/interval.py",
    "receivers/theory/least_squares.py",
    "receivers/theory/recommendation.py",
    "receivers/theory/rehearsal.py",
    "receivers/theory/rehearsal_draws.py",
    "receivers/theory/tasks.py",
    "receivers/theory/update_draws.py",
    "receivers/theory/update_magnitude.py",
    "sim/estimate.py",
    "sim/faults.py",
    "sim/loopback.py",
    "sim/meters/__init__.py",
    "sim/meters/joulescope.py",
    "sim/meters/lpm01a.py",
    "sim/meters/ppk2.py",
    "sim/meters/serial_replay.py",
    "sim/meters/trace.py",
    "sim/mimo/blocks.py",
    "sim/mimo/mixture.py",
    "sim/mimo/scenario_elements.py",
    "sim/loopback_server.py",
    "sim/loopback_store.py",
    "sim/shift_network.py",
    "sim/spiking_twin.py",
)
_NOT_ON_TWIN = (*_NEVER_IN_A_TRIAL, "sim/qemu.py")
_NOT_ON_HOST = (
    *_NOT_ON_TWIN,
    *_DETECTORS_ON_DEVICES,
    "receivers/neural/deployment.py",
    "sim/twin.py",
    "sim/twin_build.py",
)

_SUFFIXES = frozenset({".py", ".c", ".h", ".ld", ".S", ".json", ".csv"})


def places(device: str) -> tuple[str, ...]:
    """Return the folders and files that trials on this device depend on, from the root."""
    return {HOST: _MEASURING, TWIN: _DEPLOYED}.get(device, _ON_BOARD)


def files(device: str) -> tuple[str, ...]:
    """Return the source files that trials on this device depend on, from the root.

    Of a folder these are Python and C sources and the tables beside them. Left out are boards,
    scenarios and weights of receivers, whose content is hashed where it is used.
    """
    left_out = {HOST: _NOT_ON_HOST, TWIN: _NOT_ON_TWIN}.get(device, _NEVER_IN_A_TRIAL)
    found = {file for place in places(device) for file in _files_of(provenance.ROOT / place)}
    return tuple(sorted(found - set(left_out)))


def spiking_files(*, deployed: bool) -> tuple[str, ...]:
    """Return the source files that trials of spiking networks depend on, from the root.

    `deployed` adds those of twin and boards. Recordings are hashed themselves.
    """
    named = _SPIKING_DEPLOYED if deployed else _SPIKING
    found = {file for place in named for file in _files_of(provenance.ROOT / place)}
    return tuple(sorted(found - set(_IN_NO_SPIKING_TRIAL)))


def detection_files() -> tuple[str, ...]:
    """Return the source files that trials of detectors depend on, from the root."""
    found = {file for place in _DETECTION for file in _files_of(provenance.ROOT / place)}
    return tuple(sorted(found - set(_IN_NO_DETECTION_TRIAL)))


@cache
def version(device: str) -> str:
    """Return one hash over the sources that trials on this device depend on.

    Weights of detectors that ship are named by no receiver, so they count here.
    """
    return provenance.code_version((*files(device), *_detector_weights()))


@cache
def detection_version() -> str:
    """Return one hash over the sources that trials of detectors depend on, and shipped weights."""
    return provenance.code_version((*detection_files(), *_detector_weights()))


def _detector_weights() -> tuple[str, ...]:
    found = (provenance.ROOT / "receivers/mimo/deep/weights").glob("*.npz")
    return tuple(sorted(file.relative_to(provenance.ROOT).as_posix() for file in found))


def _files_of(place: Path) -> Iterator[str]:
    named = [place] if place.is_file() else (f for f in place.rglob("*") if f.suffix in _SUFFIXES)
    yield from (path.relative_to(provenance.ROOT).as_posix() for path in named if path.is_file())
