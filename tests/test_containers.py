"""compose.yml and the Dockerfile fit the program: no container is built here, so what can be read is held together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.cli.main import app
from bot.settings import PREFIX, Settings
from bot.settings_source import load

ROOT = Path(__file__).parents[1]
COMPOSE = YAML(typ="safe").load(ROOT / "compose.yml")
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "pullwright"}
WORKERS = [service for service in OURS.values() if service["command"] == ["worker"]]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
CLOSING_SECONDS = 30


def seconds(period: str) -> int:
    found = re.fullmatch(r"(\d+)s", period)
    assert found, period
    return int(found[1])


def commands() -> set[str]:
    return {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}


def test_there_are_a_web_process_two_workers_and_postgres() -> None:
    assert {name: service.get("command") for name, service in SERVICES.items()} == {
        "web": ["web"],
        "worker-1": ["worker"],
        "worker-2": ["worker"],
        "postgres": None,
    }
    assert {word for service in OURS.values() for word in service["command"]} <= commands()


def test_every_variable_is_a_setting() -> None:
    for service in OURS.values():
        given = {
            name: re.sub(r"\$\{\w+:\?[^}]*\}", "https://example.org", v) for name, v in service["environment"].items()
        }
        assert all(name.startswith(PREFIX) for name in given)
        load(given | {"HOME": "/nonexistent"})
    named = re.findall(rf"{PREFIX}(\w+)=", DOCKERFILE)
    assert named
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_no_password_or_key_stands_in_the_clear() -> None:
    text = (ROOT / "compose.yml").read_text()
    used = re.findall(r"PASSWORD: (.*)|//pullwright:([^@]*)@", text)
    assert len(used) == 2
    assert all(re.fullmatch(r"\$\{POSTGRES_PASSWORD:\?[^}]+\}", one or other) for one, other in used)
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {"/.env", "/worker.env"} <= set(ignored)
    assert all("env_file" not in service for name, service in OURS.items() if name == "web"), "it needs no key"


def test_no_two_workers_share_a_data_directory_and_all_volumes_are_declared() -> None:
    mounts = [mount.split(":") for service in SERVICES.values() for mount in service["volumes"]]
    assert {volume for volume, *_ in mounts} == set(COMPOSE["volumes"])
    data = [volume for volume, target, *_ in mounts if target == "/data"]
    assert len(data) == len(set(data)) == len(OURS)
    assert [mode for volume, _, *mode in mounts if volume == "credentials"] == [[], ["ro"], ["ro"]]


@pytest.mark.parametrize("name", SERVICES)
def test_who_is_stopped_has_time_to_end_and_who_ends_is_started_again(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    drain = float(service["environment"].get("PULLWRIGHT_DRAIN_SECONDS", 0))
    assert seconds(service["stop_grace_period"]) >= drain + (CLOSING_SECONDS if service in WORKERS else 0)


def test_what_workers_need_for_their_boxes_nobody_else_gets() -> None:
    loose = {"seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"}
    for service in OURS.values():
        given = set(service["security_opt"])
        assert given & loose == (loose if service in WORKERS else set())
        assert "no-new-privileges:true" in given
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True


def test_the_database_is_reached_from_inside_only_and_waited_for() -> None:
    assert SERVICES["postgres"]["networks"] == ["inside"]
    assert "ports" not in SERVICES["postgres"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert all(s["depends_on"]["postgres"]["condition"] == "service_healthy" for s in OURS.values())
    assert all(service["healthcheck"]["test"] for service in SERVICES.values())


def test_the_image_is_made_of_what_is_here_and_runs_as_an_ordinary_user() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    files = [word for line in copied for word in line.split()[:-1]]
    assert {"requirements.lock", "pyproject.toml", "app.yml", "bot", "workflows", "sandbox", "migrations"} <= set(files)
    assert all((ROOT / file).exists() for file in files)
    wanted = set((ROOT / ".dockerignore").read_text().split())
    assert {f"!{file}" for file in files} <= wanted
    stages = re.findall(r"^FROM \S+(?: AS (\w+))?$", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"--from=(\w+)", DOCKERFILE)) <= set(stages)
    last = DOCKERFILE[DOCKERFILE.rindex("FROM ") :]
    assert re.search(r"^USER pullwright$", last, re.MULTILINE)
    assert 'ENTRYPOINT ["tini", "--", "pullwright"]' in last
    for program in ("bubblewrap", "git", "ripgrep", "tini"):
        assert re.search(rf"apt-get install .*\b{program}\b", last)
    assert "--require-hashes" in DOCKERFILE
