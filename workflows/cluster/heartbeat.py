"""The sign of life of one worker, and how it finds out that it does not count any more."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import sqlalchemy as sa

from workflows.cluster.timeouts import Times
from workflows.errors import TransientError, UserError
from workflows.store.cluster import deaths, workers
from workflows.store.database import Store

log = logging.getLogger(__name__)


def end_process(sentence: str) -> NoReturn:
    """At once, from any thread, without tidying up: what would be tidied belongs to another by now."""
    logging.getLogger("pullwright").critical(
        "%s", sentence
    )  # a server says on stderr what this floor's loggers warn of
    sys.stderr.write(f"pullwright: {sentence}\n")
    sys.stderr.flush()
    os._exit(1)


def boot_id() -> str:
    """What this start of the machine is called, the same for all of them where that is not to be known."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "a start"


class Heart:
    """Lets the others know that this process is alive, and this process whether it still counts.

    It beats in a thread of its own: a loop that is busy is not dead.
    """

    def __init__(self, store: Store, places: int, times: Times, end: Callable[[str], NoReturn] = end_process) -> None:
        self.id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._store = store
        self._places = places
        self._times = times
        self._end = end
        self._engine = _own_connection(store.url, times)
        self._connection: sa.Connection | None = None
        self._locked = False
        self._thread = threading.Thread(target=self._live, name="heart", daemon=True)
        self._due = threading.Event()
        self._heard = threading.Condition()
        self._last = 0.0
        """When the last beat that arrived was sent."""
        self._since = 0.0
        """When the first one was of those that followed each other without a gap."""
        self._judges_at = 0.0
        """From when on silence of others means something."""
        self._stopping = False

    @property
    def mark(self) -> str:
        return self.id

    @property
    def together(self) -> float:
        return self._times.together

    def start(self) -> None:
        """Sign in and begin to beat. Raises as the store does."""
        sent = _clock()
        here = {"host": socket.gethostname(), "boot": boot_id()}
        self._store.write_now(deaths.sign_in, self.id, process=os.getpid(), places=self._places, **here)
        self._last = self._since = sent
        self._judges_at = sent + self._times.silent
        self._store.fence = self._must_count
        self._thread.start()

    def stop(self) -> None:
        """Sign out: the others need not wait before they go on with what is left."""
        self._stopping = True
        self._due.set()
        self._thread.join()
        self._store.fence = None
        try:
            self._store.write_now(workers.leave, self.id)
        except (TransientError, UserError) as error:
            log.warning("it could not be said that this worker leaves: %s", error)
        self._let_go()
        self._engine.dispose()

    async def hold(self) -> None:
        if _clock() - self._last >= self._times.fresh:
            await asyncio.to_thread(self._ask)

    def bury(self) -> list[str]:
        """For their silence nobody, until we have been heard of for as long ourselves without a gap: while there
        is no database everybody is silent, and not all find it again in the same second. Whose process has ended
        on this machine need not be waited for."""
        now = _clock()
        if now - self._last >= self._times.fresh:
            return []
        silent = self._times.silent if now >= self._judges_at else math.inf
        frozen = self._times.frozen if now - self._since > self._times.frozen else math.inf
        others = [one for one in self._store.read_now(workers.living) if one.id != self.id]
        ended = [one.id for one in others if one.host == socket.gethostname() and not _runs(one.process)]
        if not ended and all(one.silence <= silent for one in others):
            return []
        return self._store.write_now(
            deaths.bury, self.id, silent=silent, frozen=frozen, ended=ended, within=self.together
        )

    # --- in whatever thread has a question ---------------------------------------------------

    def _ask(self) -> None:
        asked = _clock()
        self._due.set()
        with self._heard:
            if not self._thread.is_alive():
                self._end(f"Worker {self.id} has no heart-beat any more, which is an error of ours: see its log.")
            if not self._heard.wait_for(lambda: self._last >= asked, self._times.patience):
                raise TransientError("The database does not answer, so it is not known who works on this.")

    def _must_count(self, db: sa.Connection) -> None:
        """In each transaction that writes."""
        if not workers.counts(db, self.id):
            self._ended()

    def _ended(self) -> NoReturn:
        self._say_so()
        self._end(
            f"Worker {self.id} was not heard of for too long, and others go on with its runs. "
            "It does nothing more; start it again."
        )

    def _say_so(self) -> None:
        """The one thing that it may still write: it was alive, so none of its runs has killed it."""
        try:
            with self._engine.connect().execution_options(isolation_level="READ COMMITTED") as db, db.begin():
                deaths.take_back(db, self.id)
        except sa.exc.SQLAlchemyError as error:
            log.warning("it could not be said that this worker is alive: %s", error)

    # --- in the heart's own thread -----------------------------------------------------------

    def _live(self) -> None:
        while not self._stopping:
            self._due.clear()
            self._beat()
            self._due.wait(self._times.beat)

    def _beat(self) -> None:
        sent = _clock()
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            counted = workers.beat(self._connection, self.id)
            self._locked = self._locked or workers.take_lock(self._connection, self.id)
        except sa.exc.SQLAlchemyError as error:
            log.warning("this worker could not say that it is alive: %s", error)
            self._let_go()
            return
        if not counted:
            self._ended()
        with self._heard:
            if sent - self._last >= self._times.fresh:
                self._since, self._judges_at = sent, sent + self._times.silent + self._times.patience
            self._last = sent
            self._heard.notify_all()

    def _let_go(self) -> None:
        self._locked = False
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _runs(process: int) -> bool:
    """Whether it is one of this machine; who has its number now may be another."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _clock() -> float:
    """Seconds that go on while the machine sleeps, where there is such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _own_connection(url: sa.URL, times: Times) -> sa.Engine:
    """One that is never waited for longer than an effect waits for a heart-beat."""
    patience = max(1, round(times.patience))
    options = {
        "connect_timeout": max(2, patience),
        "options": f"-c statement_timeout={patience * 1000}",
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        "tcp_user_timeout": patience * 1000,
    }
    return sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT", connect_args=options)
