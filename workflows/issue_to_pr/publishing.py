"""Handing the work over: a commit, the pull request with what is known about it, and the last word."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from sandbox.errors import PushRefused, RollbackRefused
from sandbox.git.repository import Repository
from workflows.advice import RETRY, ROLLBACK, remake
from workflows.agent.answers import PULL_TEXT, PullText, read_pull_text
from workflows.agent.prompts import render
from workflows.definition import Done, Exit, Failed, Result
from workflows.effects.comment import CommentOperations, PostComment
from workflows.effects.push import PushCommits
from workflows.effects.restart import RestartBranch
from workflows.errors import Gone, Refused
from workflows.issue_to_pr.intake import requirements_of
from workflows.issue_to_pr.outcome import judged_of, verification_of
from workflows.issue_to_pr.planning import commands_of, rules_of
from workflows.issue_to_pr.tidying import told
from workflows.issue_to_pr.updating import parents_of, tip_of
from workflows.policy.repo_config import PATH
from workflows.ports import Pull, PullDraft
from workflows.runs.withdrawal import EDITED
from workflows.services import StepContext
from workflows.steps.asking import BudgetSpent, question
from workflows.steps.bases import base_now
from workflows.steps.change import Change, change_of, judged, pull_template
from workflows.text.escape import code
from workflows.text.pull_request import PullFacts, commit_message, pull_body, pull_title
from workflows.values import RequirementState, to_json
from workflows.workspace.commits import CommitFacts

log = logging.getLogger(__name__)

_MOST_DIFF = 40_000
_NAMED = 5
_MOST_REFUSED = 3
"""How often somebody may be quicker than our push before the run stops."""


async def commit(ctx: StepContext) -> Result:
    """Commit the tree on top of the base: author the bot, co-author whoever asked.

    What must not be pushed is not committed either.
    """
    change = await change_of(ctx)
    if change.tree == ctx.state["base_tree"]:
        return Failed("There is no change to commit.", advice=(remake("the change"), ROLLBACK))
    if (told := await _nothing_new(ctx, change)) is not None:
        return told
    ruling = await judged(ctx, change)
    if (stop := ruling.refused) is not None:
        advice = (RETRY, remake("the change"), ROLLBACK)
        return Failed(f"{stop.reason} {stop.advice}", advice=advice, state={"commit": ""})
    words = await _words(ctx, change)
    facts = await _facts(ctx, words, change)
    made, of = await _write(ctx, change.tree, ctx.services.redact(commit_message(facts, _requester(ctx))))
    files = len(change.changes)
    state = {"commit": made, "commit_facts": of, "pull_title": words.title, "pull_changes": list(words.changes)}
    state |= {"let_through": list(ruling.let_through), "doubtful": list(ruling.doubtful)}
    return Done(state, f"{made[:10]}, {files} file{'' if files == 1 else 's'}")


async def _nothing_new(ctx: StepContext, change: Change) -> Failed | None:
    """Where an earlier pull request is gone on with, and nothing was added to it."""
    if not (continued := ctx.state.get("continued")):
        return None
    tree = await asyncio.to_thread(ctx.repository().tree_of, continued)
    if tree != change.tree or ctx.state["tip"] != continued:
        return None
    number = ctx.run.inputs["continues"]["pull"]
    reason = f"Nothing was changed beside what #{number} holds already. Say what is missing: /fix and what it is."
    return Failed(reason, advice=(remake("the change"), ROLLBACK))


async def open_pull(ctx: StepContext) -> Result:
    """Push the branch and open the pull request: a draft, unless its verdict is good enough here."""
    if not ctx.state.get("commit"):
        return Failed("There is no commit to open a pull request with.", advice=(remake("the commit"), ROLLBACK))
    draft = await _draft(ctx)
    if not ctx.dry:
        if isinstance(moved := await _base_moved(ctx), Failed | Exit):
            return moved
        try:
            await _push(ctx, draft)
        except PushRefused as refused:
            return Failed(str(refused), advice=(RETRY, ROLLBACK))
        except RollbackRefused:
            times = ctx.state.get("refused", 0) + 1
            if times > _MOST_REFUSED:
                raise
            return Exit("moved", {"refused": times}, "somebody else pushed to the branch meanwhile")
    pull = await ctx.forge.open_pull(ctx.run.id, draft, ctx.journal)
    await _name_each_other(ctx, pull)
    opened = {"number": pull.number, "url": pull.url, "draft": pull.draft}
    state = {"pull": opened, "pull_body": draft.body, "pull_title": draft.title}
    return Done({**state, "tip": draft.commit, "ready": not draft.draft}, pull.url)


async def _name_each_other(ctx: StepContext, pull: Pull) -> None:
    """Say in the earlier pull request for the issue, which stays open, that there is another one."""
    earlier, comments = ctx.run.inputs.get("beside"), ctx.forge.operations(ctx.run.id)
    if not earlier or not pull.number or not isinstance(comments, CommentOperations):
        return
    marker = f"<!-- pullwright:beside:{ctx.run.id} -->"
    body = f"{marker}\nAnother pull request was asked for, for the same issue: #{pull.number}. This one stays as it is."
    try:
        await PostComment.of(earlier["pull"], marker, body).do(ctx.journal, comments, body)
    except (Refused, Gone) as error:
        log.info("run %s: #%s cannot be told of #%d: %s", ctx.run.id, earlier["pull"], pull.number, error)


async def summarize(ctx: StepContext) -> Result:
    """The last word: the verdict, and what it rests on."""
    return Done(summary=judged_of(ctx.run).headline)


def is_ready(ctx: StepContext) -> bool:
    """Whether the verdict is good enough for a pull request that is no draft, as the repository has it."""
    return judged_of(ctx.run).ready(rules_of(ctx).ready)


async def _write(ctx: StepContext, tree: str, message: str) -> tuple[str, dict[str, Any]]:
    """The commit of the tree, after the base and whatever our branch holds, and what it can be made again from."""
    workspace, repository = await ctx.workspace(), ctx.repository()
    await asyncio.to_thread(repository.import_objects, workspace.directory / "git" / "objects")
    author = ctx.services.author
    parents = await asyncio.to_thread(_parents, ctx, repository)
    facts = CommitFacts(tree, tuple(parents), message, author.name, author.email, int(ctx.run.created_at))
    made = await asyncio.to_thread(facts.write, repository)
    await asyncio.to_thread(repository.pin, ctx.run.id, made)
    return made, to_json(facts)


def _parents(ctx: StepContext, repository: Repository) -> list[str]:
    """As `parents_of`; where the base was rewritten, our branch is not to keep what that lost."""
    base, tip = ctx.state["base_commit"], tip_of(ctx)
    lost = bool(ctx.state.get("rewritten")) and not ctx.state.get("others") and not repository.contains(tip, base)
    return [base] if lost else parents_of(repository, base, tip)


async def _draft(ctx: StepContext) -> PullDraft:
    words = PullText(ctx.state["pull_title"], tuple(ctx.state["pull_changes"]))
    facts = await _facts(ctx, words, await change_of(ctx))
    redact = ctx.services.redact
    return PullDraft(
        branch=ctx.state["branch"],
        base=ctx.state["base_branch"],
        commit=ctx.state["commit"],
        title=redact(pull_title(facts)),
        body=redact(pull_body(facts)),
        draft=not is_ready(ctx),
        labels=ctx.services.pull_labels if ctx.run.inputs.get("forge") else (),
        requirements=tuple(facts.requirements),
    )


async def _base_moved(ctx: StepContext) -> Failed | Exit | None:
    """The way back where the base was rewritten or renamed since it was looked at, or where that was skipped."""
    repository, remote = ctx.repository(), await ctx.forge.remote()
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    base = await base_now(ctx, repository)
    if isinstance(base, Failed):
        return base
    if not base.rewritten and base.branch == ctx.state["base_branch"]:
        return None
    return Exit("moved", {}, f"`{base.branch}` was {'rewritten' if base.rewritten else 'renamed'} meanwhile")


async def _push(ctx: StepContext, draft: PullDraft) -> None:
    """Move our branch forward to the commit; it is where we left it, or nothing is moved."""
    remote = await ctx.forge.remote(write=True)
    repository, tip = ctx.repository(), tip_of(ctx)

    leaves = not await asyncio.to_thread(repository.contains, draft.commit, tip)
    restart = leaves and bool(ctx.state.get("rewritten"))  # what the base lost, our branch loses too
    move = repository.restart if restart else repository.push

    async def push() -> None:
        await asyncio.to_thread(move, remote.url, draft.commit, draft.branch, expected=tip, env=remote.env)

    if restart:
        await RestartBranch(draft.branch, tip, draft.commit).do(ctx.journal, push)
        return
    others = bool(ctx.state.get("others"))
    await PushCommits(draft.branch, tip, draft.commit, others).do(ctx.journal, push)


async def _words(ctx: StepContext, change: Change) -> PullText:
    """The model's title and list of changes; plain ones where it has no budget left or cannot be read.

    A change that was only carried over keeps the words it has.
    """
    carried = ctx.state.get("carried") or {}
    if carried.get("to") == change.tree and ctx.state.get("pull_title"):
        return PullText(ctx.state["pull_title"], tuple(ctx.state["pull_changes"]))
    prompt = render(
        "pull_text",
        __file__,
        issue=ctx.issue,
        summary=ctx.state.get("summary", ""),
        diff=change.diff[:_MOST_DIFF],
        cut=len(change.diff) > _MOST_DIFF,
    )
    try:
        words = await question(ctx, prompt, read_pull_text, "pull text", PULL_TEXT)
    except BudgetSpent:
        words = None
    return words or PullText(ctx.issue.title, ())


async def _facts(ctx: StepContext, words: PullText, change: Change) -> PullFacts:
    summary = "\n".join([ctx.state.get("summary", ""), "", *(f"- {done}" for done in words.changes)])
    return PullFacts(
        run_id=ctx.run.id,
        issue=ctx.issue,
        title=words.title,
        summary=summary.strip(),
        changes=change.changes,
        requirements=requirements_of(ctx),
        verification=verification_of(ctx.run),
        incomplete=str(ctx.state.get("incomplete") or ""),
        not_run=commands_of(ctx).left_out,
        warnings=_warnings(ctx, change),
        spent=await ctx.spent(),
        minutes=(time.time() - ctx.run.created_at) / 60,
        model=ctx.model.name,
        template=await pull_template(ctx),
        relation=_relation(ctx),
    )


def _relation(ctx: StepContext) -> str:
    """What it has to do with an earlier pull request for the same issue."""
    if earlier := ctx.run.inputs.get("continues"):
        return f"Goes on with what run {code(earlier['run'])} began in this pull request."
    if earlier := ctx.run.inputs.get("beside"):
        return f"Another pull request for this issue is open: #{earlier['pull']}, of run {code(earlier['run'])}."
    return ""


def _warnings(ctx: StepContext, change: Change) -> list[str]:
    found = [ctx.state["incomplete"]] if ctx.state.get("incomplete") else []
    conflict = ctx.state.get("conflict")
    if conflict:
        files = ", ".join(conflict["files"])
        found.append(f"{ctx.state['base_branch']} has moved meanwhile, and conflicts with this change in: {files}.")
    if through := ctx.state.get("let_through"):
        what = f"What looks like a secret, which secrets_allowed in {PATH} lets through"
        found.append(f"{what}: {', '.join(through[:_NAMED])}{' and more' if len(through) > _NAMED else ''}.")
    if edit := ctx.state.get(EDITED):
        found.append(f"{edit['by']} edited the issue after the work on it began: this is for the text as it was.")
    if ctx.state.get("rewritten"):
        base = ctx.state["base_branch"]
        found.append(f"{base} was rewritten while this was made: it was carried over to what {base} is now.")
    if doubtful := ctx.state.get("doubtful"):
        where = f"{', '.join(doubtful[:_NAMED])}{' and more' if len(doubtful) > _NAMED else ''}"
        found.append(f"What may be a secret was added: {where}. See that each is made up.")
    if ctx.state.get("others"):
        found.append("Commits that others pushed to this branch are part of it.")
    wanted = requirements_of(ctx)
    if unmet := sum(one.state is RequirementState.UNMET for one in wanted):
        found.append(f"Of {len(wanted)} requirements {unmet} {'is' if unmet == 1 else 'are'} not met.")
        if ctx.issue.number:
            found[-1] += " Where this is merged, the issue is closed all the same."
    return [*found, *told(ctx), *change.cautions]


def _requester(ctx: StepContext) -> tuple[str, str] | None:
    who = ctx.run.inputs.get("requester")
    return (who.get("name") or who.get("login") or "", who.get("email") or "") if who else None
