"""Rulesets, as whoever may read a repository sees them, and branches that get another name."""

from __future__ import annotations

from typing import Any

from tests.fakes.github import events
from tests.fakes.github.receive_hook import applies
from tests.fakes.github.render import repos as render
from tests.fakes.github.repositories import ZERO
from tests.fakes.github.routes.labels import told
from tests.fakes.github.wire import Answer, Call, Refused, not_found, operation

Json = Any


@operation("GET", "/repos/{owner}/{repo}/rules/branches/{branch*}", "metadata:read")
async def branch_rules(call: Call) -> Answer:
    """The active rules for a branch of that name, which need not be there; also those that we may bypass."""
    branch = call.arguments["branch"]
    found = [rule for rule in call.repo.rules_for() if applies(rule, branch, call.repo.default_branch)]
    return call.page(
        {key: rule[key] for key in ("type", "parameters") if key in rule}
        | {"ruleset_id": rule["ruleset"], "ruleset_source": call.repo.full_name, "ruleset_source_type": "Repository"}
        for rule in found
    )


@operation("GET", "/repos/{owner}/{repo}/rulesets/{id}", "metadata:read")
async def ruleset(call: Call) -> Answer:
    one = next((one for one in call.repo.rulesets if one["id"] == call.number("id")), None)
    if one is None:
        raise not_found()
    app = call.actor.app
    bypasses = app is not None and app.slug in one.get("bypass", ())
    shown = {
        "id": one["id"],
        "name": one["name"],
        "target": "branch",
        "source_type": "Repository",
        "source": call.repo.full_name,
        "enforcement": "active",
        "current_user_can_bypass": "always" if bypasses else "never",
        "conditions": {"ref_name": {"include": one.get("include") or ["~ALL"], "exclude": one.get("exclude") or []}},
        "rules": one["rules"],
    }
    return Answer(shown)


@operation("POST", "/repos/{owner}/{repo}/branches/{branch*}/rename", "administration:write", "contents:write")
async def rename_branch(call: Call) -> Answer:
    """Pull requests follow; who asks for the old name is led to the new one."""
    repo, old, new = call.repo, call.arguments["branch"], str(call.body["new_name"])
    refs = await repo.objects.refs()
    sha = refs.get(f"refs/heads/{old}")
    if sha is None:
        raise Refused(404, "Branch not found")
    if f"refs/heads/{new}" in refs:
        raise Refused(422, "Validation Failed", [{"resource": "Branch", "code": "already_exists", "field": "name"}])
    async with repo.objects.pushing:
        await repo.objects.run("update-ref", f"refs/heads/{new}", sha)
        await repo.objects.run("update-ref", "-d", f"refs/heads/{old}")
    repo.renamed[old] = new
    if repo.default_branch == old:
        repo.default_branch = new
        await repo.objects.run("symbolic-ref", "HEAD", f"refs/heads/{new}")
    for one in repo.issues.values():
        if one.pull is None:
            continue
        if one.pull.base_ref == old:
            one.pull.base_ref = new
            await told(call, one, "edited", changes={"base": {"ref": {"from": old}, "sha": {"from": sha}}})
        if one.pull.head_repo is repo and one.pull.head_ref == old:
            one.pull.head_ref = new
    events.create_or_delete(call.world, repo, call.sender, f"refs/heads/{new}", "create")
    events.create_or_delete(call.world, repo, call.sender, f"refs/heads/{old}", "delete")
    await events.push(call.world, repo, call.sender, f"refs/heads/{new}", ZERO, sha)
    return Answer(await render.branch(call.world, repo, new, sha), 201)
