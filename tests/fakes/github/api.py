"""The API's way of one request: described, faulted, authenticated, permitted, carried out, answered, logged."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from tests.fakes.github import auth, faults, openapi, wire
from tests.fakes.github import routes as _routes
from tests.fakes.github.state import Repository, World
from tests.fakes.github.wire import Answer, Call, Operation, Refused, not_found

Json = Any
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PREFIX = "/api/v3"

assert _routes.__all__, "importing the routes fills the table of operations"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; `path` is percent-encoded and without the API's prefix."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


async def serve(world: World, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request to the API, unless a fault takes the answer away."""
    request = await _read(world, scope, receive)
    if request is None:  # whoever asked died in the middle of it
        return
    described = openapi.published()
    if described and request.path != "/graphql":
        world.violations += described.check_request(request.method, request.path, request.query, request.body)
    fault = world.faults.take(request.method, request.path)
    entry: Json = {"at": time.time(), "method": request.method, "path": request.path, "query": request.query}
    entry |= {"body": request.body.decode("utf-8", "replace"), "actor": None, "status": 0}
    world.requests.append(entry)
    answer: Answer | None = None
    if fault is None or fault.late:
        answer = await _answer(world, request, entry)
        if described and answer.status < 400 and not isinstance(answer.body, bytes) and request.path != "/graphql":
            found = described.check_response(request.method, request.path, answer.status, wire.encode(answer))
            world.own_violations += found
    if fault is not None:
        answer = await faults.answer(fault, receive)
    if answer is not None:
        entry["status"] = answer.status
        await _send(answer, request, send)


async def _read(world: World, scope: Scope, receive: Receive) -> Request | None:
    """The request; None where it breaks off."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    path = scope["raw_path"].decode("ascii").partition("?")[0]
    path = "/graphql" if path == "/api/graphql" else path.removeprefix(PREFIX)
    head, _, rest = path.removeprefix("/repositories/").partition("/")
    if path.startswith("/repositories/") and head.isdigit() and (repo := world.repositories.get(int(head))):
        path = f"/repos/{repo.full_name}" + (f"/{rest}" if rest else "")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"], path, scope["query_string"].decode("ascii"), headers, bytes(body))


async def _answer(world: World, request: Request, entry: Json) -> Answer:
    try:
        return await _carry_out(world, request, entry)
    except Refused as refusal:
        return refusal.answer()
    except auth.Unauthorized as error:
        return Refused(401, str(error)).answer()
    except auth.Forbidden as error:
        accepted = "; ".join(need.replace(":", "=") for need in error.needs)
        named = {"X_Accepted_GitHub_Permissions": accepted} if accepted else {}
        return Refused(403, str(error), **named).answer()


async def _carry_out(world: World, request: Request, entry: Json) -> Answer:
    if "user-agent" not in request.headers:
        raise Refused(403, "Request forbidden by administrative rules. Please send a User-Agent header.")
    actor = auth.authenticate(world, request.headers.get("authorization", ""))
    entry["actor"] = actor.account.login if actor.account else actor.kind
    found = wire.find(request.method, request.path)
    if found is None:
        raise not_found()
    operation, arguments = found
    _admit(operation, actor)
    call = Call(
        world=world,
        actor=actor,
        arguments=arguments,
        query=dict(parse_qsl(request.query, keep_blank_values=True)),
        body=_json(request),
        accept=request.headers.get("accept", ""),
        path=request.path,
        api=world.url + PREFIX,
    )
    if operation.template[0] == "repos":
        repo = world.repository(f"{arguments['owner']}/{arguments['repo']}")
        if repo is None:
            return _moved(call, request)
        _permit(call, operation, repo)
        call.found = repo
    return await operation.handle(call)


def _admit(operation: Operation, actor: auth.Actor) -> None:
    """Whether this kind of credentials is for this operation at all."""
    if operation.who == "app" and actor.kind != "app":
        raise Refused(401, "A JSON web token could not be decoded")
    if operation.who == "token" and actor.kind == "app":
        raise Refused(403, "Resource not accessible by integration")
    reads = operation.method == "GET"
    if operation.who == "token" and actor.kind == "anyone" and not (reads and operation.template[0] == "repos"):
        raise Refused(401, "Requires authentication")


def _permit(call: Call, operation: Operation, repo: Repository) -> None:
    if operation.who != "token":
        return
    if not auth.check(call.world, call.actor, repo, operation.needs, operation.role):
        raise not_found()
    writes = operation.method != "GET" and operation.template[3:]
    if repo.archived and writes:
        raise Refused(403, "Repository was archived so is read-only.")


def _moved(call: Call, request: Request) -> Answer:
    """A repository that was renamed or transferred is found by its id."""
    owner, name = call.arguments["owner"], call.arguments["repo"]
    number = call.world.former_names.get(f"{owner}/{name}".lower())
    if number is None:
        raise not_found()
    rest = request.path.split("/", 4)[4:]
    address = "/".join([f"{call.api}/repositories/{number}", *rest])
    address += f"?{request.query}" if request.query else ""
    status = 301 if request.method == "GET" else 307
    body = {"message": "Moved Permanently", "url": address, "documentation_url": "https://docs.github.com/rest"}
    return Answer(body, status, {"Location": address})


def _json(request: Request) -> Json:
    if not request.body:
        return {}
    try:
        body = json.loads(request.body)
    except ValueError:
        raise Refused(400, "Problems parsing JSON") from None
    if not isinstance(body, dict | list):
        raise Refused(400, "Body should be a JSON object")
    return body


async def _send(answer: Answer, request: Request, send: Send) -> None:
    body = wire.encode(answer)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-GitHub-Request-Id": uuid.uuid4().hex.upper()[:20],
        "X-GitHub-Media-Type": "github.v3; format=json",
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "4999",
        "X-RateLimit-Used": "1",
        "X-RateLimit-Reset": str(int(time.time()) + 3600),
        "X-RateLimit-Resource": "core",
    }
    given = {name.title().replace("Ratelimit", "RateLimit"): value for name, value in answer.headers.items()}
    status = answer.status
    if request.method == "GET" and status == 200:
        given["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()}"'
        if request.headers.get("if-none-match") == given["ETag"]:
            status, body = 304, b""
    headers = {**headers, **given}
    if status in (204, 304):
        del headers["Content-Type"]
    else:
        headers["Content-Length"] = str(len(body))
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
    await asyncio.sleep(0)
