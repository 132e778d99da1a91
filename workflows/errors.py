"""What can go wrong on this floor; the roots and the whole tree are drawn in `sandbox.errors`.

UserError
├── ConfigError        a configuration file, with its place
├── DefinitionError    a workflow that cannot be run as declared (found at load)
├── RunError           the run is not in a state for this, or there is no such run
│   └── NotAsked       it asks for nothing, or for something else than what it is given
├── NotAllowed         whoever asks has not the role that it takes
├── StoreError         the database cannot be used
├── BudgetSpent        the run may spend no more
│   └── DayIsSpent     all runs of its account, or of its repository's outsiders, may not, for today
├── ModelError         the model cannot be used as configured (key, name, endpoint)
├── Refused            the forge does not accept a request as it is; `status` says which refusal
│   └── NoDrafts       the repository's plan has no drafts of pull requests
└── Gone               what we worked with is not there for us any more: suspended, moved, archived, not permitted
    └── NotFound       there is no such thing, or we may not see it (a forge does not say which)
TransientError
├── NoRoom             this machine lacks room (of `sandbox.errors`)
└── ModelBusy          the model's service may answer later
"""

from __future__ import annotations

from sandbox.errors import NoRoom, TransientError, UserError, no_room
from workflows.advice import RESUME, RESUME_WITH_MORE, ROLLBACK, Advice

__all__ = [
    "BudgetSpent",
    "ConfigError",
    "DayIsSpent",
    "DefinitionError",
    "Gone",
    "ModelBusy",
    "ModelError",
    "NoDrafts",
    "NoRoom",
    "NotAllowed",
    "NotAsked",
    "NotFound",
    "Refused",
    "RunError",
    "StoreError",
    "TransientError",
    "UserError",
    "no_room",
]


class ConfigError(UserError):
    """A configuration that cannot be used. `place` is `file:line` as an editor takes it."""

    def __init__(self, sentence: str, remedy: str = "", *, place: str = "") -> None:
        super().__init__(f"{place}: {sentence}" if place else sentence, remedy)
        self.place = place


class DefinitionError(UserError):
    """A workflow definition that contradicts itself."""


class RunError(UserError):
    """There is no such run, or it is not in a state in which this can be done."""


class NotAsked(RunError):
    """The run does not ask for this; `kind` is what it asks for instead, as in `Question`, "" for nothing."""

    def __init__(self, sentence: str, remedy: str = "", *, kind: str = "") -> None:
        super().__init__(sentence, remedy)
        self.kind = kind


class NotAllowed(UserError):
    """Whoever asks has not the role in the repository that it takes."""


class StoreError(UserError):
    """The database cannot be opened, is damaged, or is of another version."""


class BudgetSpent(UserError):
    """The run may not make another call to the model; `which` is the bound that was met, as in `Bounds`."""

    advice: tuple[Advice, ...] = (RESUME_WITH_MORE, ROLLBACK)
    """What can be done with a run that was stopped by it."""

    def __init__(self, which: str) -> None:
        super().__init__(
            f"The run's budget of {which} does not allow another call to the model.",
            "Go on with a larger one.",
        )


class DayIsSpent(BudgetSpent):
    """What several runs may spend together in a day (UTC) is spent: none of them calls the model again today."""

    advice = (RESUME, ROLLBACK)

    def __init__(self, sentence: str, remedy: str) -> None:
        UserError.__init__(self, sentence, remedy)


class ModelError(UserError):
    """The model cannot be used as configured: key, name, endpoint, or a refusal that retrying cannot mend."""


class ModelBusy(TransientError):
    """The model's service is overloaded, limits us, or broke the connection."""


class Refused(UserError):
    """A forge does not accept a request as it is. `message` is its own sentence, on one line; `status` is HTTP's."""

    def __init__(self, sentence: str, remedy: str = "", *, status: int = 0, message: str = "") -> None:
        super().__init__(sentence, remedy)
        self.status = status
        self.message = message


class NoDrafts(Refused):
    """The repository's plan has no drafts of pull requests."""


class Gone(UserError):
    """The installation, the repository or a permission is not there for us any more."""


class NotFound(Gone):
    """There is no such thing, or we may not see it."""
