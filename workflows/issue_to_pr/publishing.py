"""Handing the work over: a commit, the pull request with what is known about it, and the last word."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from workflows.advice import RETRY, ROLLBACK, remake
from workflows.agent.answers import PULL_TEXT, PullText, read_pull_text
from workflows.agent.prompts import render
from workflows.definition import Done, Exit, Failed, Result
from workflows.effects.conversation.comment import CommentOperations, PostComment
from workflows.errors import Gone, Refused
from workflows.issue_to_pr.branch.pushing import push, write_commit
from workflows.issue_to_pr.intake import requirements_of
from workflows.issue_to_pr.outcome import judged_of, verification_of
from workflows.issue_to_pr.planning import commands_of, rules_of
from workflows.issue_to_pr.tidying import told
from workflows.policy.config.repo_config import PATH
from workflows.ports import Pull, PullDraft
from workflows.runs.withdrawal import EDITED
from workflows.services import StepContext
from workflows.steps.asking import BudgetSpent, question
from workflows.steps.change import Change, change_of, config_of, judged, pull_template
from workflows.steps.rules.ground_rules import rules_of_branch
from workflows.steps.rules.push_rules import fitting, message_rules
from workflows.steps.rules.rules_of_run import in_the_way_of_merging
from workflows.text.escape import code
from workflows.text.pull_request.body import PullFacts, commit_message, pull_body, pull_title
from workflows.values import RequirementState

log = logging.getLogger(__name__)

_MOST_DIFF = 40_000
_NAMED = 5


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
    rules = await rules_of_branch(ctx, ctx.state["branch"])
    words = await _words(ctx, change, message_rules(rules))
    facts = await _facts(ctx, words, change)
    config = await config_of(ctx)
    message = commit_message(facts, requester_of(ctx), signoff=bool(config.signoff))
    message = fitting(rules, message, "feat" if "feature" in ctx.state["branch"] else "fix")
    written = await write_commit(ctx, change, ctx.services.redact(message))
    if isinstance(written, Failed):
        return written
    made, of, by_forge = written
    files = len(change.changes)
    state: dict[str, Any] = {"commit": made, "commit_facts": of, "by_forge": by_forge}
    state |= {"pull_title": words.title, "pull_changes": list(words.changes)}
    state |= {"merging": [] if ctx.dry else await in_the_way_of_merging(ctx, change, message)}
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
        pushed = await push(ctx, draft)
        if isinstance(pushed, Failed | Exit):
            return pushed
        draft = replace(draft, commit=pushed)
    pull = await ctx.forge.open_pull(ctx.run.id, draft, ctx.journal)
    await _name_each_other(ctx, pull)
    opened = {"number": pull.number, "url": pull.url, "draft": pull.draft}
    state = {"pull": opened, "pull_body": draft.body, "pull_title": draft.title}
    return Done({**state, **_pushed(ctx, draft), "ready": not draft.draft}, pull.url)


def _pushed(ctx: StepContext, draft: PullDraft) -> dict[str, Any]:
    """Where the branch was left; a commit that the forge made is another one than ours, and is not to be made again."""
    made = {} if draft.commit == ctx.state["commit"] else {"commit": draft.commit, "commit_facts": None}
    return {"tip": draft.commit, **made}


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


async def _words(ctx: StepContext, change: Change, rules: Sequence[str]) -> PullText:
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
        rules=rules,
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
    base = ctx.state["base_branch"]
    later = "Merged as it is, it may be refused; squashing makes it anew."
    found += [f"For {base}: {said} {later}" for said in ctx.state.get("merging") or ()]
    if ctx.state.get("others"):
        found.append("Commits that others pushed to this branch are part of it.")
    wanted = requirements_of(ctx)
    if unmet := sum(one.state is RequirementState.UNMET for one in wanted):
        found.append(f"Of {len(wanted)} requirements {unmet} {'is' if unmet == 1 else 'are'} not met.")
        if ctx.issue.number:
            found[-1] += " Where this is merged, the issue is closed all the same."
    return [*found, *told(ctx), *change.cautions]


def requester_of(ctx: StepContext) -> tuple[str, str] | None:
    """Name and address of whoever asked for the run, as a commit's trailer has them."""
    who = ctx.run.inputs.get("requester")
    return (who.get("name") or who.get("login") or "", who.get("email") or "") if who else None
