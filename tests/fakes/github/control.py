"""What tests and demos do to the stand-in itself, over HTTP below `/_control`: set up, break, wait, look.

People act through the ordinary API with their tokens (`ghp_LOGIN`); only what no API of
GitHub's can do is here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.fakes.github import apps, events
from tests.fakes.github.faults import Fault
from tests.fakes.github.render import issues, people, repos
from tests.fakes.github.repositories import Objects
from tests.fakes.github.state import Account, Repository, World
from tests.fakes.github.wire import Answer

Json = Any

_Verb = Callable[[World, Json], Awaitable[Json]]


async def carry_out(world: World, name: str, body: bytes) -> Answer:
    """Do what the last segment of the path names, with the fields of a JSON body."""
    verb = _VERBS.get(name)
    if verb is None:
        return Answer({"message": f"no control {name!r}; there are {', '.join(_VERBS)}"}, 404)
    return Answer(await verb(world, json.loads(body or b"{}")))


async def create_repository(
    world: World,
    full_name: str,
    *,
    source: str | Path | None = None,
    private: bool = False,
    default_branch: str = "main",
    roles: dict[str, str] | None = None,
    owner_kind: str = "Organization",
    fork_of: Repository | None = None,
) -> Repository:
    """A repository with the branches and tags of a local one, or with one commit."""
    owner, _, name = full_name.partition("/")
    number = world.next_id()
    path = world.root / f"{number}.git"
    objects = await Objects.create(path, fork_of.objects.path if fork_of else source, default_branch)
    account = world.account(owner, owner_kind)
    repo = Repository(number, account, name, objects, private, default_branch=default_branch, fork_of=fork_of)
    world.repositories[number] = repo
    for login, role in (roles or {}).items():
        repo.roles[world.account(login).login] = role
    return repo


async def _account(world: World, body: Json) -> Json:
    return people.account(world, world.account(body["login"], body.get("kind", "User")))


async def _rename_account(world: World, body: Json) -> Json:
    world.rename_account(body["login"], body["to"])


async def _repository(world: World, body: Json) -> Json:
    fork = body.pop("fork_of", None)
    made = await create_repository(world, fork_of=_repo(world, fork) if fork else None, **body)
    return repos.full_repository(world, made)


async def _roles(world: World, body: Json) -> Json:
    repo = _repo(world, body["repository"])
    for login, role in body["roles"].items():
        repo.roles[world.account(login).login] = role


async def _protect(world: World, body: Json) -> Json:
    """Branches or patterns, with what their classic protection lets and asks for."""
    _repo(world, body["repository"]).protected = dict.fromkeys(body["branches"], body.get("what") or {})


async def _rulesets(world: World, body: Json) -> Json:
    """The rulesets of a repository: each a name, rules, and what it includes, leaves out, and whom it lets pass."""
    given = [{"id": world.next_id(), "name": "rules", **one} for one in body["rulesets"]]
    _repo(world, body["repository"]).rulesets = given
    return given


async def _pushes(world: World, body: Json) -> Json:
    """How a repository takes pushes: `push_protection`, `file_limit`, and `failing` ones that come next."""
    repo = _repo(world, body.pop("repository"))
    for name, value in body.items():
        setattr(repo, name, value)


async def _issue_types(world: World, body: Json) -> Json:
    """The types of an organisation's issues, and its fields: their options by name. The ids of the fields, by name."""
    repo = _repo(world, body["repository"])
    repo.issue_types = tuple(body["types"])
    repo.issue_fields = {world.next_id(): (name, tuple(options)) for name, options in body["fields"].items()}
    return {name: number for number, (name, _) in repo.issue_fields.items()}


async def _signing_key(world: World, body: Json) -> Json:
    """A key (as ssh-keygen writes public ones) that somebody gave GitHub for signing with an address."""
    with (world.root / "signers").open("a") as file:
        file.write(f"{body['email']} {body['key'].strip()}\n")


async def _remove_issue(world: World, body: Json) -> Json:
    """Delete an issue, or transfer it to another repository, as its people can."""
    repo, number = _repo(world, body["repository"]), int(body["number"])
    one, sender, extra = repo.issues[number], world.account(body.get("by", "alice")), {}
    if to := body.get("to"):
        other = _repo(world, to)
        new = replace(one, id=world.next_id(), number=len(other.issues) + 1)
        other.issues[new.number] = new
        repo.gone[number] = f"{other.full_name}/issues/{new.number}"
        shown = issues.issue(world, other, new)
        extra = {"changes": {"new_issue": shown, "new_repository": repos.payload_repository(world, other)}}
    else:
        repo.gone[number] = ""
    events.issue(world, repo, sender, one, "transferred" if to else "deleted", **extra)


