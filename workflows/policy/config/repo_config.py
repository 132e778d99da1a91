"""`.github/pullwright.yml`: what a repository says about itself, read from its default branch and checked.

Every key may be left out; None then means that the server's setting or detection decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    create_model,
    model_validator,
)

from workflows.policy.config.config_kinds import (
    NUMBER,
    ONE_OR_MORE,
    WITH_OFF,
    BranchName,
    BranchPrefix,
    Command,
    Hosts,
    LabelName,
    Line,
    Login,
    Memory,
    Name,
    Overriding,
    PathPattern,
    Patterns,
)
from workflows.registry import WORKFLOWS
from workflows.values import ApprovalRules, FailureRules, Then, VerdictRules

if TYPE_CHECKING:
    from workflows.policy.config.yaml_lines import Lines

PATH = ".github/pullwright.yml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        """A key with nothing behind it says nothing; one that there is not is refused all the same."""
        if not isinstance(given, dict):
            return given
        return {key: value for key, value in given.items() if value is not None or key not in cls.model_fields}


class Triggers(_Section):
    """What starts work on an issue here."""

    assigned: bool | None = None
    label: bool | None = None
    mention: bool | None = None
    command: bool | None = None
    opened: bool | None = None
    pull: bool | None = None
    reviewer: bool | None = None
    reviewed: bool | None = None
    replied: bool | None = None
    fix: bool | None = None
    failed_check: bool | None = None
    tag: bool | None = None
    release: bool | None = None
    changelog: bool | None = None
    bug: bool | None = None
    reported: bool | None = None
    withdrawn: bool | None = None
    edited: bool | None = None


class BoxLimits(_Section):
    """What one command may use: `memory` in bytes ("4g" in the file), `minutes` of wall clock."""

    memory: Memory | None = None
    minutes: Annotated[float, NUMBER, Field(ge=0.01, le=24 * 60)] | None = None


class WorkflowRules(_Section):
    """What failed steps of a workflow lead to; `pause` in seconds."""

    on_failure: Then | None = None
    steps: Annotated[dict[Name, Then], Field(max_length=50)] = Field(default_factory=dict)
    retries: Annotated[int, NUMBER, Field(ge=1, le=10)] | None = None
    pause: Annotated[float, NUMBER, Field(ge=1, le=3600)] | None = None


class ReviewRules(WorkflowRules):
    """How changes are reviewed here: which files are read, how much is said, and of whom.

    `checks` says whose changes are run, by the repository's own commands on base and head: those of branches of this
    repository (own), of forks too (all), or none. `include` makes the filters an allow-list; what `exclude` means is
    never read. `inline` is how many findings stand on lines, `pause_after` how many pushes in a row are read (0: any
    number). `fail_at` is the severity from which on the check fails; without it, it never does. `drafts`, `bots` and
    `outsiders` have pull requests reviewed by themselves that are not otherwise: drafts, those of bots, and those of
    people who may not write here.
    """

    checks: Annotated[Literal["own", "all", "off"], WITH_OFF] = "off"
    include: Patterns = ()
    exclude: Patterns = ()
    inline: Annotated[int, NUMBER, Field(ge=0, le=50)] | None = None
    fail_at: Literal["critical", "high", "medium", "low"] | None = None
    pause_after: Annotated[int, NUMBER, Field(ge=0, le=1_000)] = 10
    drafts: bool | None = None
    bots: bool | None = None
    outsiders: bool | None = None


class TriageRules(WorkflowRules):
    """How reports of bugs are looked through here.

    `labels` says what becomes of labels that fit: they are proposed, put on, or not spoken of. `sure` is how sure the
    model has to be of one, `thresholds` that for single ones. `bug_labels` are those that start a triage.
    `priorities` is the scale, the most urgent first, each name with what it means. `reproduce` lets it be tried.
    `fixes` says on whose pull requests what reproduced an issue is run again: on branches of this repository (own), on
    forks' too (all), or on none.
    """

    labels: Annotated[Literal["propose", "apply", "off"], WITH_OFF] = "propose"
    sure: Annotated[float, NUMBER, Field(ge=0, le=1)] = 0.8
    thresholds: Annotated[dict[LabelName, Annotated[float, NUMBER, Field(ge=0, le=1)]], Field(max_length=100)] = Field(
        default_factory=dict
    )
    bug_labels: Annotated[tuple[LabelName, ...], ONE_OR_MORE, Field(max_length=20)] = (
        "bug",
        "kind/bug",
        "type: bug",
        "type:bug",
        "type/bug",
    )
    priorities: Annotated[dict[Name, Line], Field(max_length=10)] = Field(default_factory=dict)
    reproduce: bool = True
    fixes: Annotated[Literal["own", "all", "off"], WITH_OFF] = "own"


class NotesRules(WorkflowRules):
    """Where release notes go here.

    `draft` keeps a draft of the release of a tag, `publish` has somebody asked whether it is published. `changelog`
    proposes an entry: true for the file that there is, else its path. `everything` tells also the kinds of changes that
    the CHANGELOG has not listed until now. `waived` are names of Python packages that may break without a word.
    """

    draft: bool = True
    everything: bool = False
    waived: Patterns = ()
    publish: bool = False
    changelog: bool | PathPattern = False


SPECIAL: dict[str, type[WorkflowRules]] = {
    "review_pr": ReviewRules,
    "triage": TriageRules,
    "release_notes": NotesRules,
}
_RULES: dict[str, Any] = {
    name: (SPECIAL.get(name, WorkflowRules), SPECIAL.get(name, WorkflowRules)()) for name in WORKFLOWS
}
Workflows = create_model("Workflows", __base__=_Section, **_RULES)
"""Rules by the name of the workflow."""


class Approval(_Section):
    """Who may approve a plan here, and what becomes of a question that nobody answers for `days`."""

    role: Literal["write", "maintain", "admin"] | None = None
    not_requester: bool | None = None
    days: Annotated[float, NUMBER, Field(ge=0.04, le=90)] | None = None
    unanswered: Literal["abort", "approve", "keep"] | None = None
    remind: bool | None = None


class RepoConfig(_Section):
    """The file's contents. Commands are tuples of shell lines, False where they are switched off."""

    setup: Overriding = None
    test: Overriding = None
    lint: Overriding = None
    types: Overriding = None
    checks: Annotated[dict[Name, Command], Field(max_length=20)] = Field(default_factory=dict)
    network: Hosts = ()
    base: BranchName | None = None
    branch_prefix: BranchPrefix | None = None
    signoff: bool | None = None
    approve: bool | None = None
    max_cost: Annotated[float, NUMBER, Field(gt=0, le=10_000)] | None = None
    max_minutes: Annotated[float, NUMBER, Field(gt=0, le=7 * 24 * 60)] | None = None
    verify_rounds: Annotated[int, NUMBER, Field(ge=0, le=10)] | None = None
    ready: Literal["proven", "none-owed", "nothing-broke", "never"] = "none-owed"
    required: Annotated[dict[Name, bool], Field(max_length=30)] = Field(default_factory=dict)
    stop_at: Literal["first", "none"] = "none"
    failing_test: Annotated[Literal["auto", "require", "off"], WITH_OFF] = "auto"
    model: Line | None = None
    triggers: Triggers = Triggers()
    label: LabelName | None = None
    bots: Annotated[tuple[Login, ...], ONE_OR_MORE, Field(max_length=20)] = ()
    protected_paths_allowed: Patterns = ()
    secrets_allowed: Patterns = ()
    limits: BoxLimits = BoxLimits()
    workflows: Workflows = Workflows()
    approval: Approval = Approval()

    _lines: Lines = PrivateAttr(default_factory=dict)

    def line_of(self, *key: str) -> int:
        """The line of a key ("test") or a key's member ("checks", "docs"), for evidence; 1 where it is not known."""
        return self._lines.get(key, 1)

    def read_from(self, lines: Lines) -> RepoConfig:
        """This configuration, which from now on knows where its keys stand."""
        self._lines.update(lines)
        return self

    def failure_rules(self, workflow: str) -> FailureRules:
        """What failed steps of that workflow lead to."""
        given = getattr(self.workflows, workflow).model_dump(exclude_none=True, include=set(WorkflowRules.model_fields))
        default = given.pop("on_failure", None)
        return FailureRules(default=default, **given)

    def verdict_rules(self) -> VerdictRules:
        return VerdictRules(self.ready, dict(self.required), self.stop_at == "first", self.failing_test)

    def review_rules(self) -> ReviewRules:
        """How changes are reviewed."""
        rules: ReviewRules = self.workflows.review_pr  # type: ignore[attr-defined]
        return rules

    def triage_rules(self) -> TriageRules:
        """How reports of bugs are looked through."""
        rules: TriageRules = self.workflows.triage  # type: ignore[attr-defined]
        return rules

    def notes_rules(self) -> NotesRules:
        """Where release notes go."""
        rules: NotesRules = self.workflows.release_notes  # type: ignore[attr-defined]
        return rules

    def approval_rules(self) -> ApprovalRules:
        return ApprovalRules(**self.approval.model_dump(exclude_none=True))
