# SPDX-License-Identifier: Apache-2.0
"""The twin: the kernels and the interpreter of the firmware, run in this process.

It gives the integers the device gives, bit for bit, without a board and much faster.
"""

import ctypes
from functools import cache

import numpy as np
from numpy.typing import NDArray

from boards.image import Image
from boards.layout import ALIGNMENT_BYTES
from sim.errors import TwinError
from sim.twin_build import build

OK = 0
_Bytes = NDArray[np.uint8]


class Twin:
    """One network, ready to run; satisfies the `Executor` protocol.

    Threads may share it, and it travels to other processes as its image. While it runs, other
    threads run too.

    Parameters
    ----------
    image : Image
        The compiled network.

    Raises
    ------
    TwinBuildError
        If the library cannot be built: no compiler.
    TwinError
        If the firmware's validator refuses the image.
    """

    def __init__(self, image: Image) -> None:
        self.image = image
        self._bytes = aligned(len(image.data))
        self._bytes[:] = np.frombuffer(image.data, np.uint8)
        self._library = library()
        status = self._library.twin_validate(address(self._bytes), self._bytes.size)
        if status != OK:
            raise TwinError(
                f"{image.source}: the firmware refuses it with status {status}; "
                "compile the network again"
            )

    def __reduce__(self) -> "tuple[type[Twin], tuple[Image]]":
        return Twin, (self.image,)

    @property
    def arena_bytes(self) -> int:
        """Return the bytes of activations and scratch that a run takes here."""
        return arena_bytes(self._bytes)

    def run(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Run the network once.

        Parameters
        ----------
        x : int8 [height, width, num_in]
            The input.

        Returns
        -------
        int8 [height, width, num_out]
            The output.
        """
        output: NDArray[np.int8] = self.run_batch(x[np.newaxis])[0]
        return output

    def run_batch(self, x: NDArray[np.int8]) -> NDArray[np.int8]:
        """Run the network on one slot after the other.

        Parameters
        ----------
        x : int8 [num_slots, height, width, num_in]
            The inputs.

        Returns
        -------
        int8 [num_slots, height, width, num_out]
            The outputs.
        """
        return run_slots(self.image, self._bytes, aligned(self.arena_bytes), x)


def arena_bytes(image_bytes: _Bytes) -> int:
    """Return the bytes of arena that a valid image takes here."""
    return int(library().twin_arena_bytes(address(image_bytes)))


def run_slots(
    image: Image, image_bytes: _Bytes, arena: _Bytes, x: NDArray[np.int8]
) -> NDArray[np.int8]:
    """Run the kernels on one slot after the other.

    Parameters
    ----------
    image : Image
        Tells the shapes.
    image_bytes : uint8 array
        The network as it lies in memory, aligned.
    arena : uint8 array
        Its activations, aligned; keeps those of the last slot.
    x : int8 [num_slots, height, width, num_in]

    Returns
    -------
    int8 [num_slots, height, width, num_out]

    Raises
    ------
    TwinError
        The kernels fail.
    """
    shape = image.input_shape
    if x.dtype != np.int8 or x.shape[1:] != shape:
        raise ValueError(f"the network takes int8 {shape}, not {x.dtype} {x.shape[1:]}")
    inputs = np.ascontiguousarray(x)
    outputs = np.empty((len(x), *image.output_shape), dtype=np.int8)
    status = library().twin_run(
        *(address(array) for array in (image_bytes, arena, inputs, outputs)), len(x)
    )
    if status != OK:
        raise TwinError(f"{image.source}: the kernels fail with status {status}")
    return outputs


@cache
def library() -> ctypes.CDLL:
    """Return the twin's library, built if need be."""
    library = ctypes.CDLL(str(build()))
    library.twin_validate.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    library.twin_arena_bytes.argtypes = (ctypes.c_void_p,)
    library.twin_arena_bytes.restype = ctypes.c_size_t
    library.twin_run.argtypes = (*(ctypes.c_void_p,) * 4, ctypes.c_size_t)
    return library


def aligned(num_bytes: int) -> _Bytes:
    """Return uint8 memory that starts at a multiple of the image's alignment.

    Where the allocator aligns as well, it ends where the allocation does: a sanitizer then sees
    the first byte that is written behind it.
    """
    memory = np.zeros(num_bytes + ALIGNMENT_BYTES, dtype=np.uint8)
    start = ALIGNMENT_BYTES - memory.ctypes.data % ALIGNMENT_BYTES
    return memory[start : start + num_bytes]


def address(array: NDArray[np.generic]) -> int:
    """Return where an array lies in memory."""
    return int(array.ctypes.data)
