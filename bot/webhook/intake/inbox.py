"""The webhook's door: a delivery is checked, committed and only then acknowledged.

Nothing else happens here. Deliveries that arrive while a commit is under way are committed
together by the next one, so that one writer keeps up with many senders on a single disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from pydantic_core import from_json

from sandbox.errors import TransientError, UserError
from workflows.store import deliveries
from workflows.store.database import Store
from workflows.store.deliveries import Delivery
from workflows.store.pinned_connection import PinnedConnection

log = logging.getLogger(__name__)

MOST_BYTES = 25 * 1024 * 1024
"""GitHub sends no larger payloads. https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap"""

_PATIENCE = 8.0
"""Seconds until a delivery that could not be committed is refused; GitHub itself waits for ten."""
_MOST_WAITING_BYTES = 64 * 1024 * 1024
_MOST_AT_ONCE = 256
_GUID = re.compile(r"[0-9A-Za-z-]{8,64}")
_EVENT = re.compile(r"[a-z0-9_]{1,64}")
_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")


class NotADelivery(Exception):
    """Why a request is no delivery: an HTTP status, and a sentence for whoever looks at GitHub's log."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(status, sentence)
        self.status = status
        self.sentence = sentence


def signature(headers: Mapping[str, str]) -> str:
    """What the sender gives as proof; Refused where it cannot be one, whatever the body is."""
    given = headers.get("x-hub-signature-256", "")
    if not given:
        raise NotADelivery(401, "There is no X-Hub-Signature-256. Set the same secret at the App and here.")
    if not _SIGNATURE.fullmatch(given):
        raise NotADelivery(401, "X-Hub-Signature-256 is no signature.")
    return given


def checked(headers: Mapping[str, str], body: bytes, secret: bytes) -> Delivery:
    """The delivery that a request is; Refused where it is none. `headers` finds names in any case.

    The signature comes first: what is not from GitHub learns nothing else.
    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    given = signature(headers)
    expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, given):
        raise NotADelivery(401, "The signature is not that of this body. Set the same secret at the App and here.")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise NotADelivery(
            415, "The body is not JSON. Choose application/json, or remove a webhook that is not the App's own."
        )
    guid, event = headers.get("x-github-delivery", ""), headers.get("x-github-event", "")
    if not _GUID.fullmatch(guid):
        raise NotADelivery(400, "X-GitHub-Delivery is missing, or is no GUID.")
    if not _EVENT.fullmatch(event):
        raise NotADelivery(400, "X-GitHub-Event is missing, or is no event's name.")
    try:
        payload = from_json(body)
    except ValueError:
        raise NotADelivery(400, "The body is not valid JSON.") from None
    if not isinstance(payload, dict):
        raise NotADelivery(400, "The body is JSON, but not an object.")
    return Delivery(guid, event, body, time.time())


class Inbox:
    """Commits deliveries, many at a time. Use it as an async context manager.

    `stored` is called after each commit with how many it was: whoever handles deliveries need not look for them.
    """

    def __init__(
        self, store: Store, stored: Callable[[int], None] = lambda number: None, *, patience: float = _PATIENCE
    ) -> None:
        self._kept = PinnedConnection(store)
        self._patience = patience
        self._stored = stored
        self._waiting: list[tuple[Delivery, asyncio.Future[None]]] = []
        self._waiting_bytes = 0
        self._arrived = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Inbox:
        self._writer = asyncio.create_task(self._write(), name="inbox")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Whoever still waits gets its answer first: requests end before the inbox does."""
        assert self._writer is not None
        self._writer.cancel()
        with suppress(asyncio.CancelledError):
            await self._writer
        await asyncio.to_thread(self._kept.close)

    async def keep(self, delivery: Delivery) -> None:
        """Return once the delivery is on the disk.

        Raises TransientError or StoreError where it is not (yet); it may be committed later
        all the same, and is then known when GitHub sends it again.
        """
        if self._writer is None or self._writer.done():
            raise RuntimeError("the inbox's writer is not at work")
        delivery = deliveries.packed(delivery)
        if self._waiting_bytes + len(delivery.payload) > _MOST_WAITING_BYTES:
            raise TransientError("Too many deliveries wait for the database.")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, done))
        self._waiting_bytes += len(delivery.payload)
        self._arrived.set()
        try:
            async with asyncio.timeout(self._patience):
                await done
        except TimeoutError:
            raise TransientError("The database takes too long.") from None

    async def _write(self) -> None:
        while True:
            await self._arrived.wait()
            batch, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
            if not self._waiting:
                self._arrived.clear()
            failed: TransientError | UserError | None = None
            try:
                await self._kept.write(deliveries.keep, [delivery for delivery, _ in batch])
            except (TransientError, UserError) as error:
                log.warning("deliveries were not kept: %s", error)
                failed = error
            self._waiting_bytes -= sum(len(delivery.payload) for delivery, _ in batch)
            for _, done in batch:
                if done.done():
                    continue
                if failed is None:
                    done.set_result(None)
                else:
                    done.set_exception(failed)
            if failed is None:
                self._stored(len(batch))
