"""Committing a suggestion of ours to a pull request's branch: only where it still fits, and where we may push."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.errors import PushRefused, RollbackRefused
from sandbox.git.history import Person, TreeFile
from sandbox.git.objects import Objects
from sandbox.git.repository import Repository
from sandbox.journal import FileAction, FileChange
from workflows.definition import Done, Result
from workflows.effects.code.branch import BranchOperations
from workflows.effects.code.push import PushCommits
from workflows.effects.items import PullInfo
from workflows.policy.change_rules import Proposed, judge
from workflows.review_pr.history.earlier import key_in
from workflows.review_pr.reply.answering import bring
from workflows.review_pr.reply.asked import SAID, THREAD, ReplyForge, record_of
from workflows.review_pr.reply.putting_in import NotApplied, put_in
from workflows.services import StepContext, author_of
from workflows.steps.change import config_at
from workflows.steps.rules.ground_rules import rules_of_branch
from workflows.steps.rules.push_rules import Pushed, broken_rules, fitting
from workflows.text.escape import line

_TRIES = 3
_PLAIN = ("100644", "100755")
_BY_HAND = "*Commit suggestion* on the comment does it by hand."


@dataclass(frozen=True, slots=True)
class _Made:
    """A commit with the suggestion in it, and the diff that it makes."""

    commit: str
    change: FileChange
    diff: str


async def apply(ctx: StepContext) -> Result:
    """Commit it on top of the branch as it is now, and push that forward; why not is told in the thread.

    Who pushes meanwhile is not overwritten: then it is tried on top of theirs.
    """
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    assert isinstance(forge, ReplyForge), "the thread was read"
    record = await record_of(ctx, key_in(str(ctx.state[THREAD.key]["begins"])))
    if "suggestion" not in record:
        return _refused(NotApplied("This thread suggests nothing that I know of. Ask in words, with a mention."))
    if _shown(str(ctx.state[THREAD.key]["begins"])) != record["suggestion"]:
        return _refused(NotApplied(f"Somebody has edited this suggestion since it was made. {_BY_HAND}"))
    for _ in range(_TRIES):
        pull = await forge.pull(number)
        if (done := str(ctx.state.get("reply_made") or "")) and await _holds(ctx, pull.head_commit, done):
            return Done({SAID: {"applied": done}}, f"applied in {done[:10]}")
        if why := await _not_ours_to_push(ctx, forge, pull):
            return _refused(why)
        made = await _made(ctx, pull, record)
        if isinstance(made, NotApplied):
            return _refused(made)
        if ctx.dry:
            return Done({}, f"would push {made.commit[:10]} to `{pull.head}`")
        await ctx.keep(reply_made=made.commit)
        try:
            await _push(ctx, pull, made.commit)
        except RollbackRefused:
            continue
        except PushRefused as error:
            return _refused(NotApplied(f"{error.sentence} {_BY_HAND}"))
        return Done({SAID: {"applied": made.commit}}, f"applied in {made.commit[:10]}")
    return _refused(NotApplied("Somebody pushes to the branch all the time. Try again when it is at rest."))


def _refused(why: NotApplied) -> Done:
    return Done({SAID: {"refused": why.why}}, why.why[:200])


async def _holds(ctx: StepContext, head: str, made: str) -> bool:
    """Whether an attempt before was interrupted behind its push."""
    repository = ctx.repository()
    await bring(ctx, repository, head)
    lacking = await asyncio.to_thread(repository.missing, [made])
    return not lacking and await asyncio.to_thread(repository.contains, head, made)


async def _not_ours_to_push(ctx: StepContext, forge: ReplyForge, pull: PullInfo) -> NotApplied | None:
    if pull.state != "open":
        return NotApplied(f"The pull request is {'merged' if pull.merged else 'closed'}.")
    if pull.head_repository.lower() != ctx.run.subject.repository.lower():
        return NotApplied(f"The branch is in a fork, where I do not push. {_BY_HAND}")
    if pull.head == await ctx.forge.default_base():
        return NotApplied(f"The branch is the repository's default branch, where I do not push. {_BY_HAND}")
    if isinstance(forge, BranchOperations) and await forge.is_protected(pull.head):
        return NotApplied(f"The branch is protected, so I do not push to it. {_BY_HAND}")
    return None


async def _made(ctx: StepContext, pull: PullInfo, record: Mapping[str, str]) -> _Made | NotApplied:
    repository = ctx.repository()
    await bring(ctx, repository, pull.head_commit)
    author, pushing = await author_of(ctx.services, ctx.run), await rules_of_branch(ctx, pull.head)
    if ctx.services.signing_key is None and any(rule.kind == "required_signatures" for rule in pushing):
        return NotApplied(f"Commits must be signed here, and I have no key for that. {_BY_HAND}")
    message = fitting(pushing, ctx.services.redact(_message(ctx, record)), "fix")
    made = await asyncio.to_thread(_write, ctx, repository, pull.head_commit, record, author, message)
    if isinstance(made, NotApplied):
        return made
    rules = await asyncio.to_thread(repository.resolve, f"refs/heads/{await ctx.forge.default_base()}")
    config = await asyncio.to_thread(config_at, repository, rules)
    proposed = Proposed((made.change,), made.diff, len(made.diff.encode(errors="replace")))
    ruling = await asyncio.to_thread(judge, proposed, ctx.services.bounds, config)
    if ruling.refused is not None:
        return NotApplied(f"{ruling.refused.reason} {_BY_HAND}")
    size = len(await asyncio.to_thread(repository.read_blob, made.change.after_blob))
    pushed = Pushed([(made.change.path, size)], [made.change.path], message, author.email)
    broken = broken_rules(pushing, pushed)
    return NotApplied(broken.reason) if broken is not None else made


def _write(
    ctx: StepContext, repository: Repository, head: str, record: Mapping[str, str], author: Person, message: str
) -> _Made | NotApplied:
    """The commit, which is the same one each time: its clock is the run's."""
    files = {one.path: one for one in repository.files(head)}
    there: TreeFile | None = files.get(record["path"])
    if there is None or there.mode not in _PLAIN:
        return NotApplied("It is outdated: its file is not there any more.")
    try:
        text = repository.read_blob(there.blob).decode()
    except UnicodeDecodeError:
        return NotApplied(f"The file is not in UTF-8, so I do not write it. {_BY_HAND}")
    after = put_in(text, record, head, _reviewed(repository, record))
    if isinstance(after, NotApplied):
        return after
    objects = Objects(repository.git)
    blob = objects.write("blob", after.encode())
    listing = {**objects.listing(repository.tree_of(head)), there.path: (there.mode, blob)}
    commit = repository.write_commit(
        objects.write_listing(listing),
        [head],
        message,
        author=author,
        committer=author,
        when=int(ctx.run.created_at),
        key=ctx.services.signing_key,
    )
    change = FileChange(there.path, FileAction.MODIFIED, there.mode, there.mode, there.blob, blob)
    return _Made(commit, change, repository.diff(head, commit))


