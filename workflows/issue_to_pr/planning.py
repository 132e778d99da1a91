"""Knowing the code before changing it: likely files, the repository's commands, and a plan."""

from __future__ import annotations

import asyncio
import hashlib
import logging

from sandbox.errors import RepositoryError
from workflows.agent.prompts import render
from workflows.checks.plan import Commands, commands
from workflows.definition import Done, Result, State
from workflows.issue_to_pr.intake import requirements_of
from workflows.localize.prompt import prompt_section
from workflows.policy.instructions import guidance
from workflows.services import StepContext
from workflows.steps.asking import asked_for, text
from workflows.steps.change import config_of
from workflows.steps.rules.rules_of_run import PUSH_RULES
from workflows.values import RankedFile, VerdictRules, from_json, to_json

log = logging.getLogger(__name__)

_RANKED = 20
_MOST_FACTS = 12


async def analyze(ctx: StepContext) -> Result:
    """Rank the files without a model, and find out how the repository is checked."""
    from sandbox.detect.apart import detect_apart  # these two are large, and who only acts on runs takes no step
    from workflows.localize.cache import IndexCache
    from workflows.localize.ranking import rank

    repository = ctx.repository()
    workspace = await ctx.workspace()
    files = await asyncio.to_thread(repository.files, ctx.state["base_commit"])
    cache = IndexCache(ctx.services.data / "index")
    words = f"{ctx.issue.title}\n\n{ctx.issue.body}"
    ranked = await asyncio.to_thread(rank, files, repository.read_blobs, words, cache=cache, limit=_RANKED)
    config = await config_of(ctx)
    found = commands(config, await asyncio.to_thread(detect_apart, workspace.tree))
    state = {
        "ranked": [to_json(file) for file in ranked],
        "commands": to_json(found),
        "verify_rounds": config.verify_rounds if config.verify_rounds is not None else ctx.run.options.verify_rounds,
        "verdict_rules": to_json(config.verdict_rules()),
        "approval_needed": bool(ctx.state.get("approval_needed")) or bool(config.approve),
    }
    checks = ", ".join(planned.candidates[0].command for planned in found.checks[:3]) or "no check"
    return Done(state, f"{_likely(ranked)}; found {checks}")


async def make_plan(ctx: StepContext) -> Result:
    """Have the model write a plan; after a rejection with the reason for it."""
    prompt = render(
        "plan",
        __file__,
        issue=asked_for(ctx),
        requirements=requirements_of(ctx),
        ranked=ranked_section(ctx),
        facts=facts(ctx),
        guide=await guidance_of(ctx),
        rejection=ctx.state.get("rejection", ""),
        earlier=ctx.state.get("plan", ""),
    )
    plan = await text(ctx, prompt, "plan")
    return Done({"plan": plan}, first_words(plan)[:120] or "no plan was written")


def first_words(plan: str) -> str:
    """The first line of a plan that says something: not its heading, which says that it is one."""
    said = [line for line in plan.splitlines() if line.strip(" #*-")]
    texts = [line for line in said if not line.lstrip().startswith("#")]
    return next(iter(texts or said), "").strip(" #*-")


def approval_question(state: State) -> str:
    return f"Is this plan all right?\n\n{state['plan']}"


def approval_binding(state: State) -> str:
    """A digest of the plan and the requirements: a newer plan is not approved by an older yes."""
    about = "\0".join([state["plan"], *(item["text"] for item in state["requirements"])])
    return hashlib.sha256(about.encode()).hexdigest()


def commands_of(ctx: StepContext) -> Commands:
    return from_json(Commands, ctx.state["commands"])


def rules_of(ctx: StepContext) -> VerdictRules:
    """What the repository makes of verdicts, as it was configured when the run began."""
    return from_json(VerdictRules, ctx.state.get("verdict_rules") or {})


def ranked_section(ctx: StepContext) -> str:
    """The likely files as they stand in a prompt; "" where there are none."""

    return prompt_section([from_json(RankedFile, item) for item in ctx.state["ranked"]])


def facts(ctx: StepContext) -> list[str]:
    """What the model should know about the repository, a line each."""
    checks = [
        f"{planned.kind.value}: `{planned.candidates[0].command}` ({planned.candidates[0].evidence})"
        for planned in commands_of(ctx).checks
    ]
    return [*checks[:_MOST_FACTS], *(ctx.state.get(PUSH_RULES) or [])[:_MOST_FACTS]]


async def guidance_of(ctx: StepContext) -> str:
    """What the maintainers tell agents, as the default branch had it when the run began; "" where they say nothing.

    Nor does it say anything where a rewritten branch took the commit away before another machine had it.
    """
    try:
        return await asyncio.to_thread(guidance, ctx.repository(), ctx.state.get("guide"))
    except RepositoryError as error:
        log.warning("run %s goes on without its guide: %s", ctx.run.id, error)
        return ""


def _likely(ranked: list[RankedFile]) -> str:
    if not ranked:
        return "no file stands out"
    return ranked[0].path + (f" and {len(ranked) - 1} more" if len(ranked) > 1 else "")
