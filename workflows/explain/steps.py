"""Fetching, finding and answering: files are read from the mirror's commit, and nothing is laid out or run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.git.history import TreeFile
from workflows.advice import RESUME, ROLLBACK
from workflows.agent.frame import without_frame
from workflows.agent.prompts import render
from workflows.agent.questions import Unreadable
from workflows.definition import Done, Failed, Result, Slot
from workflows.services import StepContext
from workflows.steps.asking import question
from workflows.workspace.named_commits import READS

SOURCE = Slot("source", str)
"""The commit whose files are read."""
FOUND = Slot("found", list)
"""Paths of the files that the question is probably about, the likeliest first."""
ANSWER = Slot("answer_text", str)
READ = Slot("read", list)
"""Paths of the files that the model was shown."""

_RANKED = 30
_FIRST = 6
"""Files that are shown before the model asks for any."""
_ROUNDS = 4
_MOST_FILES = 24
_MOST_OF_ONE = 24_000
_MOST_SHOWN = 120_000
"""Characters of one file, and of all."""
_MOST_LISTED = 600
_REGULAR = ("100644", "100755")


async def fetch(ctx: StepContext) -> Result:
    """Bring the mirror up to date; the commit is the one that was asked about, else the default branch's."""
    repository, remote = ctx.repository(), await ctx.forge.remote()
    await ctx.say("fetching the repository")
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    asked = str(ctx.run.inputs.get("base_commit") or "")
    lacking = await asyncio.to_thread(repository.missing, [asked] if asked else [])
    if lacking:
        await asyncio.to_thread(repository.fetch_commits, lacking, remote.url, remote.env)
    commit = asked or await asyncio.to_thread(repository.resolve, f"refs/heads/{await ctx.forge.default_base()}")
    await asyncio.to_thread(repository.complete, commit, remote.url, remote.env)
    return Done({SOURCE.key: commit, READS: [commit]}, f"at {commit[:10]}")


async def find(ctx: StepContext) -> Result:
    """Rank the files by the words of the question, without a model."""
    from workflows.localize.cache import IndexCache  # numpy is large, and who only acts on runs takes no step
    from workflows.localize.ranking import rank

    repository = ctx.repository()
    files = _named(await asyncio.to_thread(repository.files, ctx.state[SOURCE.key]))
    cache = IndexCache(ctx.services.data / "index")
    words = f"{ctx.issue.title}\n\n{ctx.issue.body}"
    ranked = await asyncio.to_thread(rank, files, repository.read_blobs, words, cache=cache, limit=_RANKED)
    return Done({FOUND.key: [file.path for file in ranked]}, ranked[0].path if ranked else "no file stands out")


async def answer(ctx: StepContext) -> Result:
    """Show the model the likeliest files, and those that it asks for, until it answers."""
    repository = ctx.repository()
    files = {file.path: file for file in _named(await asyncio.to_thread(repository.files, ctx.state[SOURCE.key]))}
    shown = await asyncio.to_thread(_texts, repository.read_blobs, files, ctx.state[FOUND.key][:_FIRST], {})
    for number in range(1, _ROUNDS + 1):
        prompt = render(
            "explain",
            __file__,
            issue=ctx.issue,
            found=ctx.state[FOUND.key],
            listed=list(files)[:_MOST_LISTED],
            unlisted=max(0, len(files) - _MOST_LISTED),
            shown=shown,
            last=number == _ROUNDS,
        )
        said = await question(ctx, prompt, _read, "explain")
        if said is None:
            return Failed("The model's answer could not be read.", advice=(RESUME, ROLLBACK))
        if said["answer"]:
            state = {ANSWER.key: said["answer"], READ.key: list(shown)}
            return Done(state, f"from {len(shown)} file{'' if len(shown) == 1 else 's'}")
        await ctx.say(f"reading {', '.join(said['read'][:3])}")
        shown = await asyncio.to_thread(_texts, repository.read_blobs, files, said["read"], shown)
    return Failed("The model asked for more files than it may read, and gave no answer.", advice=(RESUME, ROLLBACK))


def _named(files: Sequence[TreeFile]) -> list[TreeFile]:
    """Those whose name is text: no model can be told of another, nor ask for it."""
    return [file for file in files if file.path.isprintable()]


def _read(data: Any) -> dict[str, Any]:
    """The model's word: an answer, or the files that it wants to see first."""
    if not isinstance(data, dict):
        raise Unreadable("it is no JSON object.")
    said, wanted = data.get("answer"), data.get("read")
    paths = [path for path in wanted if isinstance(path, str)][:_MOST_FILES] if isinstance(wanted, list) else []
    text = without_frame(said)[:_MOST_OF_ONE] if isinstance(said, str) else ""
    if not text and not paths:
        raise Unreadable('it has neither an "answer" nor files to "read".')
    return {"answer": text, "read": paths}


def _texts(
    read_blobs: Any, files: Mapping[str, TreeFile], paths: Sequence[str], shown: Mapping[str, str]
) -> dict[str, str]:
    """The files shown so far and those that are asked for, as far as there is room. Links have no text."""
    texts = dict(shown)
    wanted = [files[path] for path in paths if path in files and path not in texts and files[path].mode in _REGULAR]
    room = _MOST_SHOWN - sum(map(len, texts.values()))
    blobs = dict(read_blobs([file.blob for file in wanted[: _MOST_FILES - len(texts)]]))
    for file in wanted:
        data = blobs.get(file.blob)
        if data is None or room <= 0 or b"\0" in data[:8_000]:
            continue
        text = data[:_MOST_OF_ONE].decode("utf-8", "replace")[:room]
        texts[file.path] = text
        room -= len(text)
    return texts
