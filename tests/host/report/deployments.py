# SPDX-License-Identifier: Apache-2.0
"""Records of deployments made by hand, for reports and comparisons to be made of."""

from host.deployment_record import Arena, DeploymentRecord, Elsewhere, Inputs
from host.memory_map import Buffer, MemoryMap
from host.record import Agreement, Band, Cost, Hardware, LinkUse, OperatorCost

LONG = "functional_1/a_rather_long_name_of_a_layer/BiasAdd;functional_1/joined/Relu"


def operator(name: str, kind: str, instructions: int | None, macs: int = 1000) -> OperatorCost:
    return OperatorCost(name=name, kind=kind, macs=macs, instructions=instructions)


OPERATORS = (
    operator(LONG, "CONV_2D", 600_000, macs=500_000),
    operator("pool", "AVERAGE_POOL_2D", 100_000, macs=0),
    operator("dense", "FULLY_CONNECTED", 299_900, macs=200_000),
    operator("softmax", "SOFTMAX", 100, macs=0),
)

ARENA = MemoryMap(
    operators=tuple(one.name for one in OPERATORS),
    kinds=tuple(one.kind for one in OPERATORS),
    buffers=(
        Buffer(name="input", offset=0, num_bytes=4000, begins=0.0, ends=1.0),
        Buffer(name=LONG, offset=4000, num_bytes=6000, begins=0.0, ends=2.0),
        Buffer(name="pool", offset=0, num_bytes=500, begins=1.0, ends=3.0),
        Buffer(name="dense", offset=512, num_bytes=12, begins=2.0, ends=3.5),
        Buffer(name="softmax", offset=512, num_bytes=12, begins=3.5, ends=4.0),
    ),
    scratch_offset=10_016,
    scratch_bytes=(2048, 0, 512, 0),
    peak_bytes=10_000,
    lower_bound_bytes=9_000,
)


def cost(
    *,
    factor: float = 1.0,
    operators: tuple[OperatorCost, ...] = OPERATORS,
    flash_bytes: int = 60_000,
) -> Cost:
    """Return a cost whose instructions, latency and energy are scaled."""
    scaled = tuple(
        one.model_copy(update={"instructions": round(factor * one.instructions)})
        if one.instructions is not None
        else one
        for one in operators
    )
    instructions = round(factor * 1_000_000)
    return Cost(
        macs_per_slot=700_000,
        instructions_per_slot=instructions,
        latency=band(1e-8 * instructions, unit="s", method="modelled:chip"),
        energy={"chip-1v8": band(1e-9 * instructions, unit="J", method="modelled:chip-1v8")},
        ram_bytes=30_000,
        ram_capacity_bytes=640_000,
        flash_bytes=flash_bytes,
        flash_capacity_bytes=2_000_000,
        link_bytes_per_slot=502,
        operators=scaled,
    )


def band(value: float, *, unit: str, method: str) -> Band:
    return Band(value=value, low=0.75 * value, high=1.25 * value, unit=unit, method=method)


def deployment(
    *,
    network: str = "keywords",
    board: str = "mps2-an386",
    costing: Cost | None = None,
    num_unequal: int = 0,
    seed: int = 1,
    elsewhere: tuple[Elsewhere, ...] = (),
    memory: MemoryMap | None = ARENA,
) -> DeploymentRecord:
    return DeploymentRecord(
        network=network,
        board=board,
        core="cortex-m4",
        inputs=Inputs(seed=seed, num_slots=4, shape=(49, 10, 1)),
        cost=costing or cost(),
        hardware=Hardware(
            board=board,
            stands_for="chip",
            firmware_hash="f" * 16,
            image_hash="a" * 64,
            agreement=Agreement(
                reference="twin", num_slots=4, num_values=48, num_unequal=num_unequal
            ),
        ),
        link=LinkUse(framed_bytes_per_slot=570.0, utilisation=None, num_retries=0),
        arena=Arena(image_bytes=25_000, activation_bytes=10_016, arena_bytes=12_064),
        memory=memory,
        elsewhere=elsewhere,
    )
