"""What this floor needs from above, as protocols: a forge, a reporter, a model.

The composition root fills them in; tests and dry runs use other implementations of the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from workflows.journal import Journal
from workflows.values import Requirement

# --- the model -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What the model asks for. `arguments` is its raw text, which may not be JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, in the shape all chat models share.

    `cache` asks the provider to cache the prefix that ends here, where it can. `kept` is what the model
    that gave an answer wants back with it (its reasoning, signatures), as JSON that only its adapter reads.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    cache: bool = False
    kept: str = ""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model sees it; `parameters` is a JSON Schema object."""

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call took. `usd` is None where the model's price is not known."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    usd: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """The model's answer. `finish` is the provider's finish reason ("stop", "tool_calls", "length")."""

    message: Message
    usage: Usage
    model: str
    finish: str = "stop"


class Model(Protocol):
    """A chat model with tools. Retries, fallback and timeouts are inside."""

    @property
    def name(self) -> str: ...

    @property
    def context_tokens(self) -> int:
        """The size of the context window, in tokens; a careful guess where the model is unknown."""
        ...

    async def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec] = (),
        *,
        max_tokens: int = 8192,
        schema: Mapping[str, object] | None = None,
    ) -> Reply:
        """One call. With `schema`, the answer is JSON of that form where the server enforces it.

        Raises ModelError (wrong key, unknown name, refused request) or ModelBusy (still
        failing after the retries).
        """
        ...

    async def check(self) -> str:
        """One tiny call for `doctor`; returns a sentence. Raises as `complete` does."""
        ...


# --- the forge -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a repository is fetched from and pushed to.

    `env` holds the credentials for one git process (never argv, URL or configuration file);
    its values are secrets.
    """

    url: str
    env: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class PullDraft:
    """A pull request to be opened. `commit` is what `branch` must point at."""

    branch: str
    base: str
    commit: str
    title: str
    body: str
    draft: bool
    labels: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request that exists. `number` 0 and a file path as `url` for a local run."""

    number: int
    url: str
    draft: bool = False
    """Whether it is one; False too where it was to be one, and the forge knows none."""


class Forge(Protocol):
    """The place where branches and pull requests live: GitHub, or a local repository.

    Every method can be repeated after a crash: it finds what the first call made.
    """

    async def remote(self, *, write: bool = False) -> Remote: ...

    async def default_base(self) -> str:
        """The branch that work starts from and pull requests go to."""
        ...

    async def branch_head(self, branch: str) -> str | None:
        """The commit a branch points at, None where there is no such branch."""
        ...

    async def open_pull(self, run_id: str, draft: PullDraft, journal: Journal) -> Pull:
        """Open the pull request of a run, or find the one it has and bring it up to date.

        Where the forge knows no drafts, the pull request says in words what a draft would.
        """
        ...

    async def delete_branch(self, branch: str, expected: str) -> None:
        """Delete a branch that still points at `expected`; RollbackRefused where it has moved."""
        ...

    def operations(self, run_id: str) -> object:
        """What can be done on it beside: it fulfils those protocols of `workflows.effects` that it has such things for.

        Where a text stands for a pull request, that of this run.
        """
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How an issue is now. Where it is not `there`, it was deleted, or `moved` to another repository.

    `reason` is why it is closed or locked, in the forge's words.
    """

    there: bool = True
    moved: bool = False
    closed: bool = False
    locked: bool = False
    reason: str = ""
    labels: tuple[tuple[str, int], ...] = ()
    """Names, each with the number by which the forge knows it under any name; 0 where it has none."""
    assignees: tuple[tuple[str, int], ...] = ()
    title: str = ""
    body: str = ""


@runtime_checkable
class Standings(Protocol):
    """A forge that has issues; what `Forge.operations` gives may fulfil it."""

    async def standing(self, number: int) -> Standing:
        """How an issue is now."""
        ...


@runtime_checkable
class BranchNames(Protocol):
    """A forge on which branches are renamed, and that remembers it; what `Forge.operations` gives may fulfil it."""

    async def new_name(self, branch: str) -> str:
        """What a branch is called by now, "" where there is no such branch and never was."""
        ...


@dataclass(frozen=True, slots=True)
class BranchRule:
    """One rule for a branch, in GitHub's words: `required_signatures`, `creation`, `branch_name_pattern`, ..."""

    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class BranchRules(Protocol):
    """A forge on which branches have rules; what `Forge.operations` gives may fulfil it."""

    async def rules(self, branch: str) -> Sequence[BranchRule]:
        """Those that bind us on a branch, which need not be there yet; as far as we may see them."""
        ...


@dataclass(frozen=True, slots=True)
class SignedCommit:
    """A commit that the forge makes itself, of whole plain files, on top of the head of a branch that is `expected`."""

    branch: str
    expected: str
    message: str
    additions: Mapping[str, bytes]
    deletions: Sequence[str]


@runtime_checkable
class CommitMaker(Protocol):
    """A forge that knows whose our commits are, and makes and signs them itself where it has to."""

    async def commit_identity(self) -> tuple[str, str]:
        """The name and the address that stand for us there."""
        ...

    async def commit_on_branch(self, commit: SignedCommit) -> str:
        """The id of the commit that was made. RollbackRefused where the branch is elsewhere."""
        ...


# --- the reporter --------------------------------------------------------------------------


class Reporter(Protocol):
    """Shows people how a run is doing. It is told that something changed and reads the rest itself."""

    async def changed(self, run_id: str) -> None:
        """Something about the run changed. Cheap and coalescing; never fails the run."""
        ...

    async def ended(self, run_id: str) -> None:
        """The run has reached a state in which it stays by itself: the final word must arrive."""
        ...
