# SPDX-License-Identifier: Apache-2.0
"""The networks of MLPerf Tiny that AIRLOOP_DATA holds, and a recording for one of them."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from boards import tflite
from boards.graph import Graph
from boards.image import Image
from tests.firmware.operators import compiled

AD01, KWS01 = "ad01_int8", "kws_ref_model"
_RECORDING = "mlperf-tiny/ad01_normal_id_01_00000000.f32.bin"
_WINDOW, _STEP = 640, 128  # values: five frames of 128 bands, one frame on


def file(name: str) -> Path:
    """Return the path of a file of the data, or skip the test that asks."""
    if "AIRLOOP_DATA" not in os.environ:
        pytest.skip(f"AIRLOOP_DATA is not set: it names the folder that holds {name}")
    path = Path(os.environ["AIRLOOP_DATA"]) / name
    if not path.exists():
        pytest.skip(f"{path} does not exist")
    return path


def network(name: str) -> tuple[bytes, Graph, Image]:
    """Return the file of a network, the network, and its image."""
    path = file(f"mlperf-tiny/{name}.tflite")
    graph = tflite.load(path)
    return path.read_bytes(), graph, compiled(graph)


def recording(graph: Graph) -> NDArray[np.int8]:
    """Return the windows of a recording of a machine, int8 [num_windows, 640]."""
    values = np.fromfile(file(_RECORDING), "<f4")
    windows = np.lib.stride_tricks.sliding_window_view(values, _WINDOW)[::_STEP]
    quantization = graph.tensors[graph.input].quantization
    assert quantization is not None
    scaled = np.rint(windows / quantization.scale[0]) + quantization.zero_point
    integers: NDArray[np.int8] = scaled.clip(-128, 127).astype(np.int8)
    return integers
