"""The App's webhook: its settings, the log of its deliveries, and deliveries made again."""

from __future__ import annotations

import json
from typing import Any

from tests.fakes.github.deliveries import Delivery
from tests.fakes.github.wire import Answer, Call, not_found, operation

Json = Any


@operation("GET", "/app/hook/config", who="app")
async def get_config(call: Call) -> Answer:
    app = call.actor.app
    assert app is not None
    return Answer({"content_type": "json", "secret": "********", "insecure_ssl": "0", "url": app.webhook_url})


@operation("PATCH", "/app/hook/config", who="app")
async def update_config(call: Call) -> Answer:
    app = call.actor.app
    assert app is not None
    app.webhook_url = call.body.get("url", app.webhook_url)
    app.webhook_secret = call.body.get("secret", app.webhook_secret)
    return await get_config(call)


@operation("GET", "/app/hook/deliveries", who="app")
async def list_deliveries(call: Call) -> Answer:
    """Newest first, by cursor: the id of the next page's first delivery, in the Link header."""
    log = [one for one in reversed(call.world.outbox.log) if one.app is call.actor.app and one.status_code]
    if cursor := call.query.get("cursor"):
        log = [one for one in log if one.id <= int(cursor.rpartition("_")[2])]
    size = min(int(call.query.get("per_page") or 30), 100)
    headers = {}
    if len(log) > size:
        headers["Link"] = f'<{call.link(cursor=f"v1_{log[size].id}")}>; rel="next"'
    return Answer([_item(one) for one in log[:size]], headers=headers)


@operation("GET", "/app/hook/deliveries/{id}", who="app")
async def get_delivery(call: Call) -> Answer:
    one = _delivery(call)
    request = {"headers": one.request_headers, "payload": one.payload}
    response = {"headers": one.response_headers, "payload": _json(one.response_body)}
    url = call.actor.app.webhook_url if call.actor.app else ""
    return Answer(_item(one) | {"url": url, "request": request, "response": response})


@operation("POST", "/app/hook/deliveries/{id}/attempts", who="app")
async def redeliver(call: Call) -> Answer:
    call.world.outbox.redeliver(_delivery(call))
    return Answer({}, 202)


def _delivery(call: Call) -> Delivery:
    wanted = call.number("id")
    for one in call.world.outbox.log:
        if one.id == wanted and one.app is call.actor.app:
            return one
    raise not_found()


def _item(one: Delivery) -> Json:
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": one.delivered_at,
        "redelivery": one.redelivery,
        "duration": one.duration,
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation_id,
        "repository_id": one.repository_id,
        "throttled_at": None,
    }


def _json(text: str) -> Json:
    """GitHub shows an answer's body as text, whatever it was."""
    return None if not text else json.dumps(text)
