"""What watches a server asks: whether it lives, whether it is ready, and its figures for Prometheus.

The figures hold no name of a repository or person. They are read from the database when somebody asks, so every
process tells the same, and a process that only answers HTTP counts nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.access.gate import AccessGate, GuardedRoute
from bot.access.people.visitors import Need, WebVisit
from sandbox.backend import Kill
from sandbox.errors import TransientError, UserError
from workflows.store import deliveries, quotas
from workflows.store.cluster import pauses
from workflows.store.database import Store
from workflows.store.run_rows.line import run_queue
from workflows.store.tables import model_calls, orders, printed, workflow_steps
from workflows.store.web import run_search
from workflows.store.web.keys import KeyScope
from workflows.values import RunStatus

_SECONDS = 5.0
_KIND = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Probes:
    """`/healthz` and `/readyz` for anybody, `/metrics` with a key that has the scope admin."""

    store: Store
    gate: AccessGate

    def routes(self) -> list[Route | GuardedRoute]:
        return [
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
            self.gate.route("/metrics", self.metrics, Need.ADMIN, scope=KeyScope.ADMIN),
        ]

    async def healthz(self, request: Request) -> Response:
        """The process answers: nothing else is asked."""
        return PlainTextResponse("ok\n")

    async def readyz(self, request: Request) -> Response:
        """Deliveries can be kept, and pages shown: the database answers."""
        try:
            async with asyncio.timeout(_SECONDS):
                await self.store.read(pauses.exactly, pauses.EVERYTHING)
        except (TimeoutError, TransientError, UserError):
            return PlainTextResponse("the database does not answer\n", 503)
        return PlainTextResponse("ready\n")

    async def metrics(self, request: Request, visit: WebVisit) -> Response:
        return Response("".join(await self.store.read(_figures)), media_type=_KIND)


def _figures(db: sa.Connection) -> list[str]:
    """Prometheus' text: https://prometheus.io/docs/instrumenting/exposition_formats/"""
    found = run_search.counts(db, None)
    lines = [*_gauge("pullwright_info", "This version.", [({"version": version("pullwright")}, 1.0)])]
    by_status = [({"status": one.value}, found.get(one, 0)) for one in RunStatus]
    lines += _gauge("pullwright_runs", "Runs, by how they are.", by_status)
    lines += _gauge(
        "pullwright_runs_in_line", "Runs that wait for a place.", [({}, len(run_queue.in_line(db, 10_000)))]
    )
    kept = deliveries.counts(db)
    by_outcome = [({"outcome": name}, number) for name, number in sorted(kept.items())]
    lines += _gauge("pullwright_deliveries", "Deliveries that are kept, by outcome.", by_outcome)
    asked = db.scalar(sa.select(sa.func.count()).select_from(orders).where(orders.c.state == "asked")) or 0
    lines += _gauge("pullwright_orders_open", "What workers were asked for and have not done.", [({}, asked)])
    lines += _gauge("pullwright_paused", "Whether everything is paused.", [({}, pauses.exactly(db, "") is not None)])
    lines += _github(db)
    lines += _kills(db)
    lines += _model(db)
    lines += _steps(db)
    return lines


def _github(db: sa.Connection) -> Iterator[str]:
    """By the number of an installation, which names nobody."""
    now = time.time()
    found = [({"whose": one.whose, "kind": one.kind}, one) for one in quotas.all_of_them(db, now)]
    left, most = "pullwright_github_requests_left", "pullwright_github_requests_most"
    yield from _gauge(left, "Requests that GitHub takes until the limit is reset.", [(of, q.left) for of, q in found])
    yield from _gauge(most, "Of how many.", [(of, q.most) for of, q in found])
    resets = [(of, max(0.0, q.resets_at - now)) for of, q in found]
    yield from _gauge("pullwright_github_reset_seconds", "Until the limit is reset.", resets)


def _kills(db: sa.Connection) -> Iterator[str]:
    """Of the commands whose output is kept."""
    row = printed.c
    query = sa.select(row.killed, sa.func.count()).where(row.killed != "").group_by(row.killed)
    found = {str(why): number for why, number in db.execute(query)}
    why = {kill.value: found.get(kill.value, 0) for kill in Kill}
    what = "Commands that the sandbox ended, by what they took too much of."
    yield from _counter("pullwright_sandbox_kills", what, [({"reason": one}, number) for one, number in why.items()])


def _model(db: sa.Connection) -> Iterator[str]:
    calls = model_calls.c
    sums = (sa.func.count(), sa.func.sum(calls.prompt_tokens), sa.func.sum(calls.completion_tokens))
    usd = sa.func.coalesce(sa.func.sum(calls.usd), 0.0)
    rows = db.execute(sa.select(calls.model, *sums, usd).group_by(calls.model).order_by(calls.model)).all()
    named = [({"model": row[0]}, row) for row in rows]
    yield from _counter("pullwright_model_calls", "Calls to models.", [(of, row[1]) for of, row in named])
    tokens = [({**of, "kind": kind}, row[at]) for of, row in named for at, kind in ((2, "prompt"), (3, "completion"))]
    yield from _counter("pullwright_model_tokens", "Tokens of models.", tokens)
    yield from _counter(
        "pullwright_model_dollars", "What models cost, as far as prices are known.", [(of, row[4]) for of, row in named]
    )


def _steps(db: sa.Connection) -> Iterator[str]:
    """How long attempts took that came to an end, as a histogram for each step."""
    step, name = workflow_steps.c, "pullwright_step_seconds"
    took = step.ended_at - step.started_at
    below = [sa.func.sum(sa.case((took <= edge, 1), else_=0)) for edge in _BUCKETS]
    query = sa.select(step.key, sa.func.count(), sa.func.sum(took), *below).where(step.ended_at.is_not(None))
    yield f"# HELP {name} How long attempts at steps took.\n# TYPE {name} histogram\n"
    for key, number, seconds, *counts in db.execute(query.group_by(step.key).order_by(step.key)):
        edges = [*(f"{edge:g}" for edge in _BUCKETS), "+Inf"]
        for edge, count in zip(edges, (*counts, number), strict=True):
            yield _sample(f"{name}_bucket", {"step": key, "le": edge}, count)
        yield _sample(f"{name}_sum", {"step": key}, seconds)
        yield _sample(f"{name}_count", {"step": key}, number)


_Samples = Iterable[tuple[Mapping[str, str], float]]


def _gauge(name: str, what: str, samples: _Samples) -> Iterator[str]:
    yield f"# HELP {name} {what}\n# TYPE {name} gauge\n"
    yield from (_sample(name, labels, value) for labels, value in samples)


def _counter(name: str, what: str, samples: _Samples) -> Iterator[str]:
    """Of what is kept: a clean-up makes it smaller, which Prometheus takes for a restart."""
    yield f"# HELP {name}_total {what}\n# TYPE {name}_total counter\n"
    yield from (_sample(f"{name}_total", labels, value) for labels, value in samples)


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    named = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{f'{{{named}}}' if named else ''} {float(value or 0):.15g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
