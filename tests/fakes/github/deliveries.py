"""Webhook deliveries: signed, sent one after the other, logged with what came of them, never retried by themselves."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.fakes.github.state import App, now

Json = Any

TIMEOUT = 10.0
"""Seconds that GitHub waits for an answer."""


@dataclass(slots=True)
class Delivery:
    """One attempt to deliver. `guid` stays the same when it is made again; `status_code` is 0 while under way."""

    id: int
    guid: str
    app: App
    event: str
    action: str | None
    installation_id: int | None
    repository_id: int | None
    payload: Json
    redelivery: bool = False
    delivered_at: str = field(default_factory=now)
    duration: float = 0.0
    status: str = "pending"
    status_code: int = 0
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""


@dataclass(slots=True)
class Outbox:
    """The log of all deliveries, newest last, and the queue of those still to be made."""

    log: list[Delivery] = field(default_factory=list)
    dropping: bool = False
    """While set, deliveries fail as if the other side could not be reached."""
    _queue: asyncio.Queue[Delivery] = field(default_factory=asyncio.Queue)
    _next_id: int = 100_001

    def publish(
        self,
        app: App,
        event: str,
        payload: Json,
        installation_id: int | None,
        repository_id: int | None,
        *,
        again: Delivery | None = None,
    ) -> Delivery:
        """Queue a delivery; `again` is the one that it repeats."""
        action = payload.get("action")
        guid = str(uuid.uuid4()) if again is None else again.guid
        delivery = Delivery(
            self._next_id, guid, app, event, action, installation_id, repository_id, payload, again is not None
        )
        self._next_id += 1
        self.log.append(delivery)
        self._queue.put_nowait(delivery)
        return delivery

    def redeliver(self, old: Delivery) -> Delivery:
        return self.publish(old.app, old.event, old.payload, old.installation_id, old.repository_id, again=old)

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        await self._queue.join()

    async def work(self) -> None:
        """Make the queued deliveries, in their order, for as long as the stand-in runs."""
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=False) as client:
            while True:
                delivery = await self._queue.get()
                try:
                    await self._deliver(client, delivery)
                finally:
                    self._queue.task_done()

    async def _deliver(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        app = delivery.app
        body = json.dumps(delivery.payload).encode()
        delivery.request_headers = headers(delivery, body)
        started = time.monotonic()
        if self.dropping or not app.webhook_url:
            delivery.status, delivery.status_code = "failed to connect to host", 502
            return
        try:
            response = await client.post(app.webhook_url, content=body, headers=delivery.request_headers)
        except httpx.TimeoutException:
            delivery.status, delivery.status_code = "timed out", 504
        except (httpx.HTTPError, httpx.InvalidURL):
            delivery.status, delivery.status_code = "failed to connect to host", 502
        else:
            fine = response.is_success
            delivery.status = "OK" if fine else f"Invalid HTTP Response: {response.status_code}"
            delivery.status_code = response.status_code
            delivery.response_headers = dict(response.headers)
            delivery.response_body = response.text
        delivery.duration = round(time.monotonic() - started, 2)


def headers(delivery: Delivery, body: bytes) -> dict[str, str]:
    """The headers of a delivery, with the signature of its body."""
    app = delivery.app
    made = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/5tandin",
        "X-GitHub-Delivery": delivery.guid,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
    }
    if app.webhook_secret:
        for name, algorithm in (("X-Hub-Signature", hashlib.sha1), ("X-Hub-Signature-256", hashlib.sha256)):
            digest = hmac.new(app.webhook_secret.encode(), body, algorithm).hexdigest()
            made[name] = f"{algorithm().name}={digest}"
    return made
