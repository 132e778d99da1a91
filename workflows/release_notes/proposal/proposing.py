"""The notes proposed for the repository's CHANGELOG, as a pull request of one file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence

from sandbox.git.history import Person, TreeFile
from sandbox.git.repository import Repository
from workflows.advice import ROLLBACK
from workflows.definition import Done, Failed, Result
from workflows.ports import BranchRule, PullDraft
from workflows.release_notes.drafting import rules_of
from workflows.release_notes.history.versions import TagVersion, version_of
from workflows.release_notes.proposal.changelog import ChangelogEntry, NoEntry, has_entry, with_entry
from workflows.release_notes.proposal.outdated import close_older, close_told
from workflows.release_notes.proposal.proposal_branch import ProposalPlace, place_of, put_there
from workflows.release_notes.proposal.proposals import PATH
from workflows.release_notes.state import FACTS, FOLDER, NOTES, SINCE, UNTIL, until_tag
from workflows.services import StepContext, author_of
from workflows.steps.rules.ground_rules import against, rules_of_branch
from workflows.steps.rules.push_rules import Pushed, broken_rules, fitting
from workflows.text.escape import code
from workflows.text.slug import slug
from workflows.workspace.commits import CommitFacts

CHANGELOGS = ("CHANGELOG.md", "CHANGES.md", "HISTORY.md", "docs/CHANGELOG.md")
"""Where it is looked for where the repository does not say, however the names are spelt."""
_ENDS = (".rst", ".adoc", ".asciidoc", ".org", ".txt", "")
IN_OTHER_MARKUP = tuple(f"{name.removesuffix('.md')}{end}" for name in CHANGELOGS for end in _ENDS)
"""Where it is looked for then."""
NOTES_FILES = ("docs/release-notes.md", "docs/release_notes.md", "RELEASE_NOTES.md", "NEWS.md")
"""Where else notes of releases stand, which are read, and written in only where the repository says so."""
MOST_BYTES = 4_000_000


async def propose(ctx: StepContext) -> Result:
    """Open a pull request that puts the notes into the CHANGELOG, where that is asked for; ours is kept fresh."""
    wanted = ctx.run.inputs.get("changelog") or (await rules_of(ctx)).changelog
    if not wanted:
        return Done(summary="not asked for")
    version = _version(ctx)
    if not version:
        return Failed("It is not known which version the entry is for.", advice=(ROLLBACK,), lasting=True)
    repository, branch = ctx.repository(), ctx.run.inputs.get("base_branch") or await ctx.forge.default_base()
    base = await asyncio.to_thread(repository.resolve, f"refs/heads/{branch}")
    folder = ctx.state.get(FOLDER.key) or ""
    files = {file.path: file for file in await asyncio.to_thread(repository.files, base)}
    path = changelog_in(files, wanted, folder, others=IN_OTHER_MARKUP)
    if path not in files or not files[path].mode.startswith("100") or files[path].size > MOST_BYTES:
        called = wanted if isinstance(wanted, str) else "CHANGELOG"
        return Done(summary=f"there is no {called} {f'of `{folder}`' if folder else 'here'}")
    before = await asyncio.to_thread(repository.read_blob, files[path].blob)
    last = version_of(ctx.state[SINCE.key])
    if folder and not path.startswith(f"{folder}/") and not (last and has_entry(before, last.text, path)):
        return Done(summary=f"{path} tells of no release of `{folder}`")
    package = _package(ctx)
    called = f"{package} {version}".strip()
    name = f"release-notes/{slug(called) or 'next'}"
    try:
        entry = ChangelogEntry(version, _day(repository, ctx.state[UNTIL.key]), ctx.state[NOTES.key])
        after = with_entry(before, entry, path)
    except NoEntry as said:
        there = not ctx.dry and has_entry(before, version, path)
        told = there and await close_told(ctx, name, f"{code(path)} has an entry for {code(called)} by now.")
        return Done(summary=f"{said}{' The pull request with another one is closed.' if told else ''}")
    if ctx.dry:
        return Done({"branch": name}, f"would propose it as `{name}`")
    return await _proposed(ctx, name, branch, base, files[path], after, called)


async def _proposed(
    ctx: StepContext, name: str, branch: str, base: str, file: TreeFile, after: bytes, called: str
) -> Result:
    """On a new branch, or on top of the one that an earlier run has left."""
    place = await place_of(ctx, name, base, file)
    if isinstance(place, str):
        return Done(summary=place)
    rules, author = await rules_of_branch(ctx, name), await author_of(ctx.services, ctx.run)
    words = f"Bring the release notes for {called} up to date" if place.head else f"Add release notes for {called}"
    message = fitting(rules, words, "docs", "chore")
    pushed = Pushed([(file.path, len(after))], [file.path], message, author.email, merges=len(place.parents) > 1)
    if why := _refused(ctx, rules, name, pushed, new=not place.head):
        return Done(summary=f"not proposed: {why}")
    commit = place.head
    if not place.done:
        commit = await asyncio.to_thread(_commit, ctx, place, file, after, message, author)
    if why := await put_there(ctx, name, place, commit):
        return Done(summary=why)
    title = f"Add release notes for {called}"
    body = f"Puts the notes of {code(called)} into {code(file.path)}. Every other byte of it stays as it was."
    draft = PullDraft(name, branch, commit, title, body, draft=False)
    pull = await ctx.forge.open_pull(ctx.run.id, draft, ctx.journal)
    await close_older(ctx, pull.number, called)
    opened = {"number": pull.number, "url": pull.url, "draft": pull.draft}
    state = {"pull": opened, "pull_title": title, "branch": name, "commit": commit, PATH: file.path, "ready": True}
    return Done(state, pull.url)


def _refused(ctx: StepContext, rules: Sequence[BranchRule], name: str, pushed: Pushed, *, new: bool) -> str:
    """What the repository's rules have against the branch, `new` or not, and its commit; "" for nothing."""
    told = [one for rule in rules for one, _ in against(rule, name, pushed.email, new=new)]
    if ctx.services.signing_key is None and any(rule.kind == "required_signatures" for rule in rules):
        told.append("Commits must be signed here, and the server has no key for that (PULLWRIGHT_SIGNING_KEY).")
    broken = broken_rules(rules, pushed)
    return " ".join(dict.fromkeys([*told, *([broken.reason] if broken is not None else [])]))


