"""What a repository's rules have against a branch and the commits on it, told from the rules alone."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workflows.errors import TransientError, UserError
from workflows.ports import BranchRule, BranchRules
from workflows.services import StepContext

log = logging.getLogger(__name__)

_CHECKS = (
    "required_status_checks",
    "required_deployments",
    "workflows",
    "code_scanning",
    "license_compliance_scanning",
)
BYPASS = "let the App bypass that rule"
_FOR_BASES = "Let the rule be for the branches that are merged to, and not for those of pull requests"
_PREFIX = "choose names that it does not mean (`branch_prefix` in .github/pullwright.yml)"

Told = tuple[str, str]
"""A sentence, and its remedy."""


async def rules_of_branch(ctx: StepContext, branch: str) -> Sequence[BranchRule]:
    """The rules that bind us on a branch; none where the forge has none, or they cannot be known now."""
    forge = ctx.forge.operations(ctx.run.id)
    if not isinstance(forge, BranchRules):
        return ()
    try:
        return await forge.rules(branch)
    except (TransientError, UserError) as error:
        log.info("run %s: the rules for %s cannot be known: %s", ctx.run.id, branch, error)
        return ()


def against(rule: BranchRule, branch: str, email: str, *, new: bool) -> Iterator[Told]:
    """What one rule has against a branch, `new` or not, with commits by that address."""
    given, kind = rule.parameters, rule.kind
    if kind == "creation" and new:
        yield f"A rule restricts who may create a branch called {branch}.", f"Either {BYPASS}, or {_PREFIX}."
    if kind == "update":
        yield f"A rule restricts who may push to {branch}.", f"Either {BYPASS}, or {_PREFIX}."
    if kind in ("pull_request", "merge_queue"):
        yield f"A rule has {branch} changed by pull requests only.", f"{_FOR_BASES}, or {BYPASS}."
    if kind in _CHECKS and not (new and given.get("do_not_enforce_on_create") is True):
        yield f"A rule asks for checks before a commit is on {branch}.", f"{_FOR_BASES}, or {BYPASS}."
    if kind == "branch_name_pattern" and new and not matches(given, branch):
        yield (
            f"A rule says that branches are called otherwise than {branch}: the name must {wanted_words(given)}.",
            "Set `branch_prefix` in .github/pullwright.yml to what it takes.",
        )
    if kind in ("commit_author_email_pattern", "committer_email_pattern"):
        yield from against_address(rule, email)


def against_address(rule: BranchRule, email: str) -> Iterator[Told]:
    """What a rule about mail addresses has against commits by one."""
    if not matches(rule.parameters, email):
        yield (
            f"A rule takes no commits by {email}: the address must {wanted_words(rule.parameters)}.",
            "Set PULLWRIGHT_AUTHOR_NAME and PULLWRIGHT_AUTHOR_EMAIL to what it takes.",
        )


def matches(given: Mapping[str, Any], text: str) -> bool:
    """Whether a text is as a pattern of a rule wants it; one that cannot be read, or soon enough, forbids nothing.

    GitHub's are RE2's, which always come to an end.
    """
    pattern, operator = str(given.get("pattern", "")), given.get("operator")
    match operator:
        case "starts_with":
            found = text.startswith(pattern)
        case "ends_with":
            found = text.endswith(pattern)
        case "contains":
            found = pattern in text
        case "regex":
            if len(_REPEATED.findall(pattern)) > _MOST_REPEATED or _NESTED.search(pattern):
                return True
            try:
                found = re.search(pattern.replace(r"\z", r"\Z"), text) is not None
            except re.error:
                return True
        case _:
            return True
    return found is not bool(given.get("negate"))


_MOST_REPEATED = 6
_REPEATED = re.compile(r"(?<!\\)[*+}]")
_NESTED = re.compile(r"(?<!\\)\)[*+{]")
"""A group that is repeated: with another repetition in it, as many ways as there are characters lead through it."""


def wanted_words(given: Mapping[str, Any]) -> str:
    """`start with fix:`, `not match ^x`."""
    does = {"starts_with": "start with", "ends_with": "end with", "contains": "contain", "regex": "match"}
    said = does.get(str(given.get("operator")), "be as")
    return f"{'not ' if given.get('negate') else ''}{said} {given.get('pattern', '')}"
