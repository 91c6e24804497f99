# SPDX-License-Identifier: Apache-2.0
"""A server of one file on this machine, as good or as bad as servers are."""

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(kw_only=True)
class Manners:
    """How the server behaves; what it was asked is noted in `asked`."""

    content: bytes
    version: str | None = '"one"'
    drops_after: list[int] = field(default_factory=list[int])
    statuses: list[int] = field(default_factory=list[int])
    ignores_range: bool = False
    answers_elsewhere: bool = False
    says_length: bool = True
    stalls: bool = False
    asked: list[str] = field(default_factory=list[str])


class _Server(ThreadingHTTPServer):
    def __init__(self, manners: Manners) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.manners = manners
        self.released = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        if not isinstance(server, _Server):
            raise TypeError("this handler belongs to another server")
        manners = server.manners
        manners.asked.append(self.headers.get("Range", "all"))
        if manners.statuses:
            self.send_error(manners.statuses.pop(0))
        elif manners.stalls:
            server.released.wait(10.0)
        else:
            self._answer(manners)

    def _answer(self, manners: Manners) -> None:
        first, total = self._first(manners), len(manners.content)
        body = manners.content[first:]
        status = 200 if first == 0 else 206 if first < total else 416
        self.send_response(status)
        if status == 206:
            told = first + 1 if manners.answers_elsewhere else first
            self.send_header("Content-Range", f"bytes {told}-{total - 1}/{total}")
        if status == 416:
            self.send_header("Content-Range", f"bytes */{total}")
        if manners.says_length:
            self.send_header("Content-Length", str(len(body)))
        if manners.version:
            self.send_header("ETag", manners.version)
        self.end_headers()
        sent = body[: manners.drops_after.pop(0)] if manners.drops_after else body
        with suppress(ConnectionError):  # who asked may have gone
            self.wfile.write(sent)

    def _first(self, manners: Manners) -> int:
        asked = self.headers.get("Range")
        is_same = self.headers.get("If-Range", manners.version) == manners.version
        if asked is None or manners.ignores_range or not is_same:
            return 0
        return int(asked.removeprefix("bytes=").rstrip("-"))

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@contextmanager
def serving(manners: Manners) -> Generator[str]:
    """Serve until the block ends; yields the address."""
    server = _Server(manners)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/file.bin"
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=10.0)
