"""`pullwright init` asks for what is missing, and writes it where only its owner reads it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.cli.machine.initialising import initialise
from bot.settings_source import load, settings_file
from sandbox.errors import UserError


def _asking(*answers: str) -> tuple[list[tuple[str, bool]], object]:
    left, asked = list(answers), list[tuple[str, bool]]()

    def ask(question: str, hidden: bool) -> str:
        asked.append((question, hidden))
        return left.pop(0)

    return asked, ask


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_what_was_answered_is_read_again_without_being_named(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    asked, ask = _asking("openai/gpt-5", 'sk-"quoted"\\')
    place = initialise(None, "", ask, force=False, environ=environ)  # type: ignore[arg-type]
    assert place == tmp_path / ".config/pullwright/settings.toml" == settings_file(environ)
    assert [hidden for _, hidden in asked] == [False, True]
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    settings = load(environ)
    assert settings.model == "openai/gpt-5"
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == 'sk-"quoted"\\'
    assert load({**environ, "PULLWRIGHT_MODEL": "ollama/x"}).model == "ollama/x", "a variable wins"


@pytest.mark.parametrize(
    "key", ["sk-a1", "'sk-a1'", '"sk-a1"', "export OPENAI_API_KEY=sk-a1", 'OPENAI_API_KEY="sk-a1"', "Bearer sk-a1"]
)
@pytest.mark.parametrize("model", ["openai/gpt-5", " 'openai/gpt-5' "])
def test_what_was_copied_around_an_answer_is_left_out(tmp_path: Path, model: str, key: str) -> None:
    _, ask = _asking(model, key)
    place = initialise(tmp_path / "own.toml", "", ask, force=False, environ={})  # type: ignore[arg-type]
    settings = load({"HOME": str(tmp_path), "PULLWRIGHT_CONFIG": str(place)})
    assert settings.model == "openai/gpt-5"
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "sk-a1"


@pytest.mark.parametrize(
    ("model", "key", "words"),
    [
        ("foo bar", "", "no model's name"),
        ("openai/gpt-5", "my key is sk", "no key"),
        ("openai/gpt-5", "sk-\x7fa", "no key"),
        ("openai/gpt-5", "sk-\x1b[A", "no key"),
        ("openai/gpt-5", "sk-\u2011a", "no key"),
    ],
)
def test_what_can_be_neither_is_not_written(tmp_path: Path, model: str, key: str, words: str) -> None:
    _, ask = _asking(model, key)
    with pytest.raises(UserError, match=words):
        initialise(tmp_path / "own.toml", "", ask, force=False, environ={})  # type: ignore[arg-type]
    assert not (tmp_path / "own.toml").exists()


def test_a_place_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "own.toml", tmp_path):
        with pytest.raises(UserError, match="cannot be written"):
            initialise(place, "ollama/x", _asking()[1], force=True, environ={})  # type: ignore[arg-type]


def test_what_is_known_is_not_asked_and_a_model_without_a_key_needs_none(tmp_path: Path) -> None:
    asked, ask = _asking()
    file = tmp_path / "own.toml"
    initialise(file, "ollama/qwen3", ask, force=False, environ={"HOME": str(tmp_path)})  # type: ignore[arg-type]
    assert asked == []
    assert file.read_text().endswith('model = "ollama/qwen3"\n')


def test_settings_that_are_there_are_not_written_over(tmp_path: Path) -> None:
    _, ask = _asking("")
    file = tmp_path / "own.toml"
    file.write_text('model = "ollama/a"\n')
    with pytest.raises(UserError, match="exists already"):
        initialise(file, "ollama/b", ask, force=False, environ={})  # type: ignore[arg-type]
    initialise(file, "ollama/b", ask, force=True, environ={})  # type: ignore[arg-type]
    assert "ollama/b" in file.read_text()


@pytest.mark.parametrize("answer", ["", "   "])
def test_without_a_model_nothing_is_written(tmp_path: Path, answer: str) -> None:
    _, ask = _asking(answer)
    with pytest.raises(UserError, match="--model"):
        initialise(tmp_path / "own.toml", "", ask, force=False, environ={})  # type: ignore[arg-type]
    assert not (tmp_path / "own.toml").exists()
