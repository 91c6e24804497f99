# SPDX-License-Identifier: Apache-2.0
"""A process that stands in for a board ends with the block, the host, or itself, and says how."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from host.child import Child, Ending
from tests.host.processes import ends, lives

SLEEP = ["sleep", "600"]
HOST_THAT_IS_KILLED = """
import time
from host.child import Child
with Child(["sleep", "600"]) as child:
    print(child.pid, flush=True)
    time.sleep(600)
"""


def test_the_process_ends_with_its_block() -> None:
    with Child(SLEEP) as child:
        pid = child.pid
        assert lives(pid)

    assert not lives(pid)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_process_ends_with_an_error_in_its_block(error: type[BaseException]) -> None:
    pids: list[int] = []

    def fail_inside() -> None:
        with Child(SLEEP) as child:
            pids.append(child.pid)
            raise error

    with pytest.raises(error):
        fail_inside()

    assert not lives(pids[0])


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_the_process_ends_when_the_host_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOST_THAT_IS_KILLED],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as host:
        assert host.stdout is not None
        pid = int(host.stdout.readline())
        assert lives(pid)

        host.send_signal(signal.SIGKILL)

        assert ends(pid)


@pytest.mark.parametrize(
    ("command", "ending"),
    [
        pytest.param(
            ["sh", "-c", "echo too hot >&2; exit 3"],
            Ending(exit_status=3, stderr_tail="too hot"),
            id="exit status and last words",
        ),
        pytest.param(
            ["sh", "-c", "kill -SEGV $$"], Ending(exit_status=-11, stderr_tail=""), id="signal"
        ),
        pytest.param(
            ["sh", "-c", "yes word | head -c 100000 >&2"],
            Ending(exit_status=0, stderr_tail=" ".join(["word"] * 80)),
            id="only the end of many words",
        ),
    ],
)
def test_an_ending_is_told(command: list[str], ending: Ending) -> None:
    with Child(command) as child:
        assert child.ending(grace_s=10.0) == ending


def test_a_living_process_has_no_ending() -> None:
    with Child(SLEEP) as child:
        assert child.ending(grace_s=0.05) is None


def test_a_program_that_does_not_exist_raises_and_leaves_nothing_open() -> None:
    num_open = len(list(Path("/proc/self/fd").iterdir()))

    with Child(["/nowhere/agent"]) as child:
        ending = child.ending(grace_s=5.0)

    assert ending is not None
    assert ending.exit_status != 0
    assert len(list(Path("/proc/self/fd").iterdir())) == num_open
