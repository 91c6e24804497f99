# SPDX-License-Identifier: Apache-2.0
"""Runs one detection trial: block by block, it learns from the pilots and detects the data."""

import math
import os
import platform
import time
from dataclasses import replace
from datetime import UTC, datetime

import torch

from channels.matrices import FromScenario, MatrixSource, Rayleigh, SyntheticDecay
from channels.randomness import generator
from host import provenance
from host.detection import unfinished
from host.detection.conditions import RayleighSource, SyntheticDecaySource
from host.detection.counting import counted, joined
from host.detection.figures import figures, gap, of_data, of_pilots
from host.detection.record import (
    BlockResult,
    Counted,
    DetectionProvenance,
    DetectionRecord,
    DetectionRun,
)
from host.detection.trial import DetectionTrial, code_version
from host.detection.unfinished import Sitting
from host.errors import HostError
from host.executor import Progress, Watch
from receivers.mimo import catalog
from receivers.mimo.deep.channel_fit import Fitted
from receivers.mimo.deep.learning import LearningSettings, learn
from receivers.mimo.deep.network import Deep
from receivers.mimo.detector import Detector
from sim.mimo.blocks import BlockSettings, draw
from sim.mimo.problem import Block

_CHUNK = 1000  # elements detected together: bounds the memory
_NUM_SEEDS = 1 << 31


def measure(trial: DetectionTrial, watch: Watch) -> DetectionRecord:
    """Run one trial; this is the `Work` of the executors. Every finished block is kept.

    Raises
    ------
    ReceiverError
        The detector cannot solve these problems.
    """
    torch.set_num_threads(1)
    started, wall_s = datetime.now(UTC), time.monotonic()
    sitting = unfinished.read(trial.unfinished, trial_id=trial.trial_id)
    for number, block in enumerate(trial.cell.blocks):
        if number >= len(sitting.blocks):
            _detect_block(trial, block, sitting)
            unfinished.write(trial.unfinished, sitting, trial_id=trial.trial_id)
        watch(_progress(trial, sitting))
    data = figures(sitting.blocks, of_data)
    if data is None:
        raise HostError(f"trial {trial.trial_id} has no data to judge by")
    return DetectionRecord(
        trial_id=trial.trial_id,
        cell=trial.cell,
        num_parameters=sitting.num_parameters,
        data=data,
        pilots=figures(sitting.blocks, of_pilots),
        gap=gap(sitting.blocks),
        blocks=tuple(sitting.blocks),
        provenance=DetectionProvenance(
            experiment=trial.experiment,
            anchor=trial.anchor,
            code_version=code_version(),
            scenario_hash=trial.scenario_hash,
            versions=dict(provenance.versions()),
        ),
        run=DetectionRun(
            started=started.isoformat(timespec="seconds"),
            git_commit=provenance.git_commit(),
            learning_cpu_s=round(sitting.learning_cpu_s, 3),
            detection_cpu_s=round(sitting.detection_cpu_s, 3),
            wall_s=round(time.monotonic() - wall_s, 3),
            host=platform.node(),
            worker=os.getpid(),
        ),
    )


def block_of(trial: DetectionTrial, block: int) -> Block:
    """Return a block of a trial: the part of pilots, and the data behind it."""
    cell = trial.cell
    settings = BlockSettings(
        source=_source(trial),
        modulation=cell.modulation,
        snr_db=cell.snr_db,
        num_elements=cell.pilot_part + cell.num_data,
        csi_error_variance=cell.csi_error_variance,
        distortion=cell.distortion.build(),
    )
    return draw(settings, seed=cell.seed, block=block)


