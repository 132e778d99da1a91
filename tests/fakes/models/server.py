"""An HTTP server on a free loopback port, in front of one family."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent. `body` as text is sent as it is."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A request that breaks a rule of the family."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.body))
        self.answer = answer


class Family(Protocol):
    """A provider: what it answers to a request, or why it does not."""

    def answer(self, path: str, body: dict[str, Any]) -> Answer: ...


class Served:
    """A family at an address; `requests` are those that came, `refused` those that it did not take."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.refused: list[str] = []
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers.get("content-length", "0")))
                answer = served.handle(self.path, json.loads(data) if data else {})
                raw = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
                self.send_response(answer.status)
                kind = "text/html" if isinstance(answer.body, str) else "application/json"
                for name, value in {"content-type": kind, **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(raw.encode())))
                self.end_headers()
                self.wfile.write(raw.encode())

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="model-family")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Served:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def handle(self, path: str, body: dict[str, Any]) -> Answer:
        self.requests.append((path, body))
        try:
            return self.family.answer(path, body)
        except Refused as refused:
            self.refused.append(str(refused))
            return refused.answer
