"""The run's change as a whole, against the base it is measured from: what changed, and what the rules say of it."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sandbox.git.objects import SYMLINK
from sandbox.git.repository import Repository
from sandbox.journal import FileChange
from sandbox.trees.workspace import Workspace
from workflows.policy.change_rules import Proposed, Ruling, judge
from workflows.policy.check_files import Contents
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import PATH, RepoConfig
from workflows.policy.warnings import cautions_about
from workflows.services import StepContext
from workflows.text.added_lines import AddedLine
from workflows.text.pull_request.template import MOST_BYTES, template_path
from workflows.workspace.clones import look_twice, unclean_paths, unfiltered

_MOST_UNSEEN = 2_000_000
_BINARY = re.compile(r"^Binary files .* differ$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Change:
    """`changes` and `diff` are between base and tree; `ours` are those of them that nobody else made.

    `size` is the diff's in bytes, with what binary files add; `unseen` are the lines of those
    files, which git does not show. `links` are the tree's, by path, with what each of them holds.
    """

    tree: str
    changes: tuple[FileChange, ...]
    ours: tuple[FileChange, ...]
    diff: str
    size: int
    unseen: tuple[AddedLine, ...]
    cautions: tuple[str, ...]
    unclean: tuple[str, ...] = ()
    """What a fresh clone would not have as it was committed, in sentences."""
    links: Mapping[str, str] = field(default_factory=dict)


async def change_of(ctx: StepContext) -> Change:
    """What the run's tree is beside its base now."""
    workspace = await ctx.workspace()
    tree = await ctx.services.workspaces.mark(ctx.run)
    others = str(ctx.state["tip"]) if ctx.state.get("others") else ""
    return await asyncio.to_thread(_change, workspace, ctx.repository(), ctx.state["base_tree"], tree, others)


async def judged(ctx: StepContext, change: Change) -> Ruling:
    """What the rules say. What others pushed to the branch is theirs to answer for.

    Of the configuration counts what it said when the run began. Where that stops the run, a person may have
    allowed it since, on the default branch: so that is read once more.
    """
    ruling = await asyncio.to_thread(_judged, ctx, change, await config_of(ctx))
    if ruling.refused is not None:
        ruling = await asyncio.to_thread(_judged, ctx, change, await _config_now(ctx))
    return ruling


async def pull_template(ctx: StepContext) -> str:
    """The template for pull requests on the base; "" where there is none."""
    return await asyncio.to_thread(_template, ctx.repository(), ctx.state["base_commit"])


async def config_of(ctx: StepContext) -> RepoConfig:
    """The repository's configuration as the default branch had it when the run began: nothing else can change it."""
    guide = ctx.state.get("guide") or {"commit": ctx.state["base_commit"]}  # which runs of before do not have
    return await asyncio.to_thread(config_at, ctx.repository(), guide["commit"])


async def _config_now(ctx: StepContext) -> RepoConfig:
    repository = ctx.repository()
    remote = await ctx.forge.remote()
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    branch = ctx.run.inputs.get("base_branch") or f"refs/heads/{await ctx.forge.default_base()}"
    return await asyncio.to_thread(lambda: config_at(repository, repository.resolve(branch)))


def _judged(ctx: StepContext, change: Change, config: RepoConfig) -> Ruling:
    proposed = Proposed(change.ours, change.diff, change.size, change.unseen, change.links, change.unclean)
    return judge(proposed, ctx.services.bounds, config)


def config_at(repository: Repository, commit: str) -> RepoConfig:
    """The repository's configuration as a commit has it."""
    text = _text(repository, commit, PATH)
    return parse(text) if text else RepoConfig()


def _change(workspace: Workspace, repository: Repository, base_tree: str, tree: str, others: str) -> Change:
    changes = tuple(workspace.changes(base_tree, tree))
    theirs = {file.path: (file.mode, file.blob) for file in repository.files(others)} if others else {}
    ours = tuple(c for c in changes if not others or theirs.get(c.path) != _after(c))
    diff = workspace.diff(base_tree, tree)
    contents: Contents = workspace.objects.bytes_of
    size = len(diff.encode(errors="replace"))
    binary = _binaries(contents, ours) if _BINARY.search(diff) else {}
    size += sum(map(len, binary.values()))
    unseen = tuple(line for path, data in binary.items() for line in _lines(path, data))
    links = _links(workspace, tree) if any(c.after_mode == SYMLINK for c in ours) else {}
    cautions = cautions_about(changes, contents) + look_twice(workspace, tree, ours) + unfiltered(workspace, tree, ours)
    unclean = tuple(unclean_paths(workspace, base_tree, tree, ours))
    return Change(tree, changes, ours, diff, size, unseen, tuple(cautions), unclean, links)


def _links(workspace: Workspace, tree: str) -> dict[str, str]:
    """All links of a tree, by path, with what each holds."""
    paths = {path: blob for path, (mode, blob) in workspace.listing(tree).items() if mode == SYMLINK}
    held = dict(workspace.objects.read(list(dict.fromkeys(paths.values()))))
    return {path: os.fsdecode(held[blob]) for path, blob in paths.items()}


def _binaries(contents: Contents, changes: Iterable[FileChange]) -> dict[str, bytes]:
    """The files that git takes for binary, by path."""
    blobs = {c.path: c.after_blob for c in changes if c.after_blob and c.after_mode != "160000"}
    found = ((path, contents(blob)) for path, blob in blobs.items())
    return {path: data for path, data in found if b"\0" in data[:8000]}


def _lines(path: str, data: bytes) -> Iterator[AddedLine]:
    """A binary file as text: one NUL in it hides no secret, and neither does a wide encoding."""
    lines = data[:_MOST_UNSEEN].replace(b"\0", b"").decode("utf-8", "replace").split("\n")
    cut = len(lines) if len(data) > _MOST_UNSEEN else 0
    return (AddedLine(path, number, line, whole=number != cut) for number, line in enumerate(lines, 1))


def _after(change: FileChange) -> tuple[str, str] | None:
    return (change.after_mode, change.after_blob) if change.after_blob else None


def _template(repository: Repository, commit: str) -> str:
    path = template_path(file.path for file in repository.files(commit) if file.size <= MOST_BYTES)
    return _text(repository, commit, path) if path else ""


def _text(repository: Repository, commit: str, path: str) -> str:
    blob = next((f.blob for f in repository.files(commit) if f.path == path and f.mode.startswith("100")), "")
    return repository.read_blob(blob)[: 2 * MOST_BYTES].decode("utf-8", "replace") if blob else ""
