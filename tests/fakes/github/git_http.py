"""Clone, fetch and push over HTTP: git's own http-backend behind GitHub's checks of tokens and permissions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack
from typing import Any

from tests.fakes.github import auth, pushes
from tests.fakes.github.repositories import environment
from tests.fakes.github.state import Repository, World

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_SERVICES = ("info/refs", "git-upload-pack", "git-receive-pack")


def split(path: str) -> tuple[str, str] | None:
    """The repository's full name and the service of a path, None where it is not git's."""
    for service in _SERVICES:
        if path.endswith(f"/{service}") and path.count("/") == 3 + service.count("/"):
            return path[1 : -len(service) - 1].removesuffix(".git"), service
    return None


async def serve(world: World, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request of a git client."""
    found = split(scope["path"])
    assert found is not None
    name, service = found
    query = scope["query_string"].decode("ascii")
    headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
    pushing = "git-receive-pack" in (service, query.partition("service=")[2])
    world.git_requests.append({"repository": name, "service": service, "query": query})
    repo = world.repository(name)
    if repo is None and (number := world.former_names.get(name.lower())):
        target = f"{world.url}/{world.repositories[number].full_name}.git/{service}"
        await _refuse(send, 301, "", Location=f"{target}?{query}" if query else target)
        return
    try:
        actor = auth.authenticate(world, headers.get("authorization", ""))
    except auth.Unauthorized:
        await _challenge(send)
        return
    refusal = _refusal(world, actor, repo, pushing=pushing)
    if refusal is not None and actor.kind == "anyone":
        await _challenge(send)
    elif refusal is not None or repo is None:
        status, sentence = refusal or (404, "Repository not found.")
        await _refuse(send, status, sentence)
    else:
        backend = _environment(world, scope, headers, repo, service, query, actor)
        async with AsyncExitStack() as stack:
            if service == "git-receive-pack":
                await stack.enter_async_context(repo.objects.pushing)
            await _run(world, repo, actor, backend, receive, send, pushed=service == "git-receive-pack")


def _refusal(world: World, actor: auth.Actor, repo: Repository | None, *, pushing: bool) -> tuple[int, str] | None:
    if repo is None:
        return 404, "Repository not found."
    need = "contents:write" if pushing else "contents:read"
    try:
        if not auth.check(world, actor, repo, (need,), "write" if pushing else "read"):
            return 404, "Repository not found."
    except auth.Forbidden as error:
        who = actor.account.login if actor.account else "anyone"
        denied = f"Permission to {repo.full_name}.git denied to {who}."
        return 403, denied if pushing else str(error)
    if pushing and repo.archived:
        return 403, "This repository was archived so it is read-only."
    return None


def _environment(
    world: World, scope: Scope, headers: dict[str, str], repo: Repository, service: str, query: str, actor: auth.Actor
) -> dict[str, str]:
    """What http-backend wants to know, as CGI has it, and what the update hook refuses by."""
    made = environment() | {
        "GIT_PROJECT_ROOT": str(repo.objects.path),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{service}",
        "REQUEST_METHOD": scope["method"],
        "QUERY_STRING": query,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "REMOTE_USER": actor.account.login if actor.account else "",
        "STANDIN_RULES": json.dumps(_rules(world, repo, actor)) if service == "git-receive-pack" else "",
    }
    optional = {
        "CONTENT_LENGTH": headers.get("content-length"),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding"),
        "GIT_PROTOCOL": headers.get("git-protocol"),
    }
    return made | {name: value for name, value in optional.items() if value is not None}


def _rules(world: World, repo: Repository, actor: auth.Actor) -> dict[str, Any]:
    """What the hook is to know; see `receive_hook`."""
    by_app = actor.token is not None and not auth.allows(actor.token.permissions, "workflows:write")
    failing = repo.failing.pop(0) if repo.failing else None
    return {
        "protected": repo.protected,
        "rules": repo.rules_for(actor.app),
        "no_workflows": by_app,
        "default": repo.default_branch,
        "page": f"{world.url}/{repo.full_name}",
        "signers": str(world.root / "signers"),
        "push_protection": repo.push_protection,
        "file_limit": repo.file_limit,
        "failing": failing,
    }


async def _run(
    world: World,
    repo: Repository,
    actor: auth.Actor,
    backend: dict[str, str],
    receive: Receive,
    send: Send,
    *,
    pushed: bool,
) -> None:
    """Stream the request in and the answer out; what a push moved is known before the answer ends."""
    before = await repo.objects.refs("refs/heads/", "refs/tags/") if pushed else {}
    process = await asyncio.create_subprocess_exec(
        "git", "http-backend", env=backend, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    feeding = asyncio.create_task(_feed(process.stdin, receive))
    try:
        await _pass_on(process.stdout, send)
        await process.wait()
    finally:
        feeding.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()
    if pushed and actor.account is not None:
        after = await repo.objects.refs("refs/heads/", "refs/tags/")
        await pushes.refs_moved(world, repo, actor.account, before, after)
    await send({"type": "http.response.body", "body": b""})


async def _feed(stdin: asyncio.StreamWriter, receive: Receive) -> None:
    try:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                break
            stdin.write(message.get("body", b""))
            await stdin.drain()
            if not message.get("more_body"):
                break
    except (BrokenPipeError, ConnectionResetError):
        pass  # the backend has heard enough, as after a refusal
    finally:
        stdin.close()


async def _pass_on(stdout: asyncio.StreamReader, send: Send) -> None:
    status, headers = 200, []
    while (line := (await stdout.readline()).strip()) != b"":
        name, _, value = line.partition(b":")
        if name.lower() == b"status":
            status = int(value.split()[0])
        else:
            headers.append((name.lower(), value.strip()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    while chunk := await stdout.read(65_536):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _challenge(send: Send) -> None:
    await _refuse(send, 401, "Invalid username or token.", **{"WWW-Authenticate": 'Basic realm="GitHub"'})


async def _refuse(send: Send, status: int, sentence: str, **more: str) -> None:
    body = sentence.encode()
    headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body)), **more}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
