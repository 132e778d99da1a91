"""What doctor finds on this machine and on worse ones."""

import subprocess
from pathlib import Path

import pytest

from bot.cli.machine.doctor import findings, shown, signing
from bot.settings import Settings
from sandbox.backend import HostFinding
from sandbox.boxes import stage
from tests.fakes.boxes import box_machine
from tests.fakes.scripted_model import Conversation, ScriptedModel, Turn

__all__ = ["box_machine"]


def by_subject(settings: Settings, *, call_model: bool = False) -> dict[str, HostFinding]:
    return {finding.subject: finding for finding in findings(settings, call_model=call_model)}


def test_a_machine_that_has_all_is_called_so(tmp_path: Path) -> None:
    found = by_subject(Settings(data=tmp_path, sandbox="unsafe_local", model="ollama/x"))
    assert all(found[subject].ok for subject in ("Python", "git", "ripgrep", "data directory", "database", "model"))
    assert shown(found["model"]) == "ok       model: ollama/x (not called; --model-call tries it)"


@pytest.mark.bwrap
@pytest.mark.xdist_group("boxes")
def test_how_fresh_homes_are_made_here_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, box_machine: None
) -> None:
    settings = Settings(data=tmp_path, sandbox="bubblewrap")
    here = by_subject(settings)["fresh homes"]
    assert here.ok is here.detail.startswith("laid over")
    without = stage._LAY.replace("mount -t overlay", "false")  # as where the kernel mounts no layers
    monkeypatch.setattr("sandbox.boxes.stage._LAY", without)
    there = by_subject(settings)["fresh homes"]
    assert shown(there).startswith("warning  fresh homes: copied from what a set-up made")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".doctor")] == []


def test_a_missing_model_or_key_comes_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    none = by_subject(Settings(data=tmp_path, sandbox="unsafe_local"))["model"]
    assert shown(none).startswith("missing  model: none is configured\n")
    keyless = by_subject(Settings(data=tmp_path, sandbox="unsafe_local", model="openai/x"))["model"]
    assert (keyless.ok, "OPENAI_API_KEY" in keyless.remedy) == (False, True)


@pytest.mark.at_length
def test_the_models_that_repositories_may_choose_are_looked_at_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    monkeypatch.setenv("MISTRAL_API_KEY", "k")
    models = ("openai/x", "groq/y", "mistral/z")
    settings = Settings(data=tmp_path, sandbox="unsafe_local", model="openai/x", api_key="sk-x", models=models)
    told = [shown(finding) for finding in findings(settings) if finding.subject == "model"]
    assert len(told) == 3
    assert "groq/y, which repositories may choose, has no key" in told[1]
    assert "GROQ_API_KEY" in told[1]
    assert "mistral/z may be chosen" in told[2]


def test_a_price_that_is_not_known_is_told_where_a_cap_is_set(tmp_path: Path) -> None:
    def told(**given: object) -> list[str]:
        settings = Settings(data=tmp_path, sandbox="unsafe_local", api_key="sk-x", **given)  # type: ignore[arg-type]
        return [shown(finding) for finding in findings(settings) if finding.subject == "price"]

    (one,) = told(model="openai/nobody-knows")
    assert one.startswith("warning  price: that of openai/nobody-knows is not known")
    assert "Set PULLWRIGHT_PRICE=IN,OUT" in one
    assert len(told(model="openai/gpt-4o", models=("groq/nobody", "openai/gpt-4o"), fallback_model="openai/no")) == 2
    assert told(model="openai/gpt-4o") == told(model="openai/nobody-knows", price=(0, 0)) == told() == []
    assert told(model="openai/nobody-knows", max_cost=None) == []
    assert len(told(model="openai/nobody-knows", max_cost=None, max_daily_cost=3)) == 1


@pytest.mark.at_length
def test_the_model_is_called_only_when_asked(tmp_path: Path) -> None:
    with ScriptedModel([Conversation("", (Turn("ok"),))]) as server:
        settings = Settings(
            data=tmp_path, sandbox="unsafe_local", model="openai/scripted", api_base=server.url, api_key="sk-x"
        )
        assert by_subject(settings)["model"].ok
        assert not server.requests
        called = by_subject(settings, call_model=True)["model"]
        assert called.ok, called
        assert len(server.requests) == 1


def test_a_damaged_database_and_a_directory_that_is_a_file_are_named(tmp_path: Path) -> None:
    (tmp_path / "app.sqlite").write_bytes(b"this is not a database" * 100)
    damaged = by_subject(Settings(data=tmp_path, sandbox="unsafe_local"))["database"]
    assert (damaged.ok, "backup" in damaged.remedy) == (False, True)
    (tmp_path / "file").write_text("")
    blocked = by_subject(Settings(data=tmp_path / "file", sandbox="unsafe_local"))["data directory"]
    assert (blocked.ok, "PULLWRIGHT_DATA" in blocked.remedy) == (False, True)


@pytest.mark.parametrize(
    ("kind", "phrase", "email", "ok", "words"),
    [
        ("ed25519", "", "bot@acme.example", True, "signs as bot@acme.example"),
        ("rsa", "", "bot@acme.example", True, "signs as"),
        ("ed25519", "secret", "bot@acme.example", False, "without a passphrase"),
        ("ecdsa", "", "bot@acme.example", False, "signs differently each time"),
        ("ed25519", "", "", False, "not by whom the key belongs to"),
        ("", "", "bot@acme.example", False, "cannot be used"),
    ],
)
def test_a_signing_key_is_tried(tmp_path: Path, kind: str, phrase: str, email: str, ok: bool, words: str) -> None:
    key = tmp_path / "key"
    if kind:
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", phrase, "-f", key], check=True)
    found = signing(Settings(data=tmp_path, signing_key=key, author_email=email))
    assert (found.ok, words in found.detail) == (ok, True), found
    assert ok or found.remedy
