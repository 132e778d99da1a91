"""A server over HTTP that is told things: it answers as it is bidden, and keeps what came."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One request; its headers by their names in lower case, and the status that it was answered with."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass
class Told:
    """`answers` are the next statuses, then `else_`. Each answer leads elsewhere, for whoever would follow it."""

    port: int
    else_: int
    answers: list[int] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)


@contextmanager
def told(else_: int) -> Iterator[Told]:
    """The server, until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = listener.answers.pop(0) if listener.answers else listener.else_
            headers = {name.lower(): value for name, value in self.headers.items()}
            listener.calls.append(Call(self.path, headers, body, status))
            self.send_response(status)
            self.send_header("Location", "http://localhost:1/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener = Told(server.server_port, else_)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