def cluster_of(trial: DetectionTrial, block: int) -> str:
    """Return the name of what a block shares its channel with.

    The synthetic decay is the same with every seed, Rayleigh fading is new in every block, and the
    slots of a scenario share drops: its clusters are the shortest runs of blocks whose ends are
    ends of drops too.
    """
    cell = trial.cell
    if trial.scenario is None:
        is_new = isinstance(cell.source, RayleighSource)
        return f"seed {cell.seed}, block {block}" if is_new else f"block {block}"
    size = cell.pilot_part + cell.num_data
    num_slots = -(-size // trial.scenario.grid.num_resource_elements)
    slots_per_drop = trial.scenario.channel.slots_per_drop
    if not slots_per_drop:
        return f"seed {cell.seed}"
    return f"seed {cell.seed}, run {block * num_slots // math.lcm(num_slots, slots_per_drop)}"


def num_parameters(detector: Detector) -> int:
    """Return the trained values of a detector's network, 0 if it has none."""
    inside = detector.detector if isinstance(detector, Fitted) else detector
    return inside.network.num_parameters if isinstance(inside, Deep) else 0


def _detect_block(trial: DetectionTrial, block: int, sitting: Sitting) -> None:
    """Add one block to what is known."""
    cell, drawn = trial.cell, block_of(trial, block)
    pilots = drawn.part(start=0, stop=cell.num_pilots or 0)
    data = drawn.part(start=cell.pilot_part, stop=cell.pilot_part + cell.num_data)
    began_s = time.process_time()
    detector = _detector(trial, pilots, block)
    sitting.learning_cpu_s += time.process_time() - began_s if cell.num_pilots else 0.0
    detector.detect(data.problem.part(start=0, stop=1))  # libraries are loaded with the first
    began_s = time.process_time()
    of_data = _counted(detector, data)
    sitting.detection_cpu_s += time.process_time() - began_s
    sitting.num_parameters = num_parameters(detector)
    sitting.blocks.append(
        BlockResult(
            block=block,
            cluster=cluster_of(trial, block),
            data=of_data,
            pilots=_counted(detector, pilots) if cell.num_pilots else None,
        )
    )


def _detector(trial: DetectionTrial, pilots: Block, block: int) -> Detector:
    cell = trial.cell
    if cell.num_pilots is None:
        return catalog.build(cell.detector)
    # First weights of its own in each block: what they do is then part of the spread of blocks.
    seed = generator(seed=cell.seed, stream="first-weights", index=block).integers(_NUM_SEEDS)
    settings = LearningSettings(seed=int(seed), is_channel_real=_source(trial).is_real)
    if cell.num_iterations is not None:
        settings = replace(settings, num_iterations=cell.num_iterations)
    return learn(cell.detector, pilots, settings)


def _counted(detector: Detector, block: Block) -> Counted:
    size = block.problem.num_elements
    parts = [
        block.part(start=start, stop=min(start + _CHUNK, size)) for start in range(0, size, _CHUNK)
    ]
    return joined([counted(detector.detect(part.problem), part.sent) for part in parts])


def _source(trial: DetectionTrial) -> MatrixSource:
    cell, source = trial.cell, trial.cell.source
    if trial.scenario is not None:
        return FromScenario(scenario=trial.scenario)
    size = {"num_rx_ant": cell.num_rx_ant, "num_tx": cell.num_tx}
    if isinstance(source, SyntheticDecaySource):
        return SyntheticDecay(has_fading=source.has_fading, **size)
    if isinstance(source, RayleighSource):
        return Rayleigh(
            rx_correlation=source.rx_correlation,
            tx_correlation=source.tx_correlation,
            is_block_fading=source.is_block_fading,
            **size,
        )
    raise HostError(f"trial {trial.trial_id} names a scenario and has none")


def _progress(trial: DetectionTrial, sitting: Sitting) -> Progress:
    wrong = sum(block.data.symbol_errors for block in sitting.blocks)
    seen = sum(block.data.num_symbols for block in sitting.blocks)
    return Progress(
        trial_id=trial.trial_id,
        num_done=len(sitting.blocks),
        num_in_all=len(trial.cell.blocks),
        standing=f"SER {wrong / seen:.2g}",
    )
