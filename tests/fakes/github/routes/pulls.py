"""Pull requests: opening, changing, reading and merging them."""

from __future__ import annotations

from typing import Any

from tests.fakes.github import events, pushes
from tests.fakes.github.render import people, repos
from tests.fakes.github.render import pulls as render
from tests.fakes.github.routes.labels import remember, told
from tests.fakes.github.state import Issue, Pull, Repository
from tests.fakes.github.wire import Answer, Call, Refused, invalid, operation

Json = Any


@operation("GET", "/repos/{owner}/{repo}/pulls", "pull_requests:read")
async def list_pulls(call: Call) -> Answer:
    """`head` is OWNER:BRANCH; like GitHub, a head without an owner is no filter at all."""
    state, head, base = call.query.get("state", "open"), call.query.get("head", ""), call.query.get("base")
    chosen = []
    for one in call.repo.issues.values():
        pull = one.pull
        if pull is None or state not in ("all", one.state) or base not in (None, pull.base_ref):
            continue
        if ":" in head and head.lower() != f"{pull.head_repo.owner.login}:{pull.head_ref}".lower():
            continue
        chosen.append((one, pull))
    newest = call.query.get("direction", "desc") == "desc"
    chosen.sort(key=lambda pair: pair[0].number, reverse=newest)
    return call.page(render.short_pull(call.world, call.repo, one, pull) for one, pull in chosen)


@operation("POST", "/repos/{owner}/{repo}/pulls", "pull_requests:write", role="read")
async def create_pull(call: Call) -> Answer:
    world, repo = call.world, call.repo
    title = str(call.text("title", "PullRequest", required=True, most=256))
    body = call.text("body", "PullRequest")
    async with repo.objects.pushing:  # of two that come at once, one is the second
        one, pull = await _open(call, title, body)
    await pushes.show_head(repo, pull, one.number)
    await events.pull(world, repo, call.sender, one, "opened")
    return Answer(await render.pull(world, repo, one, pull), 201)


@operation("GET", "/repos/{owner}/{repo}/pulls/{number}", "pull_requests:read")
async def get_pull(call: Call) -> Answer:
    one, pull = call.pull()
    if "diff" in call.accept:
        base = await render.merge_base(call.repo, pull)
        return Answer(await call.repo.objects.read("diff", base, pull.head_sha))
    return Answer(await render.pull(call.world, call.repo, one, pull))


@operation("PATCH", "/repos/{owner}/{repo}/pulls/{number}", "pull_requests:write")
async def update_pull(call: Call) -> Answer:
    one, pull = call.pull()
    changes: dict[str, Json] = {}
    for name, most in (("title", 256), ("body", 65_536)):
        if name in call.body and (value := call.text(name, "PullRequest", most=most)) != getattr(one, name):
            changes[name] = {"from": getattr(one, name) or ""}
            setattr(one, name, value)
    base = call.body.get("base", pull.base_ref)
    if base != pull.base_ref:
        if (sha := await call.repo.objects.resolve(base)) is None:
            raise invalid("PullRequest", "base", "invalid")
        changes["base"] = {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}
        pull.base_ref, pull.base_sha = base, sha
    if changes:
        await told(call, one, "edited", changes=changes)
    state = call.body.get("state", one.state)
    if state != one.state and state == "closed":
        pushes.close(one, call.sender)
        await told(call, one, "closed")
    elif state != one.state:
        await _reopen(call, one, pull)
    return Answer(await render.pull(call.world, call.repo, one, pull))


@operation("GET", "/repos/{owner}/{repo}/pulls/{number}/files", "pull_requests:read")
async def list_files(call: Call) -> Answer:
    _, pull = call.pull()
    return call.page(await repos.files(call.world, call.repo, await render.merge_base(call.repo, pull), pull.head_sha))


@operation("GET", "/repos/{owner}/{repo}/pulls/{number}/commits", "pull_requests:read")
async def list_commits(call: Call) -> Answer:
    _, pull = call.pull()
    found = await call.repo.objects.commits(await render.merge_base(call.repo, pull), pull.head_sha)
    return call.page([await repos.commit(call.world, call.repo, sha) for sha in reversed(found)])


