"""What a repository's file may choose, and what it may not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.app import make_model
from bot.choices import bounds_of, model_of, price_warning, still_allowed
from bot.settings_source import load
from tests.fakes.snapshots import snapshot
from workflows.errors import ConfigError, ModelError
from workflows.policy.config.config_file import parse
from workflows.values import Spent


@pytest.mark.parametrize("name", ["other/model", "openai/http://10.0.0.1/v1", "openai/", "openai/A", "openai/a "])
def test_a_repository_cannot_choose_where_requests_and_keys_go(name: str) -> None:
    settings = load(
        {"PULLWRIGHT_MODEL": "openai/a", "PULLWRIGHT_MODELS": "openai/b, openai/c", "PULLWRIGHT_DATA": "/d"}
    )
    config = parse(f'test: x\nmodel: "{name}"')
    if name.strip() == "openai/a":
        assert model_of(settings, config) == "openai/a"
        return
    with pytest.raises(ConfigError, match=r"pullwright\.yml:2: This server does not let .* PULLWRIGHT_MODELS"):
        model_of(settings, config)


def test_a_repository_may_choose_what_is_listed_and_it_gets_neither_our_key_nor_our_address() -> None:
    given = {"MODEL": "openai/a", "MODELS": "openai/b", "API_KEY": "k", "API_BASE": "http://127.0.0.1:1", "DATA": "/d"}
    settings = load({f"PULLWRIGHT_{name}": value for name, value in given.items()})
    assert model_of(settings, parse("model: openai/b")) == "openai/b"
    assert model_of(settings, parse("")) == "openai/a"
    ours, listed = vars(make_model(settings, "openai/a")), vars(make_model(settings, "openai/b"))
    assert "k" in ours.values()
    assert "http://127.0.0.1:1" in ours.values()
    assert not {"k", "http://127.0.0.1:1"} & {value for value in listed.values() if isinstance(value, str)}


def test_a_repository_lowers_what_a_run_may_spend_and_what_was_asked_for_wins() -> None:
    settings = load({"PULLWRIGHT_MAX_COST": "3", "PULLWRIGHT_MAX_MINUTES": "none", "PULLWRIGHT_DATA": "/d"})
    less, more = parse("{max_cost: 1, max_minutes: 5}"), parse("max_cost: 100")
    assert (bounds_of(settings, less).usd, bounds_of(settings, less).minutes) == (1.0, 5.0)
    assert (bounds_of(settings, more).usd, bounds_of(settings, more).minutes) == (3.0, None)
    assert bounds_of(settings, less, 2.0, 7.0) == settings.bounds(2.0, 7.0)


def test_a_cap_that_was_named_needs_a_price_and_any_other_a_warning() -> None:
    def told(usd: float | None = 2.0, named: str = "", spent: Spent | None = None, **given: str) -> str:
        environ = {"MODEL": "openai/nobody-knows", "DATA": "/d"} | given
        settings = load({f"PULLWRIGHT_{name}": value for name, value in environ.items()})
        return price_warning(settings, settings.model, usd, named, spent)

    assert told().startswith("The price of openai/nobody-knows is not known: the cap of $2 holds only if")
    assert told(MODEL="openai/gpt-4o", FALLBACK_MODEL="openai/no").startswith("The price of openai/no is not known")
    assert "PULLWRIGHT_PRICE=IN,OUT" in told()
    assert told(None) == ""
    assert told(None, MAX_DAILY_COST="5").startswith("The price of openai/nobody-knows is not known: the daily cap")
    for known in ({"MODEL": "openai/gpt-4o"}, {"PRICE": "0,0"}, {"PRICE": "1,2", "FALLBACK_MODEL": "openai/no"}):
        assert told(named="--max-cost", **known) == ""
    for unknown in ({}, {"MODEL": "openai/gpt-4o", "FALLBACK_MODEL": "openai/no"}):
        with pytest.raises(ModelError, match=r"^--max-cost cannot be kept: the price of .* PULLWRIGHT_PRICE=IN,OUT"):
            told(named="--max-cost", **unknown)
    assert told(named="--max-cost", spent=Spent(usd=1.0, turns=3)) == ""
    for hardly in (Spent(), Spent(usd=1.0, turns=3, unpriced=1)):
        with pytest.raises(ModelError):
            told(named="--max-cost", spent=hardly)


def test_a_price_by_hand_counts_for_the_fallback_and_for_what_repositories_choose_where_none_is_known() -> None:
    given = {"MODEL": "openai/a", "MODELS": "openai/b,openai/gpt-4o", "FALLBACK_MODEL": "openai/c", "PRICE": "0,7"}
    settings = load({f"PULLWRIGHT_{name}": value for name, value in given.items()} | {"PULLWRIGHT_DATA": "/d"})
    assert make_model(settings, "openai/a").cost(0, 1_000_000) == pytest.approx(7.0)
    assert make_model(settings, "openai/b").cost(0, 1_000_000) == pytest.approx(7.0)
    assert make_model(settings, "openai/gpt-4o").cost(0, 1_000_000) == pytest.approx(10.0)


def test_a_stored_run_whose_model_is_not_allowed_any_more_ends_with_a_sentence() -> None:
    settings = load({"PULLWRIGHT_MODEL": "openai/a", "PULLWRIGHT_MODELS": "openai/b", "PULLWRIGHT_DATA": "/d"})
    run = replace(snapshot().run, inputs={"forge": "github"})

    def asked(name: str) -> str:
        return still_allowed(settings, replace(run, options=replace(run.options, model=name, dry_run=False)))

    assert [asked(name) for name in ("openai/a", "openai/b", "")] == ["openai/a", "openai/b", "openai/a"]
    with pytest.raises(ModelError, match="not one that this server uses"):
        asked("openai/http://10.0.0.1/v1")
    local = replace(run, inputs={}, options=replace(run.options, model="any/model"))
    assert still_allowed(settings, local) == "any/model"


def test_a_listed_model_needs_its_provider_s_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    given = {"MODEL": "openai/a", "MODELS": "groq/b", "API_KEY": "k", "DATA": "/d"}
    settings = load({f"PULLWRIGHT_{name}": value for name, value in given.items()})
    assert settings.missing_key("openai/a") == ""
    assert settings.missing_key("groq/b") == "GROQ_API_KEY"
