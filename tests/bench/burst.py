"""A burst of webhooks to `serve`, whose worker takes them up meanwhile, beside the web process alone.

Both start fresh for each pair, and the pairs are interleaved; the senders take a core, too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure, middle
from tests.bench.inbox import Sent, credentials, load
from tests.fakes.serving import started

PAIRS = 3
CONNECTIONS = 16
DELIVERIES = 10_000
LEAST_SHARE = 0.9
MOST_P99 = 0.020
AWAY = "http://127.0.0.1:9"
"""Nobody listens there: a connection is refused at once, over and over."""


def figures() -> Iterator[Figure]:
    alone, both, starting = [], [], []
    for _ in range(PAIRS):
        alone.append(_sent("web"))
        both.append(_sent("serve"))
        starting.append(_sent("serve", at_work=False))
    rate, web = middle([one.per_second for one in both]), middle([one.per_second for one in alone])
    yield Figure("16 at once to `serve`, beside the web process alone", rate, web, LEAST_SHARE, unit="/s")
    tail, webs = middle([one.p99 for one in both]), middle([one.p99 for one in alone])
    yield Figure("p99", tail, webs, MOST_P99, absolute=True, unit="ms")
    first, tail = middle([one.per_second for one in starting]), middle([one.p99 for one in starting])
    yield Figure("the same while its worker starts", first, web, unit="/s")
    yield Figure("p99 while its worker starts", tail, webs, unit="ms")


def _sent(command: str, *, at_work: bool = True) -> Sent:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        credentials(data)
        with started(command, data, cold=True) as server:
            if command == "serve" and at_work:  # before that it imports, which takes a core for a second
                server.wait_until_said("At work")
            return load(server.url, CONNECTIONS, DELIVERIES)
