# SPDX-License-Identifier: Apache-2.0
"""The pseudo terminal behaves like a serial line, whatever its clients do."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from host.errors import LinkLostError
from host.pty_bridge import Pty, PtyError, carry, symbolic_link

DEADLINE_S = 10.0


class Echo:
    """A link that says everything back; satisfies `Link`."""

    port = "echo"

    def __init__(self) -> None:
        self.heard = bytearray()
        self._said = bytearray()
        self._lock = threading.Lock()
        self.is_lost = False

    def write(self, data: bytes) -> None:
        """Take bytes, and have them ready to be read."""
        with self._lock:
            self.heard += data
            self._said += data

    def read(self, *, wait_s: float) -> bytes:
        """Return what is ready."""
        if self.is_lost:
            raise LinkLostError(board="echo", port="echo", reason="it was cut")
        with self._lock:
            said = bytes(self._said)
            self._said.clear()
        if not said:
            time.sleep(min(wait_s, 0.01))
        return said

    def drain(self) -> None:
        """Forget what is ready."""


@pytest.fixture
def pty() -> Iterator[Pty]:
    with Pty() as opened:
        yield opened


@pytest.fixture
def link(pty: Pty) -> Iterator[Echo]:
    echo, stop = Echo(), threading.Event()
    worker = threading.Thread(target=carry, args=(echo, pty), kwargs={"stop": stop})
    worker.start()
    yield echo
    stop.set()
    worker.join(DEADLINE_S)
    assert not worker.is_alive()


def opened(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_NOCTTY)


def said_to(client: int, num_bytes: int) -> bytes:
    """Return so many bytes; fails when they do not come."""
    os.set_blocking(client, False)
    data, deadline_s = b"", time.monotonic() + DEADLINE_S
    while len(data) < num_bytes:
        assert time.monotonic() < deadline_s, data
        try:
            data += os.read(client, 65536)
        except BlockingIOError:
            time.sleep(0.002)
    return data


def test_bytes_pass_both_ways_unchanged_but_for_zeros(pty: Pty, link: Echo) -> None:
    every = bytes(range(256))
    client = opened(pty.path)
    try:
        os.write(client, every)

        assert said_to(client, 255) == every[1:]
        assert bytes(link.heard) == every[1:]
    finally:
        os.close(client)


def test_more_than_a_terminal_holds_passes(pty: Pty, link: Echo) -> None:
    del link
    data = bytes(1 + i % 255 for i in range(200_000))
    client = opened(pty.path)
    try:
        sender = threading.Thread(
            target=lambda: [os.write(client, data[i : i + 1000]) for i in range(0, len(data), 1000)]
        )
        os.set_blocking(client, True)
        reader = opened(pty.path)
        sender.start()
        assert said_to(reader, len(data)) == data
        sender.join(DEADLINE_S)
        os.close(reader)
    finally:
        os.close(client)


def test_a_client_that_never_reads_does_not_stop_the_end(pty: Pty, link: Echo) -> None:
    """The fixture waits for the threads."""
    client = opened(pty.path)
    link.write(bytes(1_000_000))
    time.sleep(0.2)
    os.close(client)


def test_what_nobody_listens_to_is_lost(pty: Pty, link: Echo) -> None:
    link.write(b"before")
    time.sleep(0.3)
    client = opened(pty.path)
    try:
        os.write(client, b"now")

        assert said_to(client, 3) == b"now"
    finally:
        os.close(client)


def test_a_link_that_is_lost_ends_it_with_the_error(pty: Pty) -> None:
    link = Echo()
    link.is_lost = True

    with pytest.raises(LinkLostError, match="it was cut"):
        carry(link, pty, stop=threading.Event())


def test_a_symbolic_link_stands_while_the_block_runs(tmp_path: Path) -> None:
    place = tmp_path / "dut"
    place.symlink_to("/dev/pts/of-a-run-that-was-killed")

    with symbolic_link(place, target="/dev/null"):
        assert place.readlink() == Path("/dev/null")

    assert not place.is_symlink()


def test_a_link_that_another_run_has_made_is_left_to_it(tmp_path: Path) -> None:
    place = tmp_path / "dut"
    with symbolic_link(place, target="/dev/null"):
        place.unlink()
        place.symlink_to("/dev/zero")

    assert place.readlink() == Path("/dev/zero")


def test_a_file_is_not_overwritten_by_a_link(tmp_path: Path) -> None:
    place = tmp_path / "notes.txt"
    place.write_text("mine")

    with (
        pytest.raises(PtyError, match=r"notes\.txt: something else stands there"),
        symbolic_link(place, target="/dev/null"),
    ):
        pass

    assert place.read_text() == "mine"


def test_a_link_in_no_folder_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(PtyError, match="no link can be made"),
        symbolic_link(tmp_path / "none" / "dut", target="/dev/null"),
    ):
        pass
