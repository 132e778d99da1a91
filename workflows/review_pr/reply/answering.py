"""Answering in a thread of a review: the model's words, or what became of a suggestion."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.git.repository import Repository
from workflows.agent.prompts import render
from workflows.agent.questions import Unreadable
from workflows.definition import Done, Result
from workflows.effects.conversation.reply import ReplyInThread
from workflows.effects.conversation.thread import ResolveThread
from workflows.effects.kind import digest
from workflows.errors import BudgetSpent, Gone, NotFound, Refused
from workflows.review_pr.evidence import around, names_in, spoken_of
from workflows.review_pr.reply.asked import SAID, THREAD, ReplyForge
from workflows.services import StepContext
from workflows.steps.asking import question
from workflows.text.escape import code, cut, line, visible
from workflows.text.model_words import quoted

_MOST_ANSWER = 6_000


async def answer(ctx: StepContext) -> Result:
    """Ask the model, which is shown the thread and the code as it is on the branch by now. Nothing is run."""
    number, forge, repository = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id), ctx.repository()
    assert isinstance(forge, ReplyForge), "the thread was read"
    head, thread = (await forge.pull(number)).head_commit, ctx.state[THREAD.key]
    await bring(ctx, repository, head)
    path, at = str(thread["path"]), int(thread["line"] or 0)
    text = await asyncio.to_thread(_text, repository, head, path)
    names = names_in("\n".join(text.split("\n")[at - 1 : at]) if at else str(thread["begins"]))
    prompt = render(
        "answer",
        __file__,
        thread=thread["said"],
        place=f"{path}:{at}" if at else path,
        code=around(text, at or 1, at or 1),
        spoken=await asyncio.to_thread(spoken_of, repository, head, names, path),
    )
    try:
        said = await question(ctx, prompt, _read, "review")
    except BudgetSpent as spent:
        return Done({SAID: {"refused": str(spent)}}, "not answered")
    if said is None:
        return Done({SAID: {"refused": "The model's answer could not be read; ask again."}}, "not answered")
    return Done({SAID: {"answer": said}}, "answered")


async def reply(ctx: StepContext) -> Result:
    """Say it in the thread, once; one whose suggestion was applied is resolved, as where GitHub applies it."""
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    said, thread = ctx.state.get(SAID) or {}, int(ctx.run.inputs["thread"])
    if ctx.dry or not said or not isinstance(forge, ReplyForge):
        return Done(summary="nothing to tell anybody")
    marker = f"<!-- pullwright:reply:{ctx.run.id} -->"
    text = cut(f"{marker}\n{_words(said)}")
    try:
        await ReplyInThread(number, thread, marker, digest(text)).do(ctx.journal, forge, text)
        if said.get("applied"):
            for one in [one for one in await forge.review_threads(number) if one.first == thread]:
                resolving = ResolveThread(number, one.id)
                if not one.resolved or await resolving.begun(ctx.journal):
                    await resolving.do(ctx.journal, forge)
    except (NotFound, Refused, Gone) as error:
        return Done(summary=f"it could not be answered: {error}")
    return Done(summary="answered")


async def end(ctx: StepContext) -> Result:
    """The last word, also where nothing was to be done."""
    from workflows.review_pr.reply.outcome import outcome_of

    return Done(summary=outcome_of(ctx.run).headline)


async def bring(ctx: StepContext, repository: Repository, commit: str) -> None:
    """Have a commit of the pull request here, with all that it holds."""
    remote = await ctx.forge.remote()
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    if lacking := await asyncio.to_thread(repository.missing, [commit]):
        await asyncio.to_thread(repository.fetch_commits, lacking, remote.url, remote.env)
    await asyncio.to_thread(repository.complete, commit, remote.url, remote.env)
    await asyncio.to_thread(repository.pin, ctx.run.id, commit)


def _words(said: dict[str, Any]) -> str:
    if commit := said.get("applied"):
        return f"Applied in {code(str(commit)[:10])}. `/rollback hard review_reply` takes it back."
    if why := said.get("refused"):
        return line(str(why), 900)
    return quoted(str(said["answer"]))


def _text(repository: Repository, commit: str, path: str) -> str:
    found = next((one for one in repository.files(commit) if one.path == path and one.mode.startswith("100")), None)
    return repository.read_blob(found.blob).decode("utf-8", "replace") if found else ""


def _read(data: Any) -> str:
    said = (
        visible(data["answer"]).strip()[:_MOST_ANSWER]
        if isinstance(data, dict) and isinstance(data.get("answer"), str)
        else ""
    )
    if not said:
        raise Unreadable('it has no "answer".')
    return said
