# SPDX-License-Identifier: Apache-2.0
"""Learning with a device in the loop: the device detects what its twin does, before and after."""

from pathlib import Path

import pytest

from host.errors import ExperimentError
from host.record import Record
from tests.host.built_firmware import built
from tests.host.learning_campaign import SCENARIO, trials, whole

DEVICES = """
name = "learning"
scenarios = ["narrow.toml"]
devices = ["host", "twin", "native"]
coded = false
[learners.keen]
network = "mine.npz"
gate = "open"
validate_every = 2
validation = false
[learners.head]
network = "mine.npz"
design = "on-device"
[learners.reusing]
network = "mine.npz"
design = "forward-reuse"
gate = "open"
[stop]
min_slots = 160
max_slots = 160
block_size = 16
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Record]:
    """Return the records of the experiment by receiver and device."""
    built("native")
    folder: Path = tmp_path_factory.mktemp("devices")
    done = (whole(trial) for trial in trials(folder, text=DEVICES))
    return {(record.cell.receiver, record.cell.device): record for record in done}


def test_each_learner_runs_where_its_design_allows(
    records: dict[tuple[str, str], Record],
) -> None:
    assert set(records) == {
        ("keen", "host"),
        ("reusing", "host"),
        ("keen", "twin"),
        ("keen", "native"),
        ("head", "twin"),
        ("head", "native"),
    }


@pytest.mark.parametrize("receiver", ["keen", "head"])
def test_a_board_that_changes_is_its_twin_at_every_slot(
    records: dict[tuple[str, str], Record], receiver: str
) -> None:
    board = records[receiver, "native"]

    assert board.learning is not None
    assert board.learning.num_updates >= 3
    assert board.hardware is not None
    agreement = board.hardware.agreement
    assert agreement is not None
    assert agreement.num_slots == 160
    assert agreement.num_values >= 160 * 132 * 2
    assert agreement.num_unequal == 0


def test_a_patch_is_smaller_than_the_image_and_its_size_is_kept(
    records: dict[tuple[str, str], Record],
) -> None:
    for device in ("twin", "native"):
        learning = records["keen", device].learning
        assert learning is not None
        sizes = learning.update_bytes
        assert sizes is not None
        assert len(sizes) == learning.num_updates
        assert all(0 < size < 16_384 for size in sizes)
    twin, board = (records["keen", device].learning for device in ("twin", "native"))
    assert twin is not None
    assert board is not None
    assert board.model_copy(update={"update_slots": None}) == twin


def test_what_an_update_takes_on_its_way_is_told(records: dict[tuple[str, str], Record]) -> None:
    """A piece of 2 KiB travels behind each slot, and the mini-batch of 8 slots ends all of them."""
    board = records["keen", "native"]

    assert board.learning is not None
    slots, sizes = board.learning.update_slots, board.learning.update_bytes
    assert slots is not None
    assert sizes is not None
    assert all(0 < num_slots <= 8 for num_slots in slots)
    assert all(2048 * n >= size or n == 8 for n, size in zip(slots, sizes, strict=False))
    assert board.run.learning is not None
    assert board.run.learning.sending_s_per_update
    on_host = records["keen", "host"].learning
    assert on_host is not None
    assert on_host.update_slots is None


def test_a_device_that_learns_by_itself_gets_labels_alone(
    records: dict[tuple[str, str], Record],
) -> None:
    twin, board = (records["head", device] for device in ("twin", "native"))

    assert twin.learning == board.learning
    assert twin.learning is not None
    assert twin.learning.update_bytes == (16 * 18 * 3,) * 10
    assert twin.provenance.merkle_root == board.provenance.merkle_root


@pytest.mark.parametrize(
    ("design", "devices", "advice"),
    [
        ("on-device", '["host"]', 'add "twin" or a board'),
        ("forward-reuse", '["twin"]', 'add "host"'),
    ],
)
def test_a_learner_that_nothing_can_run_is_refused_with_what_to_add(
    tmp_path: Path, design: str, devices: str, advice: str
) -> None:
    text = f"""
name = "learning"
scenarios = ["narrow.toml"]
devices = {devices}
coded = false
[learners.odd]
network = "mine.npz"
design = "{design}"
[stop]
max_slots = 4_096
"""

    with pytest.raises(ExperimentError, match=rf"learners\.odd: nothing in devices .* {advice}"):
        trials(tmp_path, text=text)


@pytest.mark.parametrize(
    ("probed", "complaint"),
    [
        ('"narrow.toml", "narrow.toml"', "probe: scenarios: one stands there twice"),
        ('"sionna-tutorial"', "learners.keen: .* its weights are for"),
        ('"plain.toml"', "probe.scenarios: plain has its SNR as ebno_db"),
    ],
)
def test_a_probe_that_cannot_be_is_refused(tmp_path: Path, probed: str, complaint: str) -> None:
    (tmp_path / "plain.toml").write_text(SCENARIO.replace('"snr_db"', '"ebno_db"'))
    text = f"""
name = "learning"
scenarios = ["narrow.toml"]
coded = false
[learners.keen]
network = "mine.npz"
[probe]
scenarios = [{probed}]
every_slots = 64
[stop]
max_slots = 4_096
"""

    with pytest.raises(ExperimentError, match=complaint):
        trials(tmp_path, text=text)


def test_a_probe_needs_no_pilot_that_teaches(tmp_path: Path) -> None:
    fixed = SCENARIO.replace('kind = "random", num_pilots = 36, slots_per_draw = 16, seed = 1', "")
    (tmp_path / "fixed.toml").write_text(fixed)
    text = DEVICES.replace(
        "[stop]", '[probe]\nscenarios = ["fixed.toml"]\nevery_slots = 32\n[stop]'
    )

    planned = {t.cell.receiver: t.cell.probe for t in trials(tmp_path, text=text)}

    assert planned["keen"] is not None
    assert planned["head"] is None
