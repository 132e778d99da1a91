"""The long-lived processes: the web server, the worker, or both side by side; what starts them and what ends them.

Nothing here imports the engine or a model before a worker starts: a process that only takes
in webhooks stays small, and is up at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.addresses import is_local
from bot.database import open_store
from bot.github.api import credentials
from bot.guards.connections import ConnectionRoom, room
from bot.guards.shutdown import Stop, Stopped, drain, put_off_signals, stopped_by_signals
from bot.guards.watchdog import watched
from bot.redaction import redactor
from bot.server.beside import WebBeside, WorkerBeside, parted
from bot.server.late import Late
from bot.server.listening import answer, listen
from bot.server.telegram_hook import telegram_routes
from bot.server.web import make_health, make_web
from bot.settings import Settings
from bot.signin.links import is_way_by_github, one_time_link
from bot.webhook.intake.inbox import Inbox
from sandbox.errors import UserError
from workflows.runs.feed import Feed
from workflows.secrets.redaction import RedactingFilter
from workflows.store.database import Store

if TYPE_CHECKING:
    from bot.server.faces import Faces

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_SWITCH_SECONDS = 0.0005
"""How long a thread may keep Python to itself: by default the one that commits would wait 5 ms for each turn."""


def run(settings: Settings, *, web: bool, worker: bool) -> None:
    """Serve until SIGTERM or SIGINT; the second of them does not wait. UserError where it cannot start.

    Who takes in webhooks and works does so in two processes, which begin and end together.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    _say_warnings(settings)
    for warning in _missing(settings, worker=worker):
        _say(warning)
    opened = _Opened(settings, web=web)
    port = settings.port if web else settings.health_port
    with contextlib.nullcontext() if port is None else listen(settings.host, port, opened.bounds.backlog) as listener:
        beside = _parted(settings) if web and worker else None
        if isinstance(beside, WebBeside):
            assert listener is not None, "who takes in webhooks listens"
            listener.close()  # or callers would wait for one who is gone
            _until_stopped(_working(settings, opened, None, beside))
        elif web:
            assert listener is not None, "who takes in webhooks listens"
            _until_stopped(_taking_in(settings, opened, listener, beside))
        else:
            _until_stopped(_working(settings, opened, listener, None))


def _until_stopped(part: Coroutine[Any, Any, None]) -> None:
    try:
        uvloop.run(part)
    except BaseExceptionGroup as several:  # of the worker's tasks, the first that could not go on
        if isinstance(several.exceptions[0], UserError):
            raise several.exceptions[0] from several
        raise


def _parted(settings: Settings) -> WebBeside | WorkerBeside:
    """Two processes; what keeps both from working is told before, once."""
    open_store(settings).close()
    put_off_signals()
    return parted()


class _Opened:
    """What is looked at, and told, before there is a loop: the credentials, or how to come by some."""

    def __init__(self, settings: Settings, *, web: bool) -> None:
        self.secret = _Secret(settings.credentials_file)
        self.routes: list[BaseRoute] = []
        self.bounds = room(worker=not web)
        if not web or settings.credentials_file.exists():
            self.secret.read()
            return
        from bot.setup.manifest_flow import make_setup

        setup = make_setup(settings)
        self.routes += setup.routes()
        _say("No GitHub App is set up yet.", f"Open {setup.address}")


async def _taking_in(settings: Settings, opened: _Opened, listener: socket.socket, beside: WorkerBeside | None) -> None:
    """Take in webhooks and answer people, until the process, or the worker beside it, is asked to end."""
    # httpx goes without its own command line, which loads rich and pygments, and without HTTP/2, which nothing here
    # speaks: a twentieth of a process
    for unused in ("httpx._main", "h2"):
        sys.modules.setdefault(unused, None)  # type: ignore[arg-type]
    stop = stopped_by_signals()
    if beside is not None:
        beside.attend(stop.asked.set)
    async with _store(settings) as store, Feed(store) as feed:
        late = await _faces(settings, store, feed, stop.asked, listener)
        routes = [*opened.routes, *telegram_routes(settings, store), late.route()]
        async with Inbox(store, _nobody if beside is None else beside.stored) as inbox:
            app = make_web(store, inbox, opened.secret, routes, late.rights_changed)
            async with _answering(app, listener, stop.asked, opened.bounds):
                await stop.asked.wait()