@operation("PUT", "/repos/{owner}/{repo}/pulls/{number}/merge", "contents:write")
async def merge(call: Call) -> Answer:
    """A merge commit on the base, which makes the pull request merged; or, squashed, one that says so by nothing."""
    one, pull = call.pull()
    objects = call.repo.objects
    if call.body.get("sha") not in (None, pull.head_sha):
        raise Refused(409, "Head branch was modified. Review and try the merge again.")
    base = str(await objects.resolve(pull.base_ref))
    tree = await objects.merged_tree(base, pull.head_sha) if one.state == "open" and not pull.draft else None
    if tree is None:
        raise Refused(405, "Pull Request is not mergeable")
    squash = call.body.get("merge_method") == "squash"
    usual = f"{one.title} (#{one.number})" if squash else f"Merge pull request #{one.number} from {pull.head_ref}"
    parents = ["-p", base] if squash else ["-p", base, "-p", pull.head_sha]
    sha = await objects.run("commit-tree", tree, *parents, "-m", call.body.get("commit_title") or usual)
    await pushes.move_ref(call.world, call.repo, call.sender, f"refs/heads/{pull.base_ref}", sha)
    if squash:
        pushes.close(one, call.sender)
        pull.merged_at, pull.merged_by, pull.merge_commit_sha = one.closed_at, call.sender, sha
        await events.pull(call.world, call.repo, call.sender, one, "closed")
    return Answer({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


@operation("POST", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers", "pull_requests:write")
async def request_reviewers(call: Call) -> Answer:
    """Refused for the author, and for whoever is no collaborator."""
    one, pull = call.pull()
    for login in call.body.get("reviewers", ()):
        found = call.world.accounts.get(login.lower())
        if found is one.user:
            raise Refused(422, "Review cannot be requested from pull request author.")
        if found is None or call.repo.role(found.login) == "none" or found.login not in _people(call.repo):
            raise Refused(422, "Reviews may only be requested from collaborators.")
        if found not in pull.reviewers:
            pull.reviewers.append(found)
            remember(call, one, "review_requested", reviewer=found)
            asked = people.account(call.world, found)
            await events.pull(call.world, call.repo, call.sender, one, "review_requested", requested_reviewer=asked)
    return Answer(render.short_pull(call.world, call.repo, one, pull), 201)


@operation("DELETE", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers", "pull_requests:write")
async def remove_reviewers(call: Call) -> Answer:
    one, pull = call.pull()
    gone = {login.lower() for login in call.body.get("reviewers", ())}
    for who in [who for who in pull.reviewers if who.login.lower() in gone]:
        pull.reviewers.remove(who)
        remember(call, one, "review_request_removed", reviewer=who)
    return Answer(render.short_pull(call.world, call.repo, one, pull))


async def _open(call: Call, title: str, body: str | None) -> tuple[Issue, Pull]:
    world, repo = call.world, call.repo
    head_repo, head_ref, head_sha, base_ref, base_sha = await _ends(call)
    _refuse_second(repo, head_repo, head_ref, base_ref)
    if head_repo is not repo:
        await repo.objects.run("fetch", "-q", "--no-tags", str(head_repo.objects.path), head_ref)
    if not await repo.objects.commits(base_sha, head_sha):
        message = f"No commits between {base_ref} and {head_ref}"
        raise Refused(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": message}])
    draft = bool(call.body.get("draft"))
    if draft and not repo.drafts:
        raise Refused(422, "Draft pull requests are not supported in this repository.")
    pull = Pull(world.next_id(), head_repo, head_ref, head_sha, base_ref, base_sha, draft)
    app = call.actor.app if call.actor.kind == "installation" else None
    one = Issue(world.next_id(), len(repo.issues) + 1, call.sender, title, body, app, pull=pull)
    repo.issues[one.number] = one
    return one, pull


async def _ends(call: Call) -> tuple[Repository, str, str, str, str]:
    """The head's repository, branch and commit, and the base's branch and commit."""
    owner, _, head = str(call.text("head", "PullRequest", required=True)).rpartition(":")
    base = str(call.text("base", "PullRequest", required=True))
    source: Repository | None = call.repo
    if owner and owner.lower() != call.repo.owner.login.lower():
        forks = (repo for repo in call.world.repositories.values() if repo.fork_of is call.repo)
        source = next((fork for fork in forks if fork.owner.login.lower() == owner.lower()), None)
    heads = {} if source is None else await source.objects.refs()
    head_sha, base_sha = heads.get(f"refs/heads/{head}"), (await call.repo.objects.refs()).get(f"refs/heads/{base}")
    if source is None or head_sha is None:
        raise invalid("PullRequest", "head", "invalid")
    if base_sha is None:
        raise invalid("PullRequest", "base", "invalid")
    return source, head, head_sha, base, base_sha


def _refuse_second(repo: Repository, head_repo: Repository, head: str, base: str) -> None:
    for one in repo.issues.values():
        pull = one.pull
        if (
            pull is not None
            and one.state == "open"
            and (pull.head_repo, pull.head_ref, pull.base_ref) == (head_repo, head, base)
        ):
            message = f"A pull request already exists for {head_repo.owner.login}:{head}."
            raise Refused(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": message}])


async def _reopen(call: Call, one: Issue, pull: Pull) -> None:
    head = (await pull.head_repo.objects.refs()).get(f"refs/heads/{pull.head_ref}")
    if pull.merged_at or head is None:
        raise invalid("PullRequest", "state", "invalid", "state cannot be changed. The branch has been deleted.")
    one.state, one.closed_at, one.closed_by, pull.head_sha = "open", None, None, head
    await told(call, one, "reopened")


def _people(repo: Repository) -> set[str]:
    return {repo.owner.login, *repo.roles}
