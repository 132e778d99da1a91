"""The composition root: reads the settings' choices and puts the pieces together.

Nothing else picks a database, a sandbox backend, a model or a forge.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from bot.acting import make_github as make_github
from bot.choices import still_allowed
from bot.forge.local import DryForge, LocalForge, in_use_at
from bot.guards.disk_guard import lack
from bot.redaction import redactor
from bot.settings import Settings, of_this_machine
from sandbox.backend import Backend
from sandbox.boxes.select import choose
from sandbox.environment.cache import EnvironmentCache
from sandbox.environment.set_up import REGISTRIES
from sandbox.git.history import Person
from sandbox.git.plumbing import end_all
from sandbox.host.configured.values import Configured
from sandbox.network.endpoints import endpoints
from sandbox.network.gateway import Gateway
from sandbox.network.outbound import Outbound
from workflows.cluster.membership import Member
from workflows.engine.admission import LOCAL, Freeing, RunLimits
from workflows.engine.durable.ended import EndedSegments
from workflows.engine.durable.engine import Engine
from workflows.engine.walker import Walker
from workflows.model.adapter import LiteModel
from workflows.model.library import warm
from workflows.model.spending.budget import PricedModel
from workflows.model.spending.daily_caps import DailyCaps
from workflows.policy.change_rules import DiffBounds
from workflows.ports import Forge, Reporter
from workflows.registry import definitions
from workflows.retention.clean_up import DAY, KeptFor, Retention
from workflows.runs.control import Runs
from workflows.runs.undoing.failure_rollback import take_back
from workflows.services import Services, StepContext
from workflows.store.database import Store
from workflows.store.records import Run, StepRun
from workflows.store.run_rows.ledger import SqlLedger
from workflows.store.run_rows.printed import PrintedLog
from workflows.workspace.sandboxes import Boxes
from workflows.workspace.trees import Workspaces

DEFINITIONS = definitions()


@dataclass(frozen=True, slots=True)
class App:
    """A working installation in this process: the engine is running while it is open."""

    settings: Settings
    services: Services
    runs: Runs
    machine: str = ""
    """What new runs are bound to, "" where any machine may work on them."""
    engine: Engine | None = None
    """None where nothing works, and runs are only looked at."""

    @property
    def store(self) -> Store:
        return self.services.store


@asynccontextmanager
async def open_app(
    settings: Settings,
    store: Store,
    reporter: Reporter,
    member: Member,
    limits: RunLimits = LOCAL,
    machine: str = "",
    places: int | None = None,
) -> AsyncIterator[App]:
    """Everything, with the engine at work as that member: what a crash left on SQLite goes on at once.

    A server's `limits` bound what is at work; without them everything local is. With `machine`
    only runs that are bound to that machine are worked on. `places` is how many at once, where
    it is not what the settings say.

    The caller holds `settings.lock_file`. What still runs on exit goes on at the next start, or
    with another worker.
    """
    services = make_services(settings, store, reporter)

    def context(run: Run, here: StepRun) -> StepContext:
        warm()  # hardly a run gets far without the model
        return StepContext(run, here, services)

    reporter = Freeing(reporter, services.workspaces.let_go)
    await asyncio.to_thread(services.boxes.backend.sweep, frozenset())
    walker: Walker[Any] = Walker(
        store=store,
        definitions=DEFINITIONS,
        trees=services.workspaces,
        reporter=reporter,
        context=context,
        gate=services.gate,
        worker=member.mark,
        apart=member.together,
        bound=lambda ctx, only: replace(ctx, only=only),
        take_back=lambda run, here, mode: take_back(services, run, here, mode, in_use_at(Path(run.repository))),
        lack=services.lack,
    )
    at_once = settings.places if places is None else places
    engine = Engine(walker, settings.engine_url, executor=member.id, at_once=at_once, machine=machine)
    runs = Runs(store, engine, DEFINITIONS, reporter, limits, services.caps)
    try:
        await engine.launch()
        await runs.mend()
        await runs.admit()
        yield App(settings, services, runs, machine, engine)
    finally:
        await engine.close()
        end_all()  # a thread that waits for a slow fetch would keep the process from ending


def make_services(settings: Settings, store: Store, reporter: Reporter) -> Services:
    """What steps work with, without an engine: enough to look at runs and to undo them."""
    host = of_this_machine()
    backend = make_backend(settings, host)
    if backend.name == "unsafe_local":
        host = host.without_gateway()
    redact = redactor(settings)
    for secret in host.secrets:
        redact.add(secret, lasting=True)
    ledger = SqlLedger(store)
    workspaces = Workspaces(
        settings.data,
        ledger,
        backend.own,
        remote=lambda run: make_forge(settings, workspaces, run).remote(),
        signing_key=settings.signing_key,
    )
    return Services(
        store=store,
        ledger=ledger,
        data=settings.data,
        boxes=Boxes(
            backend, workspaces, EnvironmentCache(settings.data / "environments"), host, PrintedLog(store, redact)
        ),
        workspaces=workspaces,
        reporter=reporter,
        model=lambda run: make_model(settings, still_allowed(settings, run)),
        forge=lambda run: make_forge(settings, workspaces, run),
        author=Person(settings.author_name or "Pullwright", settings.author_email or "pullwright@pullwright.invalid"),
        own_author=not settings.author_email,
        signing_key=settings.signing_key,
        bounds=DiffBounds(settings.max_files, settings.max_diff),
        redact=redact,
        pull_labels=(settings.label,),
        caps=DailyCaps(settings.max_daily_cost, settings.outsider_daily_cost),
        lack=lambda: lack(settings.data),
    )


def make_backend(settings: Settings, host: Configured) -> Backend:
    """The sandbox that the settings name, with the way out that this machine has."""
    private = endpoints(settings.setup_hosts)
    outbound = Outbound(private=private, trusted=endpoints(REGISTRIES | host.hosts) | private, next_hop=host.next_hop)
    return choose(
        settings.sandbox,
        strict=settings.strict,
        extra_toolchains=settings.toolchains,
        outbound=outbound,
        gateway=Gateway(host.routes, host.bundle) if host.routes else None,
    )


def make_retention(settings: Settings, store: Store) -> Retention:
    """What cleans up in this installation's databases, and on this machine."""
    bounds = (settings.keep_days, settings.keep_trees_days, settings.keep_webhooks_days)
    records, trees, deliveries = (days and days * DAY for days in bounds)
    kept = KeptFor(records, trees, deliveries)
    return Retention(store, EndedSegments(settings.engine_url), settings.data, kept)


def make_forge(settings: Settings, workspaces: Workspaces, run: Run) -> Forge:
    """Where the run's branches and pull request go; nowhere in a dry run."""
    forge: Forge
    if run.inputs.get("forge") == "github":
        from bot.github.forge import GitHubForge

        inputs = run.inputs
        number = int(inputs.get("repository_id") or 0)
        client = make_github(settings).repository(inputs["installation"], inputs["repository"], number)
        reviewer = (inputs.get("requester") or {}).get("login", "")
        forge = GitHubForge(client, workspaces.repository(run), reviewer)
    else:
        base = run.inputs.get("base_branch", "")
        forge = LocalForge(Path(run.repository), base, settings.pulls, workspaces.repository(run))
    return DryForge(forge) if run.options.dry_run else forge


@cache
def make_model(settings: Settings, name: str) -> PricedModel:
    """The model of that name, with the key and the fallback that are configured; one object per name."""
    listed = settings.is_listed(name)
    key = settings.api_key.get_secret_value() if settings.api_key and not listed else None
    return LiteModel(
        name,
        fallback=None if listed else settings.fallback_model or None,
        api_base=None if listed else settings.api_base or None,
        api_key=key,
        price=None if listed else settings.price,
        else_price=settings.price,
    )