async def _working(
    settings: Settings, opened: _Opened, listener: socket.socket | None, beside: WebBeside | None
) -> None:
    """Work, and tell on `listener` whether all is well, until the process is asked to end or the other part is gone."""
    stop = stopped_by_signals()
    async with contextlib.AsyncExitStack() as stack:
        if beside is not None:
            await stack.enter_async_context(beside.together(stop.asked.set))
        store = await stack.enter_async_context(_store(settings))
        if listener is not None:
            health = _answering(make_health(store), listener, stop.asked, opened.bounds)
            await stack.enter_async_context(health)
        if await _set_up(opened.secret, stop.asked):
            await _work(settings, store, stop, beside)
        else:
            await stop.asked.wait()


@contextlib.asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[Store]:
    """The database, for a loop that is looked after."""
    with watched(asyncio.get_running_loop()):
        store = await asyncio.to_thread(open_store, settings)
        try:
            yield store
        finally:
            store.close()


async def _work(settings: Settings, store: Store, stop: Stop, beside: WebBeside | None) -> None:
    """Work until the process is asked to end. What is acknowledged after that is taken up at the next start."""
    from bot.server.worker import at_work

    async with contextlib.AsyncExitStack() as stack:
        try:
            async with stop.gives_up():  # it may have to wait in line, for another worker's end
                worker = await stack.enter_async_context(at_work(settings, store))
        except Stopped:
            return
        if beside is not None:
            beside.stored = worker.dispatch.wake
        _say("At work.")
        await stop.asked.wait()
        if beside is not None:
            beside.ask_to_end()
        await drain(worker, settings.drain_seconds, stop, _say)


async def _faces(settings: Settings, store: Store, feed: Feed, stop: asyncio.Event, listener: socket.socket) -> Late:
    """Pages and API; who cannot sign in with GitHub here is told a link that works once."""

    def make() -> Faces:
        from bot.server.faces import make_faces

        return make_faces(settings, store, feed, stop)

    if not is_way_by_github(settings):
        host, port = listener.getsockname()[:2]
        link = await asyncio.to_thread(one_time_link, store, port, host)
        _say("Pages for you, on this machine, once:", link)
    return Late(make)


@contextlib.asynccontextmanager
async def _answering(
    app: Starlette, listener: socket.socket, stop: asyncio.Event, bounds: ConnectionRoom
) -> AsyncIterator[None]:
    """Answer requests until `stop`, or until the block is left; requests under way are finished."""

    async def until_stopped() -> None:
        try:
            await answer(app, listener, stop, bounds)
        finally:
            stop.set()

    host, port = listener.getsockname()[:2]
    _say(f"Listening on http://{f'[{host}]' if ':' in host else host}:{port}")
    task = asyncio.create_task(until_stopped(), name="web")
    try:
        yield
    finally:
        stop.set()
        await task


class _Secret:
    """The webhook's secret, read when there are credentials."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._value: bytes | None = None

    def __call__(self) -> bytes | None:
        if self._value is None and self._file.exists():
            self.read()
        return self._value

    def read(self) -> None:
        """ConfigError where the credentials are missing or wrong."""
        self._value = credentials.load(self._file).webhook_secret.get_secret_value().encode()


async def _set_up(secret: _Secret, stop: asyncio.Event) -> bool:
    """Wait until there are credentials; False where the process is stopped before."""
    while not stop.is_set():
        if secret() is not None:
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await stop.wait()
    return False


def _nobody(stored: int) -> None:
    """Nobody is told: a worker elsewhere looks by itself."""


def _missing(settings: Settings, *, worker: bool) -> Iterator[str]:
    """What the settings lack so that this process can do its work, though it can start."""
    if worker and not settings.model:
        yield "No model is configured, so all work is refused: set PULLWRIGHT_MODEL and the provider's key."
    elif worker and (missing := settings.missing_key(settings.model)):
        yield f"The model {settings.model} has no key: set {missing} or PULLWRIGHT_API_KEY."
    if settings.public_url and is_local(settings.public_url) and not is_local(settings.github_url):
        yield f"GitHub cannot deliver to {settings.public_url}: set PULLWRIGHT_PUBLIC_URL to what it reaches."


def _say_warnings(settings: Settings) -> None:
    """What goes wrong, or is put off, is said where the process was started too: who looks there knows no log."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("pullwright: %(message)s"))
    handler.addFilter(RedactingFilter(redactor(settings)))
    for floor in ("bot", "workflows", "sandbox"):
        logging.getLogger(floor).addHandler(handler)


def _say(words: str, secretly: str = "") -> None:
    """To whoever started the process, and to the log; what is said secretly is not kept."""
    sys.stderr.write(f"pullwright: {words} {secretly}".rstrip() + "\n")
    log.info("%s", words)
