"""What a repository's file may choose of what this installation allows: which model, and how much a run may spend."""

from __future__ import annotations

from bot.settings import PREFIX, Settings
from workflows.errors import ConfigError, ModelError
from workflows.model.library import listed_price
from workflows.policy.config.repo_config import PATH, RepoConfig
from workflows.store.records import Run
from workflows.values import Bounds, Spent

PRICE_REMEDY = f"Set {PREFIX}PRICE=IN,OUT, dollars per million tokens of prompt and answer (0,0 where it is free)."


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


def named_cap(config: RepoConfig, max_cost: float | None = None) -> str:
    """Where somebody asked for a cap in dollars by its name, "" where only the server's setting says one."""
    if max_cost is not None:
        return "--max-cost"
    return "" if config.max_cost is None else f"{PATH}:{config.line_of('max_cost')}: max_cost"


def price_warning(
    settings: Settings, model: str, usd: float | None, named: str = "", spent: Spent | None = None
) -> str:
    """What is to be told before a run is started: that its cap may not hold, "" where it does or there is none.

    ModelError where the cap was asked for by name (`named`): it is kept, or the run is not started. Whether a
    provider tells the costs of its calls, nobody knows before the first one: only a run that has `spent`
    something, and was told of each call, goes on without a price.
    """
    if spent is not None and spent.all_priced:
        return ""
    unknown = unpriced(settings, model)
    if not unknown or (usd is None and settings.max_daily_cost is None):
        return ""
    sentence = f"the price of {' and '.join(unknown)} is not known"
    if named:
        raise ModelError(f"{named} cannot be kept: {sentence}.", f"{PRICE_REMEDY} Or leave the cap out.")
    cap = "the daily cap holds" if usd is None else f"the cap of ${usd:g} holds"
    return f"{sentence[0].upper()}{sentence[1:]}: {cap} only if the provider tells what calls cost. {PRICE_REMEDY}"


def unpriced(settings: Settings, model: str) -> tuple[str, ...]:
    """Those models of a run whose price neither the list nor the operator knows."""
    if settings.price is not None:
        return ()
    return tuple(name for name in settings.models_for(model) if name and listed_price(name) is None)


def _smaller(ours: float | None, theirs: float | None) -> float | None:
    return min((bound for bound in (ours, theirs) if bound is not None), default=None)
