"""From a range to its notes: nothing is laid out or run, all is read from the mirror."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.errors import RepositoryError
from sandbox.git.history import History
from workflows.advice import ROLLBACK
from workflows.agent.prompts import render
from workflows.agent.questions import Unreadable
from workflows.definition import Done, Failed, Result
from workflows.effects.code.release_text import ReleaseTexts
from workflows.release_notes.categories import PLACES, OwnParts, own_parts
from workflows.release_notes.drafting import rules_of
from workflows.release_notes.groups import Group, group_of, is_clear, key_of, told_title
from workflows.release_notes.history.cut_off import is_cut_off, missing_in
from workflows.release_notes.history.package_folder import folder_of
from workflows.release_notes.history.pulls import ReleasedChange
from workflows.release_notes.history.released import released_beside
from workflows.release_notes.history.versions import Previous, previous, version_of
from workflows.release_notes.notes import Notes, markdown, people_of
from workflows.release_notes.own_style import kind_of, left_out, parted
from workflows.release_notes.proposal.proposing import MOST_BYTES, NOTES_FILES, changelog_in
from workflows.release_notes.ranges import RangeRead, by_path, page_of, range_of
from workflows.release_notes.state import (
    FACTS,
    FOLDER,
    LEARNED,
    NOTES,
    ODD,
    PLANNED,
    RELEASED,
    SINCE,
    UNTIL,
    UNTIL_NAME,
    UNTIL_TAG,
)
from workflows.release_notes.suggesting import suggestion
from workflows.services import StepContext
from workflows.steps.asking import question
from workflows.values import to_json
from workflows.workspace.named_commits import READS

_AT_ONCE = 150
"""Changes that the model sorts in one call."""
_MOST_NOTES = 100_000
_PARTS: Mapping[Group, str] = {
    Group.BREAKING: "users must change something to go on",
    Group.FEATURE: "users can do something that they could not",
    Group.FIX: "something that was wrong is right now",
    Group.PERFORMANCE: "something takes less time or memory",
    Group.DOCS: "only documents changed",
    Group.OTHER: "inside of the project: refactoring, tests, tools, the release itself",
}
_NAMES = {group.name.lower(): group for group in _PARTS}


async def fetch(ctx: StepContext) -> Result:
    """Bring the mirror up to date, tags too, and find the range: as asked, else from the release before."""
    repository, remote = ctx.repository(), await ctx.forge.remote()
    await ctx.say("fetching the repository")
    local = not ctx.run.subject.forge  # a forge is asked whose a commit is; here the heads of pull requests tell
    await asyncio.to_thread(repository.fetch, remote.url, remote.env, tags=True, pulls=local)
    asked = ctx.run.inputs.get("range") or {}
    since, until = str(asked.get("since") or ""), str(asked.get("until") or "")
    name = until or await ctx.forge.default_base()
    planned = await _planned(ctx, name)
    tag = name if planned or name in await asyncio.to_thread(repository.tags) else ""
    try:
        commit = await asyncio.to_thread(_commit, repository, planned or name)
        found = Previous(since) if since else await asyncio.to_thread(_before, repository, name, commit, bool(planned))
        if found.tag:
            await asyncio.to_thread(_commit, repository, found.tag)
        beside = (
            []
            if since or not found.tag
            else await asyncio.to_thread(released_beside, repository, found.tag, commit, tag)
        )
    except RepositoryError as error:
        return Failed(str(error), advice=(ROLLBACK,))
    state: dict[str, Any] = {SINCE.key: found.tag, UNTIL.key: commit, UNTIL_NAME.key: name, UNTIL_TAG: tag}
    cut = await asyncio.to_thread(missing_in, repository, found.tag, commit)
    state |= {RELEASED.key: beside, ODD.key: _odd(found.why, cut, beside), PLANNED: bool(planned)}
    if prefix := next((one.family for one in map(version_of, (tag, found.tag)) if one is not None), ""):
        everything = (await rules_of(ctx)).everything
        state[FOLDER.key] = "" if everything else await asyncio.to_thread(folder_of, repository, commit, prefix)
    tags = [f"refs/tags/{one}" for one in (found.tag, name, *beside) if one]
    lacking = await asyncio.to_thread(repository.missing, tags)
    state[READS] = [commit, *(one for one in tags if one not in lacking)]
    return Done(state, f"{found.tag or 'the beginning'}..{name}")


async def sort(ctx: StepContext) -> Result:
    """Ask the model where those changes belong whose titles do not say it, where there is a model."""
    read = await asyncio.to_thread(range_of, ctx)
    unclear = [
        change
        for change in read.changes
        if not is_clear(change, read.labels.get(change.number, ()), read.paths[key_of(change)])
    ]
    if ctx.run.inputs.get("plain") or not unclear:
        return Done({LEARNED.key: {}}, "by titles alone" if unclear else "all titles are clear")
    learned: dict[str, str] = {}
    for at in range(0, len(unclear), _AT_ONCE):
        some = unclear[at : at + _AT_ONCE]
        await ctx.say(f"sorting {len(unclear)} changes")
        listed = [f"{key_of(change)} {told_title(change)[:200]}" for change in some]
        prompt = render("sort", __file__, changes=listed, parts={g.name.lower(): _PARTS[g] for g in _PARTS})
        said = await question(ctx, prompt, _sorted({key_of(change) for change in some}), "release notes")
        learned |= said or {}  # what could not be read is sorted by its title
    return Done({LEARNED.key: learned}, f"{len(learned)} of {len(unclear)} by the model")


async def write(ctx: StepContext) -> Result:
    """The notes, from the range alone: what a sentence cites is in it."""
    read = await asyncio.to_thread(range_of, ctx)
    learned = {key: _NAMES[name] for key, name in ctx.state[LEARNED.key].items() if name in _NAMES}
    own_names = await asyncio.to_thread(_own_parts, ctx)
    changelog, kinds = ("", ()) if own_names.categories else await _unlisted_kinds(ctx)
    told, unlisted = parted(read.changes, kinds, read.labels, read.paths)
    placed: dict[Group, list[ReleasedChange]] = {}
    for change in told:
        labels = read.labels.get(change.number, ())
        placed.setdefault(group_of(change, labels, learned, read.paths[key_of(change)]), []).append(change)
    people, newcomers = people_of(read.changes, read.known)
    if await asyncio.to_thread(is_cut_off, ctx.repository()):
        newcomers = []
    next_one = await suggestion(ctx, placed)
    own, kept_out = _in_own_parts(own_names, placed, read)
    notes = Notes(
        since=ctx.state[SINCE.key],
        until=ctx.state[UNTIL_NAME.key],
        placed=placed,
        reverted=read.reverted,
        people=people,
        newcomers=newcomers,
        why=ctx.state[ODD.key],
        suggested=next_one,
        touched=by_path(read.paths),
        own=own,
        left_out=kept_out,
        unlisted=len(unlisted),
        unlisted_kinds=sorted(
            {kind_of(one, read.labels.get(one.number, ()), read.paths[key_of(one)]) for one in unlisted}
        ),
        changelog=changelog,
        web=await page_of(ctx),
        folder=read.folder,
        elsewhere=len(read.elsewhere),
    )
    text = markdown(notes)
    if len(text) > _MOST_NOTES:
        return Failed(f"The notes would have {len(text):,} characters: {notes.changes} changes.", advice=(ROLLBACK,))
    facts = {
        "changes": notes.changes,
        "pulls": notes.pulls + kept_out + sum(1 for one in (*unlisted, *read.elsewhere) if one.number),
        "of": read.pulls,
        "version": next_one.version,
        "reason": next_one.reason,
        "broken": [to_json(one) for one in next_one.names.broken],
        "waived": next_one.names.waived,
    }
    return Done({NOTES.key: text, FACTS.key: facts}, f"{notes.changes} change{'' if notes.changes == 1 else 's'}")


def _odd(why: str, cut: str, beside: Sequence[str]) -> str:
    """What is odd about a range, as sentences."""
    left = f"Without what {', '.join(beside)} had already." if beside else ""
    return " ".join(part for part in (why, cut, left) if part)


async def _unlisted_kinds(ctx: StepContext) -> tuple[str, tuple[str, ...]]:
    """The CHANGELOG of the range's end, and the kinds of changes that it has not listed until now."""
    rules, since = await rules_of(ctx), ctx.state[SINCE.key]
    if rules.everything or version_of(since) is None:
        return "", ()

    def look() -> tuple[str, tuple[str, ...]]:
        repository = ctx.repository()
        files = {file.path: file for file in repository.files(ctx.state[UNTIL.key]) if file.mode.startswith("100")}
        folder = ctx.state.get(FOLDER.key) or ""
        path = changelog_in(files, rules.changelog, folder, others=() if folder else NOTES_FILES)
        if not path or files[path].size > MOST_BYTES:
            return "", ()
        text = repository.read_blob(files[path].blob).decode("utf-8", "replace")
        try:
            return path, left_out(repository, text, since, folder)
        except RepositoryError:  # a tag that names no commit: nothing is learned
            return "", ()

    return await asyncio.to_thread(look)


