# SPDX-License-Identifier: Apache-2.0
"""Random streams of commands over a PTY: no hang, and the device still says its name."""

import random

import pytest

from tests.firmware.command_streams import parts, stream
from tests.host.built_firmware import built
from tests.host.mlperf_client import MlperfClient
from tests.host.pointwise import compiled, pointwise_graph
from tests.host.served import served

pytestmark = pytest.mark.slow

IMAGE = compiled(pointwise_graph(num_in=5, num_out=3, height=3, width=4))
NUM_BYTES = 3 * 4 * 5
BOARDS = (
    pytest.param("native", 1000),
    pytest.param("mps2-an386", 150, marks=pytest.mark.qemu),  # takes in some 20 kB a second
)


@pytest.mark.parametrize(("board", "num_streams"), BOARDS)
def test_every_command_is_answered_and_the_device_still_says_its_name(
    board: str, num_streams: int
) -> None:
    rng = random.Random(20)
    name = f"m-name-dut-[{board}]\r\nm-ready\r\n"
    with served(built(board), IMAGE) as serving, MlperfClient(serving.path) as client:
        for _ in range(num_streams):
            data = stream(rng, num_bytes=NUM_BYTES) + b"%name%"

            for part in parts(rng, data):
                client.send(part)

            assert client.hear(data.count(b"%")).endswith(name)
