# SPDX-License-Identifier: Apache-2.0
"""The record of a deployment: what a network costs on a board, and on others beside it.

`airloop deploy --json FILE` writes one; reports and comparisons are made from it alone. What was
not measured is null.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from host.errors import RecordError
from host.memory_map import MemoryMap
from host.record import Band, Cost, Hardware, LinkUse

SUFFIX = ".json"
DEPLOYMENT = "deployment.json"
"""The record in the folder of a report."""
_SPIKING = "spiking-deployment"


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Elsewhere(_Table):
    """The same network on another board; `problem` says why there is no cost."""

    board: str
    core: str
    cost: Cost | None = None
    num_unequal: int | None = None
    problem: str | None = None


class Inputs(_Table):
    """Which inputs the board was given, uniformly random: another seed, other inputs."""

    seed: int
    num_slots: int
    shape: tuple[int, ...]


class Arena(_Table):
    """What the image and a run of it take [bytes], as the host knows it."""

    image_bytes: int
    activation_bytes: int
    arena_bytes: int


class Narrowed(_Table):
    """A layer whose weights were made to take fewer bits, and the share of their square it cost."""

    bits: int
    error: float


class Bands(_Table):
    """The first operators of a network, cut into bands of rows, and the work that is done twice."""

    num_operators: int
    num_bands: int
    extra_macs: int


class DeploymentRecord(_Table):
    """What one network made of one board.

    `network` is its name in the image, `energy` what a meter measured of a slot, by the meter's
    name. `weight_bits` is that of each operator, null where it has no weights; `narrowed` tells the
    layers of a network of integers that lost some. `bands` is null for a network that fitted as it
    was. `memory` is null where the network came as an
    image, which has no names of tensors.
    """

    schema_version: Literal[1] = 1
    kind: Literal["deployment"] = "deployment"
    network: str
    board: str
    core: str
    inputs: Inputs
    cost: Cost
    hardware: Hardware
    link: LinkUse
    arena: Arena
    energy: Mapping[str, Band] = {}
    memory: MemoryMap | None = None
    quantization: Mapping[str, Any] | None = None
    weight_bits: tuple[int | None, ...] = ()
    narrowed: Mapping[str, Narrowed] = {}
    bands: Bands | None = None
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def macs(self) -> int:
        """Return the multiply-accumulates of a slot."""
        return sum(operator.macs for operator in self.cost.operators)

    @classmethod
    def load(cls, path: Path) -> "DeploymentRecord":
        """Read the file that `airloop deploy --json` wrote.

        Raises
        ------
        RecordError
            It is gone, or no such file.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problem = error.strerror if isinstance(error, OSError) else "it is no text"
            raise RecordError(f"{path}: cannot be read ({problem}); {_HOW}") from None
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(str(part) for part in first["loc"]) or "the file"
            if key == "kind" and first["input"] == _SPIKING:
                problem = "the record of a spiking network, which has recordings instead of slots"
                raise RecordError(
                    f"{path}: {problem}; name two records of other networks"
                ) from None
            problem = f"no record of a deployment ({key}: {first['msg']})"
            raise RecordError(f"{path}: {problem}; {_HOW}") from None


_HOW = "make one with: airloop deploy NETWORK --json FILE"