def _own_parts(ctx: StepContext) -> OwnParts:
    """The repository's own parts, as the end of the range has them."""
    repository = ctx.repository()
    files = {file.path: file for file in repository.files(ctx.state[UNTIL.key]) if file.path in PLACES}
    found = next((files[path] for path in PLACES if path in files), None)
    return own_parts(repository.read_blob(found.blob)[:100_000].decode("utf-8", "replace")) if found else OwnParts()


def _in_own_parts(
    parts: OwnParts, placed: dict[Group, list[ReleasedChange]], read: RangeRead
) -> tuple[dict[str, list[ReleasedChange]], int]:
    """Move what the repository has a part for there, and take out what it keeps out; breaking changes stay first."""
    own: dict[str, list[ReleasedChange]] = {one.title: [] for one in parts.categories}
    left_out = 0
    for group in [group for group in placed if group is not Group.BREAKING]:
        stays = []
        for change in placed[group]:
            of, author = read.labels.get(change.number, ()), read.authors.get(change.number, "")
            if change.number and parts.excludes(of, author):
                left_out += 1
            elif change.number and (title := parts.of(of, author)):
                own[title].append(change)
            else:
                stays.append(change)
        placed[group] = stays
    return own, left_out


def _commit(history: History, name: str) -> str:
    """The commit that a tag, a branch or an id names; of a tag and a branch of one name the tag is meant."""
    for ref in (f"refs/tags/{name}", f"refs/heads/{name}", name):
        try:
            return history.resolve(ref)
        except RepositoryError:
            continue
    raise RepositoryError(f"There is no tag, branch or commit {name!r}.", "Check its name.")