def _reviewed(repository: Repository, record: Mapping[str, str]) -> str | None:
    """The file as it was reviewed; None where that commit is not here any more."""
    commit = record.get("head", "")
    if not commit or repository.missing([commit]):
        return None
    there = next((one for one in repository.files(commit) if one.path == record["path"]), None)
    return repository.read_blob(there.blob).decode("utf-8", "replace") if there and there.mode in _PLAIN else None


async def _push(ctx: StepContext, pull: PullInfo, commit: str) -> None:
    remote, repository = await ctx.forge.remote(write=True), ctx.repository()

    async def act() -> None:
        await asyncio.to_thread(
            repository.push, remote.url, commit, pull.head, expected=pull.head_commit, env=remote.env
        )

    await PushCommits(pull.head, pull.head_commit, commit).do(ctx.journal, act)


def _message(ctx: StepContext, record: Mapping[str, str]) -> str:
    """What was suggested, and whoever wanted it as co-author; no word of others can act in it."""
    title = f"Apply a suggestion to {line(record['path'], 200)}"
    who = ctx.run.inputs.get("requester") or {}
    name, email = line(str(who.get("name") or who.get("login") or ""), 100), str(who.get("email") or "")
    trailer = f"Co-authored-by: {name} <{email}>" if name and email else ""
    return "\n\n".join(part for part in (title, line(record.get("title", ""), 200), trailer) if part) + "\n"


def _shown(body: str) -> str | None:
    """The suggestion that a comment of ours shows; None where it shows none."""
    lines = body.replace("\r\n", "\n").split("\n")
    for at, row in enumerate(lines):
        if row.startswith("```") and row.lstrip("`") == "suggestion":
            fence = row.removesuffix("suggestion")
            end = next((n for n in range(at + 1, len(lines)) if lines[n] == fence), len(lines))
            return "\n".join(lines[at + 1 : end])
    return None
