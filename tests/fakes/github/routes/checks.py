"""Check runs, tags and releases."""

from __future__ import annotations

from typing import Any

from tests.fakes.github import events, pushes
from tests.fakes.github.render import checks as render
from tests.fakes.github.state import CheckRun, Release, now
from tests.fakes.github.wire import Answer, Call, Refused, invalid, not_found, operation

Json = Any

_CONCLUSIONS = {"action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"}


@operation("POST", "/repos/{owner}/{repo}/check-runs", "checks:write")
async def create_check_run(call: Call) -> Answer:
    """Only Apps make check runs, and only on commits that are there."""
    app = call.actor.app
    if app is None:
        raise Refused(403, "You must authenticate via a GitHub App.")
    name = str(call.text("name", "CheckRun", required=True, most=256))
    sha = str(call.text("head_sha", "CheckRun", required=True))
    if await call.repo.objects.resolve(sha) is None:
        raise Refused(422, f"No commit found for SHA: {sha}")
    one = CheckRun(call.world.next_id(), app, name, sha, started_at=now())
    _fill(call, one)
    call.repo.checks.append(one)
    events.check_run(call.world, call.repo, call.sender, one, "created")
    await _told_completed(call, one)
    return Answer(render.check_run(call.world, call.repo, one), 201)


@operation("PATCH", "/repos/{owner}/{repo}/check-runs/{id}", "checks:write")
async def update_check_run(call: Call) -> Answer:
    one = _check_run(call)
    if one.app is not call.actor.app:
        raise Refused(403, "Resource not accessible by integration")
    completed = one.status == "completed"
    _fill(call, one)
    if not completed:
        await _told_completed(call, one)
    return Answer(render.check_run(call.world, call.repo, one))


@operation("GET", "/repos/{owner}/{repo}/check-runs/{id}", "checks:read")
async def get_check_run(call: Call) -> Answer:
    return Answer(render.check_run(call.world, call.repo, _check_run(call)))


@operation("GET", "/repos/{owner}/{repo}/check-runs/{id}/annotations", "checks:read")
async def list_annotations(call: Call) -> Answer:
    blank = {"start_column": None, "end_column": None, "title": None, "raw_details": None, "blob_href": ""}
    return call.page(blank | dict(one) for one in _check_run(call).annotations)


@operation("GET", "/repos/{owner}/{repo}/commits/{ref*}/check-runs", "checks:read")
async def list_check_runs(call: Call) -> Answer:
    sha = await call.repo.objects.resolve(call.arguments["ref"])
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {call.arguments['ref']}")
    name = call.query.get("check_name")
    chosen = [one for one in call.repo.checks if one.head_sha == sha and name in (None, one.name)]
    return call.page((render.check_run(call.world, call.repo, one) for one in chosen), wrap="check_runs")


@operation("GET", "/repos/{owner}/{repo}/commits/{ref*}/status", "statuses:read")
async def combined_status(call: Call) -> Answer:
    """No commit has a status of the old kind here."""
    from tests.fakes.github.render.repos import repository

    sha = await call.repo.objects.resolve(call.arguments["ref"])
    if sha is None:
        raise not_found()
    url = f"{call.api}/repos/{call.repo.full_name}/commits/{sha}"
    shown = {"state": "pending", "statuses": [], "sha": sha, "total_count": 0}
    return Answer(shown | {"repository": repository(call.world, call.repo), "commit_url": url, "url": f"{url}/status"})


@operation("GET", "/repos/{owner}/{repo}/tags", "contents:read")
async def list_tags(call: Call) -> Answer:
    api = f"{call.api}/repos/{call.repo.full_name}"
    names = [ref.removeprefix("refs/tags/") for ref in await call.repo.objects.refs("refs/tags/")]
    made = []
    for name in reversed(names):
        sha = await call.repo.objects.resolve(f"refs/tags/{name}")
        made.append(
            {
                "name": name,
                "commit": {"sha": sha, "url": f"{api}/commits/{sha}"},
                "zipball_url": f"{api}/zipball/refs/tags/{name}",
                "tarball_url": f"{api}/tarball/refs/tags/{name}",
                "node_id": f"REF_{call.repo.id}_{name}",
            }
        )
    return call.page(made)


@operation("GET", "/repos/{owner}/{repo}/releases", "contents:read")
async def list_releases(call: Call) -> Answer:
    return call.page(render.release(call.world, call.repo, one) for one in reversed(call.repo.releases))


