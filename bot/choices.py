"""What a repository's file may choose of what this installation allows: which model, and how much a run may spend."""

from __future__ import annotations

from bot.settings import PREFIX, Settings
from workflows.errors import ConfigError, ModelError
from workflows.repo_config import PATH, RepoConfig
from workflows.store.records import Run
from workflows.values import Bounds


def model_of(settings: Settings, config: RepoConfig) -> str:
    """The model of a run on a repository; ConfigError where its file names one that nobody here has listed.

    Our key and our requests would go wherever the repository says.
    """
    name = config.model
    if not name or name == settings.model:
        return settings.model
    if name not in settings.models or "://" in name:
        raise ConfigError(
            f"This server does not let repositories choose the model {name[:80]}.",
            f"Leave `model` out, or have whoever runs the server add it to {PREFIX}MODELS.",
            place=f"{PATH}:{config.line_of('model')}",
        )
    return name


def still_allowed(settings: Settings, run: Run) -> str:
    """The model that a stored run was started with; ModelError where a repository's file would not get it today.

    Whoever sits at the command line chooses freely.
    """
    name = run.options.model or settings.model
    chosen_here = run.inputs.get("forge") != "github" or run.options.dry_run
    if chosen_here or name in (settings.model, *settings.models):
        return name
    raise ModelError(
        f"The model {name[:80]}, which this run was started with, is not one that this server uses.",
        f"Start it anew, or have whoever runs the server add the model to {PREFIX}MODELS.",
    )


def bounds_of(
    settings: Settings, config: RepoConfig, max_cost: float | None = None, max_minutes: float | None = None
) -> Bounds:
    """What a run on a repository may spend: its file may ask for less than we allow, never for more.

    What was asked for at the command line wins over both.
    """
    ours = settings.bounds()
    usd = _smaller(ours.usd, config.max_cost) if max_cost is None else max_cost
    minutes = _smaller(ours.minutes, config.max_minutes) if max_minutes is None else max_minutes
    return Bounds(usd=usd, minutes=minutes)


def _smaller(ours: float | None, theirs: float | None) -> float | None:
    return min((bound for bound in (ours, theirs) if bound is not None), default=None)
