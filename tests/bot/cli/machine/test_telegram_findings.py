"""What `doctor` says about the bot, asked of a Bot API over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.cli.machine.telegram_findings import findings
from bot.settings import Settings
from sandbox.backend import HostFinding
from tests.fakes.telegram.server import address, new_world


def found(tmp_path: Path, token: str = "", **more: Any) -> HostFinding:
    own: dict[str, Any] = {"telegram_url": address()} | ({"telegram_token": SecretStr(token)} if token else {})
    (finding,) = findings(Settings(data=tmp_path, **{**own, **more}))
    return finding


def test_without_a_bot_it_is_said_how_to_come_by_one_in_three_lines(tmp_path: Path) -> None:
    finding = found(tmp_path)
    assert finding.ok
    _, *lines = finding.detail.splitlines()
    assert [line.split()[0] for line in lines] == ["1.", "2.", "3."]
    for line, word in zip(lines, ("BotFather", "PULLWRIGHT_TELEGRAM_TOKEN_FILE", "/start"), strict=True):
        assert word in line


def test_a_bot_is_called_by_its_name(tmp_path: Path) -> None:
    assert found(tmp_path, new_world().token).detail == "@pullwright_bot, asked for what is new"


def test_a_bot_that_calls_elsewhere_is_a_warning(tmp_path: Path) -> None:
    world = new_world()
    world.webhook = {"url": "https://old.test/telegram"}
    finding = found(tmp_path, world.token)
    assert (finding.ok, finding.fatal) == (False, False)
    assert "https://old.test/telegram" in finding.detail
    here = {"public_url": "https://old.test", "telegram_webhook": True}
    assert found(tmp_path, world.token, **here).detail == "@pullwright_bot, called at https://old.test/telegram"


def test_what_is_wrong_comes_with_its_remedy_and_without_the_token(tmp_path: Path) -> None:
    token = f"42:{'a' * 35}"
    for finding in (
        found(tmp_path, token),
        found(tmp_path, "nonsense"),
        found(tmp_path, token, telegram_url="http://127.0.0.1:9"),
        found(tmp_path, token, telegram_webhook=True),
        found(tmp_path, telegram_token_file=tmp_path / "none"),
    ):
        assert (finding.ok, finding.fatal) == (False, False), finding
        assert "a" * 35 not in f"{finding}"
    assert "BotFather" in found(tmp_path, token).remedy
    assert "reaches Telegram" in found(tmp_path, token, telegram_url="http://127.0.0.1:9").remedy