@operation("POST", "/repos/{owner}/{repo}/releases", "contents:write")
async def create_release(call: Call) -> Answer:
    """Makes the tag too, where there is none and the release is no draft."""
    body, repo = call.body, call.repo
    tag = str(call.text("tag_name", "Release", required=True))
    if any(one.tag == tag and not one.draft for one in repo.releases):
        raise invalid("Release", "tag_name", "already_exists")
    target = body.get("target_commitish") or repo.default_branch
    one = Release(
        call.world.next_id(),
        call.sender,
        tag,
        target,
        body.get("name"),
        body.get("body"),
        bool(body.get("draft")),
        bool(body.get("prerelease")),
    )
    await _publish(call, one, created=True)
    repo.releases.append(one)
    return Answer(render.release(call.world, repo, one), 201)


@operation("GET", "/repos/{owner}/{repo}/releases/latest", "contents:read")
async def latest_release(call: Call) -> Answer:
    for one in reversed(call.repo.releases):
        if not (one.draft or one.prerelease):
            return Answer(render.release(call.world, call.repo, one))
    raise not_found()


@operation("GET", "/repos/{owner}/{repo}/releases/tags/{tag*}", "contents:read")
async def release_by_tag(call: Call) -> Answer:
    for one in call.repo.releases:
        if one.tag == call.arguments["tag"] and not one.draft:
            return Answer(render.release(call.world, call.repo, one))
    raise not_found()


@operation("GET", "/repos/{owner}/{repo}/releases/{id}", "contents:read")
async def get_release(call: Call) -> Answer:
    return Answer(render.release(call.world, call.repo, _release(call)))


@operation("PATCH", "/repos/{owner}/{repo}/releases/{id}", "contents:write")
async def update_release(call: Call) -> Answer:
    one = _release(call)
    names = {"tag_name": "tag", "target_commitish": "target"}
    for name in ("tag_name", "target_commitish", "name", "body", "draft", "prerelease"):
        if name in call.body:
            setattr(one, names.get(name, name), call.body[name])
    await _publish(call, one)
    return Answer(render.release(call.world, call.repo, one))


@operation("DELETE", "/repos/{owner}/{repo}/releases/{id}", "contents:write")
async def delete_release(call: Call) -> Answer:
    one = _release(call)
    call.repo.releases.remove(one)
    events.release(call.world, call.repo, call.sender, one, "deleted")
    return Answer(status=204)


def _check_run(call: Call) -> CheckRun:
    for one in call.repo.checks:
        if one.id == call.number("id"):
            return one
    raise not_found()


def _fill(call: Call, one: CheckRun) -> None:
    """Take over the fields of the body; a conclusion completes, and completing needs a conclusion."""
    body, output = call.body, call.body.get("output") or {}
    for name in ("name", "status", "conclusion", "details_url", "external_id", "started_at", "completed_at"):
        if name in body:
            setattr(one, name, body[name])
    if one.conclusion is not None and one.conclusion not in _CONCLUSIONS:
        raise invalid("CheckRun", "conclusion", "invalid")
    if body.get("conclusion"):
        one.status = "completed"
    if one.status == "completed" and one.conclusion is None:
        raise invalid("CheckRun", "conclusion", "missing_field")
    for name in ("summary", "text"):
        if len(output.get(name) or "") > 65_535:
            raise invalid("CheckRun", name, "invalid", f"{name} is too long (maximum is 65535 characters)")
    if len(output.get("annotations") or ()) > 50:
        raise Refused(422, "Invalid request.\n\nNo more than 50 items are allowed; 51 were supplied.")
    for name in ("title", "summary", "text"):
        if name in output:
            setattr(one, name, output[name])
    one.annotations.extend(output.get("annotations") or ())
    if one.status == "completed":
        one.completed_at = one.completed_at or now()


async def _told_completed(call: Call, one: CheckRun) -> None:
    """A check is done, and with the last one of its App on a commit all of them."""
    if one.status != "completed":
        return
    events.check_run(call.world, call.repo, call.sender, one, "completed")
    suite = [other for other in call.repo.checks if (other.app, other.head_sha) == (one.app, one.head_sha)]
    if all(other.status == "completed" for other in suite):
        await events.check_suite(call.world, call.repo, call.sender, suite)


def _release(call: Call) -> Release:
    for one in call.repo.releases:
        if one.id == call.number("id"):
            return one
    raise not_found()


async def _publish(call: Call, one: Release, *, created: bool = False) -> None:
    """Make the tag and tell of the release, unless it is a draft; that is told of when it is `created`."""
    publishes = not one.draft and not one.published_at
    ref = f"refs/tags/{one.tag}"
    if publishes and ref not in await call.repo.objects.refs(ref):
        sha = await call.repo.objects.resolve(one.target)
        if sha is None:
            raise invalid("Release", "target_commitish", "invalid")
        await pushes.move_ref(call.world, call.repo, call.sender, ref, sha)
    if created:
        events.release(call.world, call.repo, call.sender, one, "created")
    if publishes:
        one.published_at = now()
        events.release(call.world, call.repo, call.sender, one)