async def _planned(ctx: StepContext, name: str) -> str:
    """What a tag is to be put at that nobody has made yet, as the draft of its release says; "" for all else."""
    forge = ctx.forge.operations(ctx.run.id)
    if not name or not ctx.run.subject.forge or not isinstance(forge, ReleaseTexts):
        return ""
    if not await asyncio.to_thread(ctx.repository().missing, [f"refs/tags/{name}"]):
        return ""
    draft = next((one for one in await forge.releases() if one.draft and one.tag == name), None)
    return "" if draft is None else draft.target or await ctx.forge.default_base()


def _before(history: History, name: str, commit: str, planned: bool) -> Previous:
    """The release before what is called `name`; for a branch, its newest release. A planned tag is none yet."""
    tags, merged = history.tags(), set(history.tags(merged=commit))
    if name in tags or (planned and version_of(name) is not None):
        return previous(name, tags, merged.__contains__)
    here = [one for one in map(version_of, merged) if one is not None]
    plain = [one for one in here if not one.family] or here
    finals = [one for one in plain if not one.prerelease] or plain
    if not finals:
        return Previous("")
    if len({one.family for one in finals}) > 1:
        return Previous("", "The tags here are those of several packages: name the range, as FROM..TO.")
    return Previous(max(finals).tag)


def _sorted(keys: set[str]) -> Callable[[Any], dict[str, str]]:
    """Reads the model's answer: only changes that were asked about, only parts that there are."""

    def read(data: Any) -> dict[str, str]:
        if not isinstance(data, dict):
            raise Unreadable("it is no JSON object.")
        strange = [key for key in data if key not in keys]
        if strange:
            raise Unreadable(f"it names {str(strange[0])[:40]!r}, which is not among the changes.")
        return {key: part for key, part in data.items() if isinstance(part, str) and part in _NAMES}

    return read
