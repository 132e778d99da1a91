"""Reading the issue: its text becomes requirements and acceptance criteria."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import replace

from workflows.advice import ROLLBACK
from workflows.agent.answers import PARSED, read_parsed, without_model
from workflows.agent.prompts import render
from workflows.definition import Done, Failed, Result
from workflows.services import StepContext
from workflows.steps.asking import asked_for, question
from workflows.steps.rules.push_rules import for_model
from workflows.steps.rules.rules_of_run import PUSH_RULES, forbidden, rules_of_run
from workflows.values import Requirement, from_json, to_json

_ALIKE = 0.9
_NUMBER = re.compile(
    r"^[\s>*_`#-]*(?:\[[ x]\]\s*)?(?:(?:requirement|req|r)?\s*#?\(?\d{1,3}\s*[.):\]-]+|[-*+\u2022\u2013])?\s*"
)
_MARKS = str.maketrans("", "", "`*_\"'\u201c\u201d\u2018\u2019")


async def parse_issue(ctx: StepContext) -> Result:
    """Ask the model what the issue requires; where no answer can be read, what its title says."""
    if not (ctx.issue.title.strip() or ctx.issue.body.strip()):
        return Failed("The issue is empty. Say in it what should be different, then start again.", advice=(ROLLBACK,))
    rules = await rules_of_run(ctx)
    if (told := await forbidden(ctx, rules)) is not None:
        return told
    prompt = render("parse_issue", __file__, issue=asked_for(ctx))
    parsed = await question(ctx, prompt, read_parsed, "parse issue", PARSED) or without_model(ctx.issue)
    state = {
        "requirements": [to_json(item) for item in parsed.requirements],
        "acceptance": list(parsed.acceptance),
        "approval_needed": ctx.run.options.approve,
        PUSH_RULES: for_model(rules),
    }
    many = len(parsed.requirements)
    return Done(state, f"{many} requirement{'' if many == 1 else 's'}")


def requirements_of(ctx: StepContext) -> tuple[Requirement, ...]:
    """The run's requirements as they stand."""
    return tuple(from_json(Requirement, item) for item in ctx.state["requirements"])


def with_claims(requirements: Iterable[Requirement], claims: Iterable[Requirement]) -> list[Requirement]:
    """The requirements in their order, each with what was claimed about it; claims about nothing are dropped.

    Models repeat a requirement as it stands in their task, with its number, or nearly.
    """
    wanted, left = list(requirements), {_key(claim.text): claim for claim in claims}
    found = [left.get(_key(item.text)) for item in wanted]  # two that read alike are claimed as one
    left = {key: claim for key, claim in left.items() if claim not in found}
    for place, item in enumerate(wanted):
        close = difflib.get_close_matches(_key(item.text), left, 1, cutoff=_ALIKE) if found[place] is None else []
        if close:
            found[place] = left.pop(close[0])
    return [item if claim is None else _claimed(item, claim) for item, claim in zip(wanted, found, strict=True)]


def _claimed(item: Requirement, claim: Requirement) -> Requirement:
    """What is claimed of a requirement; a later claim that names no place or test takes none away."""
    return replace(claim, text=item.text, place=claim.place or item.place, test=claim.test or item.test)


def _key(text: str) -> str:
    return " ".join(_NUMBER.sub("", text.lower()).translate(_MARKS).split()).rstrip(".!;: ")
