"""The long-lived processes: the web server, the worker, or both in one; what starts them and what ends them.

Nothing here imports the engine or a model before a worker starts: a process that only takes
in webhooks stays small, and is up at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.addresses import is_local
from bot.database import open_store
from bot.github.api import credentials
from bot.guards.connections import ConnectionRoom, guarded, room
from bot.guards.shutdown import Stop, Stopped, drain, stopped_by_signals
from bot.guards.watchdog import watched
from bot.redaction import redactor
from bot.server.late import Late
from bot.server.telegram_hook import telegram_routes
from bot.server.web import make_health, make_web
from bot.settings import Settings
from bot.signin.links import is_way_by_github, one_time_link
from bot.webhook.inbox import Inbox
from sandbox.errors import UserError
from workflows.runs.feed import Feed
from workflows.secrets.redaction import RedactingFilter
from workflows.store.database import Store

if TYPE_CHECKING:
    from bot.server.faces import Faces

log = logging.getLogger(__name__)

_FINISHING_SECONDS = 10
_KEEP_ALIVE_SECONDS = 75
_LOOK_SECONDS = 1.0
_SWITCH_SECONDS = 0.0005
"""How long a thread may keep Python to itself: by default the one that commits would wait 5 ms for each turn."""


def run(settings: Settings, *, web: bool, worker: bool) -> None:
    """Serve until SIGTERM or SIGINT; the second of them does not wait. UserError where it cannot start."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    if not worker:  # httpx goes without its own command line, which loads rich and pygments: a twentieth of a process
        sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    _say_warnings(settings)
    for warning in _missing(settings, worker=worker):
        _say(warning)
    try:
        uvloop.run(_run(settings, web=web, worker=worker))
    except BaseExceptionGroup as several:  # of the worker's tasks, the first that could not go on
        if isinstance(several.exceptions[0], UserError):
            raise several.exceptions[0] from several
        raise


async def _run(settings: Settings, *, web: bool, worker: bool) -> None:
    secret, routes = _Secret(settings.credentials_file), list[BaseRoute]()
    if web and not settings.credentials_file.exists():
        from bot.setup.manifest_flow import make_setup

        setup = make_setup(settings)
        routes += setup.routes()
        _say("No GitHub App is set up yet.", f"Open {setup.address}")
    else:
        secret.read()
    async with contextlib.AsyncExitStack() as stack:
        stop = stopped_by_signals()
        stack.enter_context(watched(asyncio.get_running_loop()))
        store = await asyncio.to_thread(open_store, settings)
        stack.callback(store.close)
        server, port = Server(), settings.port if web else settings.health_port
        if port is not None:
            bounds = room(worker=worker)
            listener = stack.enter_context(listen(settings.host, port, bounds.backlog))
            if web:
                feed = await stack.enter_async_context(Feed(store))
                faces = await _faces(settings, store, feed, stop.asked, listener, server)
                routes += [*telegram_routes(settings, store), faces]
            answering = (
                _taking_in(store, server, listener, secret, routes, stop.asked, bounds)
                if web
                else answer(make_health(store), listener, stop.asked, bounds)
            )
            await stack.enter_async_context(_meanwhile(answering, listener, stop.asked))
        if worker and await _set_up(secret, stop.asked):
            await _work(settings, store, server, stop)
        else:
            await stop.asked.wait()


async def _work(settings: Settings, store: Store, server: Server, stop: Stop) -> None:
    """Work until the process is asked to end. What `server` acknowledges after that is taken up at the next start."""
    from bot.server.worker import at_work

    async with contextlib.AsyncExitStack() as stack:
        try:
            async with stop.gives_up():  # it may have to wait in line, for another worker's end
                worker = await stack.enter_async_context(at_work(settings, store))
        except Stopped:
            return
        server.stored = worker.dispatch.wake
        _say("At work.")
        await stop.asked.wait()
        await drain(worker, settings.drain_seconds, stop, _say)


async def _faces(
    settings: Settings,
    store: Store,
    feed: Feed,
    stop: asyncio.Event,
    listener: socket.socket,
    server: Server,
) -> BaseRoute:
    """The way to pages and API; who cannot sign in with GitHub here is told a link that works once."""

    def make() -> Faces:
        from bot.server.faces import make_faces

        return make_faces(settings, store, feed, stop)

    late = Late(make)
    server.rights_changed = late.rights_changed
    if not is_way_by_github(settings):
        link = await asyncio.to_thread(one_time_link, store, listener.getsockname()[1])
        _say("Pages for you, on this machine, once:", link)
    return late.route()


class Server:
    """The web part. `stored` is called when deliveries were stored, `rights_changed` where a role may be another."""

    def __init__(self) -> None:
        self.stored = _nobody
        self.rights_changed: Callable[[], None] = _nobody


async def _taking_in(
    store: Store,
    server: Server,
    listener: socket.socket,
    secret: _Secret,
    routes: Sequence[BaseRoute],
    stop: asyncio.Event,
    bounds: ConnectionRoom,
) -> None:
    async with Inbox(store, lambda: server.stored()) as inbox:
        await answer(make_web(store, inbox, secret, routes, lambda: server.rights_changed()), listener, stop, bounds)


@contextlib.asynccontextmanager
async def _meanwhile(
    answering: Coroutine[Any, Any, None], listener: socket.socket, stop: asyncio.Event
) -> AsyncIterator[None]:
    """Answer requests until `stop`, or until the block is left; requests under way are finished."""

    async def until_stopped() -> None:
        try:
            await answering
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


async def answer(
    app: Starlette, listener: socket.socket, stop: asyncio.Event, bounds: ConnectionRoom | None = None
) -> None:
    """Answer requests until `stop`, then let those under way finish."""
    bounds = bounds or room()
    config = uvicorn.Config(
        app,
        http=guarded(bounds.connections),
        backlog=bounds.backlog,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_FINISHING_SECONDS,
    )
    server = _Uvicorn(config)
    stopping = asyncio.create_task(_stop(server, stop))
    try:
        await server.serve(sockets=[listener])
    finally:
        stopping.cancel()


async def _stop(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


class _Uvicorn(uvicorn.Server):
    """uvicorn without its hands on the process's signals: the parts of a process stop in our order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def listen(host: str, port: int, backlog: int = 1024) -> Iterator[socket.socket]:
    """A listening socket; UserError where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=backlog)
    except OSError as error:
        raise UserError(
            f"Port {port} of {host} cannot be listened on: {error.strerror or error}.",
            "Set PULLWRIGHT_HOST and PULLWRIGHT_PORT to what is free here.",
        ) from error
    with listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what is accepted inherits it
        yield listener


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


def _nobody() -> None:
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
