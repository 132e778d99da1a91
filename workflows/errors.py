"""What can go wrong on this floor; the roots and the whole tree are drawn in `sandbox.errors`.

UserError
├── ConfigError        a configuration file, with its place
├── DefinitionError    a workflow that cannot be run as declared (found at load)
├── RunError           the run is not in a state for this, or there is no such run
├── StoreError         the database cannot be used
└── ModelError         the model cannot be used as configured (key, name, endpoint)
TransientError
└── ModelBusy          the model's service may answer later
"""

from __future__ import annotations

from sandbox.errors import TransientError, UserError

__all__ = [
    "ConfigError",
    "DefinitionError",
    "ModelBusy",
    "ModelError",
    "RunError",
    "StoreError",
    "TransientError",
    "UserError",
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


class StoreError(UserError):
    """The database cannot be opened, is damaged, or is of another version."""


class ModelError(UserError):
    """The model cannot be used as configured: key, name, endpoint, or a refusal that retrying cannot mend."""


class ModelBusy(TransientError):
    """The model's service is overloaded, limits us, or broke the connection."""