async def _drafts(world: World, body: Json) -> Json:
    _repo(world, body["repository"]).drafts = bool(body["there"])


async def _transfer(world: World, body: Json) -> Json:
    repo = _repo(world, body["repository"])
    old: Account = repo.owner
    world.former_names[repo.full_name.lower()] = repo.id
    repo.owner = world.account(body["to"], "Organization")
    changes = {"owner": {"from": {"organization": events.organization(world, old)}}}
    events.repository(world, repo, old, "transferred", changes=changes)


async def _app(world: World, body: Json) -> Json:
    made = apps.create(world, body["manifest"])
    events.ping(world, made)
    keys = {"client_id": made.client_id, "client_secret": made.client_secret, "pem": made.private_key}
    return people.app(world, made) | keys | {"webhook_secret": made.webhook_secret, "bot": made.bot.login}


async def _install(world: World, body: Json) -> Json:
    names = body.get("repositories")
    chosen = None if names is None else [_repo(world, name) for name in names]
    made = apps.install(world, world.apps[body["app"]], world.account(body["account"]), chosen)
    return people.installation(world, made)


async def _grant(world: World, body: Json) -> Json:
    """Change what an installation was granted, as its owner can."""
    one = world.installations[body["installation"]]
    if "permissions" in body:
        one.permissions = dict(body["permissions"])
    if "repositories" in body:
        before = [repo for repo in world.repositories.values() if one.covers(repo)]
        one.repositories = {_repo(world, name).id for name in body["repositories"]}
        after = [repo for repo in world.repositories.values() if one.covers(repo)]
        added = [repo for repo in after if repo not in before]
        if removed := [repo for repo in before if repo not in after]:
            events.installation_repositories(world, one, one.account, [], removed)
        if added:
            events.installation_repositories(world, one, one.account, added, [])
    return people.installation(world, one)


async def _expire_tokens(world: World, body: Json) -> Json:
    for token in world.tokens.values():
        token.expires = min(token.expires, time.time() - 1)


async def _set(world: World, body: Json) -> Json:
    world.token_seconds = body.get("token_seconds", world.token_seconds)
    world.outbox.dropping = body.get("dropping", world.outbox.dropping)


async def _fault(world: World, body: Json) -> Json:
    world.faults.plan(Fault(**body))


async def _heal(world: World, body: Json) -> Json:
    left = len(world.faults.planned)
    world.faults.planned.clear()
    return {"unused": left}


async def _settle(world: World, body: Json) -> Json:
    await world.outbox.settle()


async def _requests(world: World, body: Json) -> Json:
    return world.requests


async def _git_requests(world: World, body: Json) -> Json:
    return world.git_requests


async def _violations(world: World, body: Json) -> Json:
    return {"requests": world.violations, "own": world.own_violations}


async def _forgive(world: World, body: Json) -> Json:
    requests, world.violations = world.violations, []
    return {"requests": requests}


async def _job_log(world: World, body: Json) -> Json:
    _repo(world, body["repository"]).job_logs[body["job"]] = body["text"]
    return {}


async def _hidden(world: World, body: Json) -> Json:
    """Of each review and comment on code of a pull request, whether it is shown folded up."""
    pull = _repo(world, body["repository"]).issues[body["number"]].pull
    assert pull is not None
    shown = {"reviews": pull.reviews, "comments": pull.comments}
    return {name: [one.minimized for one in said] for name, said in shown.items()}


async def _deliveries(world: World, body: Json) -> Json:
    return [
        {
            "id": one.id,
            "guid": one.guid,
            "event": one.event,
            "action": one.action,
            "status": one.status,
            "status_code": one.status_code,
            "redelivery": one.redelivery,
            "headers": one.request_headers,
            "payload": one.payload,
        }
        for one in world.outbox.log
    ]


_VERBS: dict[str, _Verb] = {
    "account": _account,
    "rename_account": _rename_account,
    "repository": _repository,
    "roles": _roles,
    "protect": _protect,
    "pushes": _pushes,
    "remove_issue": _remove_issue,
    "rulesets": _rulesets,
    "issue_types": _issue_types,
    "signing_key": _signing_key,
    "drafts": _drafts,
    "job_log": _job_log,
    "transfer": _transfer,
    "app": _app,
    "install": _install,
    "grant": _grant,
    "expire_tokens": _expire_tokens,
    "set": _set,
    "fault": _fault,
    "heal": _heal,
    "settle": _settle,
    "requests": _requests,
    "git_requests": _git_requests,
    "violations": _violations,
    "forgive": _forgive,
    "hidden": _hidden,
    "deliveries": _deliveries,
}


def _repo(world: World, full_name: str) -> Repository:
    found = world.repository(full_name)
    if found is None:
        raise LookupError(f"the stand-in has no repository {full_name}")
    return found
