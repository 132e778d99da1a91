"""The notes in a draft of the release, kept fresh as long as nobody else writes in it; published only when approved."""

from __future__ import annotations

import asyncio
import hashlib
import re

from sandbox.errors import RepositoryError
from workflows.advice import RETRY, ROLLBACK
from workflows.definition import Done, Failed, Result, State
from workflows.effects.code.release import DraftRelease
from workflows.effects.code.release_text import PublishRelease, ReleaseTexts, WriteRelease
from workflows.effects.items import ReleaseInfo
from workflows.effects.kind import digest
from workflows.policy.config.repo_config import NotesRules
from workflows.release_notes.state import MOVED_FROM, NOTES, PLANNED, PUBLISHES, RELEASE, UNTIL, UNTIL_NAME
from workflows.services import StepContext
from workflows.steps.change import config_at
from workflows.store.run_rows import runs
from workflows.text.escape import code
from workflows.values import RunStatus

_MOST_RUNS = 300
"""Of the repository's release notes, the newest first, among which an earlier one of the same tag is looked for."""
_SIGNED = re.compile(r"\n*<!-- pullwright:notes:([0-9a-f]{16}) -->\s*\Z")


async def draft(ctx: StepContext) -> Result:
    """Have a draft hold the notes of a tag: a new one, an empty one, or ours that nobody has edited."""
    forge, tag = ctx.forge.operations(ctx.run.id), ctx.state[UNTIL_NAME.key]
    rules = await rules_of(ctx)
    if ctx.dry or not ctx.run.subject.forge or not isinstance(forge, ReleaseTexts):
        return Done(summary="there is no place for one")
    if not rules.draft or not (ctx.state.get(PLANNED) or await asyncio.to_thread(_is_tag, ctx, tag)):
        return Done(summary="not wanted here" if not rules.draft else "the range ends with no tag")
    there = [one for one in await forge.releases() if one.tag == tag]
    if out := next((one for one in there if not one.draft), None):
        return Done({"release_left": f"Release {code(tag)} is published already, so it stays as it is."}, out.url)
    found, moved = next(iter(there), None), await _moved_from(ctx)
    text = _text(ctx, moved)
    body = signed(text)
    if found is not None and not _is_free(found):
        return Done({"release_left": f"Somebody writes the draft of {code(tag)}, so it stays as it is."}, found.url)
    marker = f"<!-- pullwright:notes:{_known_by(text)} -->"
    drafting = DraftRelease(tag, marker)
    writing = await ctx.journal.begun(WriteRelease.kind, tag)  # by an attempt that could not tell any more
    if found is None or (marker in found.body and await drafting.begun(ctx.journal)):
        made = await drafting.do(ctx.journal, forge, tag, body, target=ctx.state[UNTIL.key])
        found = next((one for one in await forge.releases() if one.id == made), None)
    elif writing or digest(found.body) != digest(body):
        before = WriteRelease.read(writing).before if writing else found.body
        await WriteRelease(found.id, tag, before, digest(body)).do(ctx.journal, forge, body)
    if found is None:
        return Done({"release_left": f"The draft of {code(tag)} was deleted meanwhile."}, "deleted meanwhile")
    held = {"id": found.id, "tag": tag, "url": found.url, "digest": digest(body)}
    publishes = rules.publish and bool(ctx.run.subject.told_on)
    return Done({RELEASE: held, PUBLISHES: publishes, MOVED_FROM: moved}, found.url)


def publish_question(state: State) -> str:
    return f"Is this to be published as release {state[RELEASE]['tag']}?\n\n{state[NOTES.key]}"


def publish_binding(state: State) -> str:
    """What was shown: a yes to other notes does not count."""
    return hashlib.sha256(f"{state[RELEASE]['tag']}\0{state[NOTES.key]}".encode()).hexdigest()


def is_to_be_published(state: State) -> bool:
    return bool(state.get(PUBLISHES) and state.get(RELEASE))


async def publish(ctx: StepContext) -> Result:
    """Publish the draft that was approved, if it is still as it was then."""
    forge, held = ctx.forge.operations(ctx.run.id), ctx.state[RELEASE]
    if ctx.dry or not isinstance(forge, ReleaseTexts):
        return Done(summary="there is no place for it")
    found = next((one for one in await forge.releases() if one.id == held["id"]), None)
    if found is None:
        return Failed(f"The draft of {held['tag']} is gone.", advice=(ROLLBACK,), lasting=True)
    if found.draft and digest(found.body) != held["digest"]:
        why = f"Somebody edited the draft of {held['tag']} since it was approved. Publish it on GitHub, or ask anew."
        return Failed(why, advice=(RETRY, ROLLBACK))
    publishing = PublishRelease(found.id, found.tag)
    if found.draft or await publishing.begun(ctx.journal):
        await publishing.do(ctx.journal, forge)
    return Done({"published": True}, found.url)


async def rules_of(ctx: StepContext) -> NotesRules:
    """What the repository asks of release notes, as its default branch has it."""
    repository = ctx.repository()
    branch = ctx.run.inputs.get("base_branch") or await ctx.forge.default_base()
    return await asyncio.to_thread(
        lambda: config_at(repository, repository.resolve(f"refs/heads/{branch}")).notes_rules()
    )


def signed(text: str) -> str:
    """The text with what it is known by at its end, unseen: so it is known whether somebody has edited it."""
    return f"{text.rstrip()}\n\n<!-- pullwright:notes:{_known_by(text)} -->\n"


def is_as_signed(body: str) -> bool:
    """Whether a text is one of ours, and as we left it."""
    found = _SIGNED.search(body.replace("\r\n", "\n"))
    return found is not None and _known_by(body.replace("\r\n", "\n")[: found.start()]) == found[1]


def _is_free(release: ReleaseInfo) -> bool:
    return not release.body.strip() or is_as_signed(release.body)


def _known_by(text: str) -> str:
    return digest(text)[:16]


def _text(ctx: StepContext, moved: str) -> str:
    """The notes; of a tag that was moved it is said first."""
    said = f"_The tag was moved here from {moved[:10]}._\n\n" if moved else ""
    return said + str(ctx.state[NOTES.key])


async def _moved_from(ctx: StepContext) -> str:
    """The commit that the tag named when its draft was written before; "" where it has stayed where it was.

    Our own record counts: a tag that is deleted and made anew comes as a new one, and what GitHub names of
    a signed tag is no commit.
    """
    tag, commit = ctx.state[UNTIL_NAME.key], ctx.state[UNTIL.key]
    if ctx.state.get(PLANNED):
        return ""  # the branch that it is to be put at moves by itself
    rows = await ctx.services.store.read(
        runs.list_runs, repository=ctx.run.repository, workflow=ctx.run.workflow, limit=_MOST_RUNS
    )
    for row in rows:
        ours = row.id != ctx.run.id and row.state.get(UNTIL_NAME.key) == tag
        stands = row.status is not RunStatus.ROLLED_BACK and not row.state.get(PLANNED)
        if ours and stands and row.state.get(RELEASE):
            before = str(row.state[UNTIL.key])
            return str(row.state.get(MOVED_FROM) or "") if before == commit else before
    return str(ctx.run.inputs.get("moved_from") or "")


def _is_tag(ctx: StepContext, name: str) -> bool:
    try:
        ctx.repository().resolve(f"refs/tags/{name}")
    except RepositoryError:
        return False
    return True
