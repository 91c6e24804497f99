# SPDX-License-Identifier: Apache-2.0
"""Which sources name a trial: all that its figures come from, measured by what is imported."""

import ast
from collections.abc import Iterator, Set
from pathlib import Path

import pytest

from host import provenance, sources

ROOT = provenance.ROOT
PACKAGES = ("boards", "channels", "host", "receivers", "sim", "snn")
DEVICES = ("host", "twin", "native")

# Imported where a trial is measured, and no part of a figure: they name, carry or word it.
CARRIERS = {
    "host/__init__.py",
    "host/catalog.py",
    "host/error_roots.py",
    "host/errors.py",
    "host/executor.py",
    "host/experiment.py",
    "host/experiment_table.py",
    "host/interruption.py",
    "host/journal.py",
    "host/learners.py",
    "host/detector_checks.py",
    "host/named.py",
    "host/networks.py",
    "host/provenance.py",
    "host/record.py",
    "host/result.py",
    "host/sources.py",
    "host/trial.py",
    "snn/__init__.py",
    "snn/errors.py",
}


def imported_by(file: Path) -> Iterator[Path]:
    """Yield the files of ours that a file imports, at its head or inside a function."""
    for node in ast.walk(ast.parse(file.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.split(".")[0] in PACKAGES:
                yield from files_of(name)


def files_of(module: str) -> Iterator[Path]:
    """Yield the files that an import runs: the module's, and those of the packages around it."""
    path = ROOT.joinpath(*module.split("."))
    packages = (p / "__init__.py" for p in (path, *path.parents) if p.is_relative_to(ROOT))
    yield from (f for f in (path.with_suffix(".py"), *packages) if f.is_file())


def closure(begin: str, *, left: Set[str] = frozenset()) -> set[str]:
    """Return the files that one imports, and those that they import; `left` are not followed."""
    waiting, found = [ROOT / begin], {ROOT / file for file in left}
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting.extend(imported_by(file))
    found -= {ROOT / file for file in left}
    return {file.relative_to(ROOT).as_posix() for file in found}


def test_all_that_measuring_imports_names_a_trial_on_a_board() -> None:
    measuring = closure("host/measurement.py")

    assert len(measuring) > 60
    assert measuring - set(sources.files("native")) == CARRIERS, "list it in host/sources.py"


def test_what_no_trial_imports_names_none() -> None:
    measuring = closure("host/measurement.py")
    counted = {file for file in sources.files("native") if file.endswith(".py")}

    assert {file for file in counted - measuring if not file.startswith("boards/")} == {
        "firmware/board_facts.py",
        "firmware/ports/rp2040/finish.py",
    }


def test_all_that_measuring_imports_names_a_trial_of_spiking_networks_on_a_board() -> None:
    measuring = closure("host/spiking/measuring.py", left=CARRIERS)
    making_data = {f for f in measuring if f.startswith("channels/") or f == "sim/qam.py"}

    missing = measuring - set(sources.spiking_files(deployed=True)) - making_data

    assert missing == set(), "list it in host/sources.py"


def test_a_spiking_trial_without_devices_outlives_a_change_of_the_firmware() -> None:
    named = sources.spiking_files(deployed=False)

    assert not [file for file in named if file.startswith(("firmware", "boards", "sim/twin"))]
    assert "snn/unrolling.py" in named
    assert set(named) < set(sources.spiking_files(deployed=True))


def test_what_deploys_a_spiking_network_names_no_trial_of_any() -> None:
    measuring = closure("host/spiking/measuring.py")
    there = {file.relative_to(ROOT).as_posix() for file in (ROOT / "host/spiking").glob("*.py")}
    left_out = there - set(sources.spiking_files(deployed=True))

    assert "host/spiking/showing.py" in left_out
    assert not left_out & measuring


def test_a_trial_of_detectors_is_named_by_all_that_measuring_it_imports_and_nothing_else() -> None:
    measuring = closure("host/detection/measuring.py", left=CARRIERS)

    assert "receivers/mimo/deep/gnn_sic.py" in measuring
    assert set(sources.detection_files()) == measuring, "list it in host/sources.py"


def test_training_and_fakes_name_no_trial() -> None:
    assert (ROOT / "sim" / "loopback.py").exists()
    for device in DEVICES:
        named = sources.files(device)
        assert not [file for file in named if "loopback" in file or "faults" in file]
        assert "receivers/neural/training.py" not in named
        assert "receivers/neural/settings.py" not in named


@pytest.mark.parametrize("device", DEVICES)
def test_every_place_that_is_listed_exists(device: str) -> None:
    for place in sources.places(device):
        assert (ROOT / place).exists(), place


def test_a_board_counts_more_code_than_its_twin_and_the_twin_more_than_the_host() -> None:
    assert set(sources.files("host")) < set(sources.files("twin")) < set(sources.files("native"))


def test_how_the_firmware_is_compiled_counts_on_boards() -> None:
    assert "firmware/Makefile" in sources.files("native")
    assert "firmware/kernels/add_s8.c" in sources.files("native")


def test_a_hosts_trial_outlives_a_change_of_the_firmware() -> None:
    named = sources.files("host")

    assert not [file for file in named if file.startswith(("firmware", "boards"))]
    assert not {"sim/twin.py", "sim/qemu.py", "receivers/neural/deployment.py"} & set(named)
    assert "receivers/neural/weights_file.py" in named


def test_the_code_version_follows_sources_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    monkeypatch.setattr(sources, "places", lambda _device: ("package",))
    source, other = tmp_path / "package" / "code.py", tmp_path / "package" / "README.md"
    source.parent.mkdir()
    versions: list[str] = []

    for path, text in ((source, "a = 1"), (other, "words"), (source, "a = 2")):
        path.write_text(text)
        provenance.code_version.__globals__["_hash_of_file"].cache_clear()
        versions.append(provenance.code_version(sources.files("host")))

    assert versions[0] == versions[1] != versions[2]
