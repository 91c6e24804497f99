# SPDX-License-Identifier: Apache-2.0
"""The native agent serves every kind of link and never outlives its peer or its parent."""

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import serial

from tests.firmware import raw_agent
from tests.firmware.raw_agent import GREETING, HELLO, OK, RawAgent

HELLO_FRAME = raw_agent.frame(HELLO, 3, GREETING)
DEADLINE_S = 10.0


def start(program: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(program), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def first_line(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def finish(process: "subprocess.Popen[str]") -> int:
    process.communicate(timeout=DEADLINE_S)
    return process.returncode


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_agent_ends_when_its_peer_goes_away(program: Path) -> None:
    with RawAgent(program) as agent:  # leaving the block checks the exit status
        assert agent.ask(HELLO, GREETING)[0] == OK


def test_the_agent_ends_on_sigterm(program: Path) -> None:
    process = start(program, "--tcp", "127.0.0.1:0")
    first_line(process)

    process.send_signal(signal.SIGTERM)

    assert finish(process) == -signal.SIGTERM


def test_the_agent_ends_when_its_parent_dies_before_anybody_connects(program: Path) -> None:
    script = (
        "import subprocess, sys, time;"
        f"p = subprocess.Popen([{str(program)!r}, '--tcp', '127.0.0.1:0'], stdout=-1, text=True);"
        "p.stdout.readline(); print(p.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=-1, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)

    deadline = time.monotonic() + DEADLINE_S
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not is_alive(pid)


def test_the_agent_serves_a_pseudo_terminal_and_ends_when_it_is_left(program: Path) -> None:
    process = start(program, "--pty")
    kind, path = first_line(process)
    time.sleep(0.1)  # nobody has opened it yet, and the agent waits

    with serial.Serial(path, timeout=DEADLINE_S) as port:
        port.write(HELLO_FRAME)
        _, seq, body = raw_agent.parse(port.read_until(b"\0")[:-1])

    assert (kind, seq, body[0]) == ("pty", 3, OK)
    assert finish(process) == 0


def test_the_agent_connects_to_a_host_that_listens(program: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = start(program, "--connect", f"127.0.0.1:{listener.getsockname()[1]}")
        peer, _ = listener.accept()
        with peer:
            peer.settimeout(DEADLINE_S)
            peer.sendall(HELLO_FRAME)
            assert struct.unpack("<B", peer.recv(1))[0] > 0

    assert finish(process) == 0


def test_standard_input_and_output_are_a_link_too(program: Path) -> None:
    done = subprocess.run(
        [str(program), "--stdio"], input=HELLO_FRAME, capture_output=True, check=True
    )

    assert raw_agent.parse(done.stdout[:-1])[2][0] == OK


def test_wrong_arguments_are_answered_by_the_usage(program: Path) -> None:
    process = start(program, "--tcp")
    _, complaint = process.communicate(timeout=DEADLINE_S)

    assert process.returncode == 2
    assert complaint.startswith("usage: airloop-agent --tcp HOST:PORT")


def test_a_port_that_is_taken_is_named(program: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(program, "--tcp", f"127.0.0.1:{taken.getsockname()[1]}")
        _, complaint = process.communicate(timeout=DEADLINE_S)

    assert process.returncode == 1
    assert complaint == "airloop-agent: cannot listen: Address already in use\n"
