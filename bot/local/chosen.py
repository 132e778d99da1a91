"""What a run that is started here is started with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bot import choices
from bot.app import DEFINITIONS
from bot.settings import Settings
from sandbox.detect.read.source import Source
from workflows.engine.failure_policy import configured
from workflows.errors import ModelError
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import PATH, RepoConfig
from workflows.values import Options

_AWAY_SECONDS = 300.0

_NOTHING = Options()


def configuration(path: Path) -> RepoConfig:
    """What the repository at `path` says about itself; ConfigError where that is wrong."""
    return parse(Source(path.resolve()).text(PATH))


@dataclass(frozen=True, slots=True)
class CommandChoices:
    """What the command line names; what it does not, the repository's file chooses, and else our settings.

    `max_cost` is in dollars.
    """

    model: str = ""
    max_cost: float | None = None
    max_minutes: float | None = None


def options_of(
    settings: Settings,
    config: RepoConfig,
    workflow: str,
    asked: CommandChoices,
    own: Options = _NOTHING,
    *,
    without: str = "",
) -> tuple[Options, str]:
    """What a run of a workflow is started with, and what is to be told before about its price, "" for nothing.

    `own` has what the command itself says, as the dry run. `without` is the option by which it would go on without a
    model. ModelError where no model can be used, or where its price is not known and a cap was asked for by name;
    ConfigError where the repository's rules are wrong.
    """
    bounds = choices.bounds_of(settings, config, asked.max_cost, asked.max_minutes)
    model = need_model(settings, asked.model or choices.model_of(settings, config), without)
    warning = choices.price_warning(settings, model, bounds.usd, choices.named_cap(config, asked.max_cost))
    return as_configured(config, replace(own, model=model, bounds=bounds), workflow), warning


def without_model(settings: Settings, config: RepoConfig, workflow: str, asked: CommandChoices) -> Options:
    """The same for a run that asks no model."""
    bounds = choices.bounds_of(settings, config, asked.max_cost, asked.max_minutes)
    return as_configured(config, Options(bounds=bounds), workflow)


def as_configured(config: RepoConfig, options: Options, workflow: str = "issue_to_pr") -> Options:
    """The options with a repository's rules for failures and approvals; ConfigError where they are wrong.

    Somebody looks at a run that was started here: it does not wait for hours for a service that is away.
    """
    failure = replace(configured(config, DEFINITIONS[workflow]), away=_AWAY_SECONDS)
    return replace(options, failure=failure, approval=config.approval_rules())


def need_model(settings: Settings, asked: str, without: str = "") -> str:
    """The model's name; ModelError where none was named. `without` is the option for going on with none."""
    name = asked or settings.model
    if not name:
        raise ModelError(
            "No model is configured.",
            "Set PULLWRIGHT_MODEL (as litellm names it, for example openai/gpt-5) and the provider's key, "
            f"or give --model{f', or {without} to go on without one' if without else ''}.",
        )
    missing = settings.missing_key(name)
    if missing:
        raise ModelError(f"The model {name} needs a key.", f"Set {_key_for(settings, name, missing)}.")
    return name


def _key_for(settings: Settings, name: str, variable: str) -> str:
    return variable if settings.is_listed(name) else f"{variable} or PULLWRIGHT_API_KEY"
