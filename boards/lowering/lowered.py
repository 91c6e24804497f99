# SPDX-License-Identifier: Apache-2.0
"""What every lowering works on and returns."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boards.errors import GraphError
from boards.graph import Graph, Operator, Tensor
from boards.layout import OperatorRecord, RescaleRecord
from boards.memory import MemoryPlan

INT32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """An operator of an image whose constants are not placed yet.

    Parameters
    ----------
    record : OperatorRecord
        Without the offsets of constants.
    rescales : tuple of RescaleRecord
    weights : bytes
    constants : (bytes or None, bytes or None)
        Inputs that are constants.
    """

    record: OperatorRecord
    rescales: tuple[RescaleRecord, ...] = ()
    weights: bytes = b""
    constants: tuple[bytes | None, bytes | None] = field(default=(None, None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An operator, the graph it stands in, and where its activations lie."""

    graph: Graph
    plan: MemoryPlan
    operator: Operator

    def input(self, i: int = 0) -> Tensor:
        """Return an input."""
        return self.graph.tensors[self.operator.inputs[i]]

    @property
    def output(self) -> Tensor:
        """Return the output."""
        return self.graph.tensors[self.operator.output]

    @property
    def output_offset(self) -> int:
        """Return where the output lies."""
        return self.plan.offsets[self.operator.output]

    def place(self, i: int = 0) -> int:
        """Return where an input lies; 0 if it is a constant, which is placed later."""
        return self.plan.offsets.get(self.operator.inputs[i], 0)

    def is_placed(self, i: int = 0, *, at: int) -> bool:
        """Return whether an input is an activation that the plan has at an offset already."""
        return self.plan.offsets.get(self.operator.inputs[i]) == at

    def constant(self, i: int) -> NDArray[Any]:
        """Return the data of weights or bias.

        Raises
        ------
        GraphError
            It is an activation.
        """
        data = self.input(i).data
        if data is None:
            raise GraphError(f"tensor {self.input(i).name!r} is an activation, not a constant")
        return data

    def constant_bytes(self, i: int) -> bytes | None:
        """Return the bytes of an input that is a constant, None of an activation."""
        data = self.input(i).data
        return None if data is None else data.astype(np.int8).tobytes()