def changelog_in(files: Collection[str], wanted: str | bool | None, folder: str, others: Sequence[str] = ()) -> str:
    """The CHANGELOG of the package in `folder`, else the repository's; "" where there is none.

    `wanted` is its path where the repository names one, `others` are looked for behind the usual ones.
    """
    names = [wanted] if isinstance(wanted, str) else [*CHANGELOGS, *others]
    own = [f"{folder}/{name}" for name in names] if folder else []
    spelt = {path.lower(): path for path in sorted(files, reverse=True)}
    return next((spelt[one.lower()] for one in (*own, *names) if one.lower() in spelt), "")


def _commit(ctx: StepContext, place: ProposalPlace, file: TreeFile, after: bytes, message: str, author: Person) -> str:
    """The commit of the one changed file: the same again where it is made again."""
    repository, key = ctx.repository(), ctx.services.signing_key
    git = repository.git
    blob = git.run("hash-object", "-w", "--stdin", stdin=after).decode("ascii").strip()
    listing = git.run("ls-tree", "-z", "--full-tree", place.tree)
    tree = _with_blob(repository, listing, file.path.split("/"), blob, file.mode)
    if place.head and len(place.parents) == 1 and tree == repository.tree_of(place.head):
        return place.head
    facts = CommitFacts(
        tree, place.parents, f"{message}\n", author.name, author.email, int(ctx.run.created_at), key is not None
    )
    made = facts.write(repository, key)
    repository.pin(ctx.run.id, made)
    return made


def _with_blob(repository: Repository, listing: bytes, parts: list[str], blob: str, mode: str) -> str:
    """The tree of a listing with one file of it, however deep, as another blob."""
    rows = []
    for row in listing.split(b"\0")[:-1]:
        facts, _, name = row.partition(b"\t")
        if name == parts[0].encode():
            if len(parts) == 1:
                row = f"{mode} blob {blob}\t".encode() + name
            else:
                below = repository.git.run("ls-tree", "-z", "--full-tree", facts.split()[2].decode())
                deeper = _with_blob(repository, below, parts[1:], blob, mode)
                row = f"040000 tree {deeper}\t".encode() + name
        rows.append(row)
    made = repository.git.run("mktree", "-z", stdin=b"".join(row + b"\0" for row in rows))
    return made.decode("ascii").strip()


def _version(ctx: StepContext) -> str:
    """The version of the tag that the range ends with, else the suggested one; without its prefix and "v"."""
    named = _named(ctx)
    return named.text if named is not None else ""


def _package(ctx: StepContext) -> str:
    """The package of a repository of several that the version is one of; "" where its tag names none."""
    named = _named(ctx)
    return named.family if named is not None else ""


def _named(ctx: StepContext) -> TagVersion | None:
    return version_of(until_tag(ctx.state)) or version_of(str(ctx.state[FACTS.key].get("version") or ""))


def _day(repository: Repository, commit: str) -> str:
    """The day on which the range's last commit was made: the same however often it is asked."""
    stamp = repository.git.run("log", "-1", "--format=%ct", commit).decode("ascii").strip()
    return time.strftime("%Y-%m-%d", time.gmtime(int(stamp)))
