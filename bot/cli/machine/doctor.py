"""What this machine has and lacks for the work, each with its remedy."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.cli.machine import setup_findings, telegram_findings
from bot.settings import Settings
from sandbox.backend import Backend, BoxSpec, HostFinding
from sandbox.errors import TransientError, UserError

_OLDEST_GIT = (2, 38)
_API = 'Check "api_url" in the file with the credentials; of a GitHub Enterprise server it ends in /api/v3.'


def findings(settings: Settings, *, call_model: bool = False) -> Iterator[HostFinding]:
    """Everything that is looked at, in the order in which it should be mended."""
    yield _python()
    yield _git()
    yield _tool("rg", "ripgrep", "the agent's search")
    yield _data(settings)
    yield from _database(settings)
    yield from _sandbox(settings)
    yield from setup_findings.findings(settings)
    yield from _model(settings, call_model)
    yield from _listed(settings)
    yield from _prices(settings)
    if settings.signing_key is not None:
        yield signing(settings)
    yield from _github(settings)
    yield from telegram_findings.findings(settings)


def shown(finding: HostFinding) -> str:
    """A line of the report."""
    word = "ok" if finding.ok else "missing" if finding.fatal else "warning"
    remedy = f"\n           {finding.remedy}" if finding.remedy and not finding.ok else ""
    return f"{word:<8} {finding.subject}: {finding.detail}{remedy}"


def _python() -> HostFinding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    ok = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return HostFinding("Python", ok, f"{version}, SQLite {sqlite3.sqlite_version}", "Use Python 3.11, 3.12 or 3.13.")


def _git() -> HostFinding:
    path = shutil.which("git")
    if path is None:
        return HostFinding("git", False, "not found", _install("git"))
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=10).stdout
    version = re.search(r"(\d{1,9})\.(\d{1,9})", said)
    ok = version is not None and (int(version[1]), int(version[2])) >= _OLDEST_GIT
    wanted = ".".join(str(part) for part in _OLDEST_GIT)
    return HostFinding("git", ok, said.strip() or "does not start", f"Install git {wanted} or newer.")


def _tool(command: str, package: str, purpose: str) -> HostFinding:
    path = shutil.which(command)
    return HostFinding(package, path is not None, path or f"not found, needed for {purpose}", _install(package))


def _data(settings: Settings) -> HostFinding:
    try:
        settings.prepare()
    except UserError as error:
        return HostFinding("data directory", False, error.sentence, error.remedy)
    free = shutil.disk_usage(settings.data).free / 2**30
    detail = f"{settings.data}, {free:.1f} GB free"
    return HostFinding("data directory", free >= 1, detail, "Make room: workspaces and caches need some.", fatal=False)


def _homes(settings: Settings, backend: Backend) -> HostFinding:
    """Whether what a set-up made can lie below the homes of checks, where the data directory is."""
    with tempfile.TemporaryDirectory(prefix=".doctor-", dir=settings.data) as place:
        lower, home = Path(place, "lower"), Path(place, "home")
        for directory in (lower, home):
            directory.mkdir()
            backend.own(directory)
        layered = asyncio.run(backend.layers(BoxSpec("doctor", Path(place), home, lower=lower)))
    detail = "laid over what a set-up made" if layered else "copied from what a set-up made, for each check anew"
    remedy = "Checks take longer. The log says why; ext4, xfs and btrfs can be laid over, on Linux 5.11 or newer."
    return HostFinding("fresh homes", layered, detail, remedy, fatal=False)


def _database(settings: Settings) -> Iterator[HostFinding]:
    from bot.database import open_store
    from workflows.store.cluster import pauses

    try:
        store = open_store(settings)
        address = store.url.render_as_string(hide_password=True)
        paused = store.read_now(pauses.all_of_them)
        store.close()
    except UserError as error:
        yield HostFinding("database", False, error.sentence, error.remedy)
        return
    except TransientError as error:
        yield HostFinding("database", False, str(error), "Try again in a moment.")
        return
    yield HostFinding("database", True, address)
    for pause in paused:
        yield HostFinding("work", False, pause.sentence, f"`{pause.ended_by}` has it go on.", fatal=False)


def _sandbox(settings: Settings) -> Iterator[HostFinding]:
    from sandbox.boxes.select import choose

    try:
        backend = choose(settings.sandbox, strict=settings.strict, extra_toolchains=settings.toolchains)
    except UserError as error:
        yield HostFinding("sandbox", False, error.sentence, error.remedy)
        return
    found = backend.check()
    yield from found
    works = all(finding.ok for finding in found if finding.fatal)
    if works and backend.name == "bubblewrap" and settings.data.is_dir():
        yield _homes(settings, backend)


def _listed(settings: Settings) -> Iterator[HostFinding]:
    """The models that repositories may choose: each needs its provider's own key."""
    for name in filter(settings.is_listed, settings.models):
        if missing := settings.missing_key(name):
            remedy = f"Set {missing}, or take it out of PULLWRIGHT_MODELS."
            yield HostFinding("model", False, f"{name}, which repositories may choose, has no key", remedy, fatal=False)
        else:
            yield HostFinding("model", True, f"{name} may be chosen by repositories (not called)")


def _model(settings: Settings, call: bool) -> Iterator[HostFinding]:
    if not settings.model:
        yield HostFinding("model", False, "none is configured", "Set PULLWRIGHT_MODEL and the provider's key.")
        return
    missing = settings.missing_key(settings.model)
    if missing:
        yield HostFinding("model", False, f"{settings.model} has no key", f"Set {missing} or PULLWRIGHT_API_KEY.")
    elif call:
        yield _called(settings)
    else:
        yield HostFinding("model", True, f"{settings.model} (not called; --model-call tries it)")


def _prices(settings: Settings) -> Iterator[HostFinding]:
    """A cap in dollars binds only models whose price is known."""
    from bot.choices import PRICE_REMEDY, price_warning, unpriced

    for name in filter(None, dict.fromkeys((settings.model, *settings.models))):
        if price_warning(settings, name, settings.max_cost):
            unknown = " and ".join(unpriced(settings, name))
            detail = f"that of {unknown} is not known, so caps in dollars hold only if the provider tells its costs"
            yield HostFinding("price", False, detail, PRICE_REMEDY, fatal=False)


def signing(settings: Settings) -> HostFinding:
    """Whether commits can be signed with the key that the settings name, the same way each time."""
    key = settings.signing_key
    assert key is not None, "only a key that is named is looked at"
    remedy = "Make one: ssh-keygen -t ed25519 -N '' -f FILE, and give GitHub its public half as a signing key."
    if shutil.which("ssh-keygen") is None:
        return HostFinding("signing key", False, "ssh-keygen is not installed", _install("openssh-client"))
    asked = ["ssh-keygen", "-y", "-P", "", "-f", str(key)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=10, stdin=subprocess.DEVNULL)
    if told.returncode:
        why = (told.stderr.strip().splitlines() or ["it cannot be read"])[-1]
        return HostFinding("signing key", False, f"{key} cannot be used without a passphrase: {why}", remedy)
    kind = told.stdout.split(" ", 1)[0]
    if kind not in ("ssh-ed25519", "ssh-rsa"):
        return HostFinding("signing key", False, f"{key} is of kind {kind}, which signs differently each time", remedy)
    if not settings.author_email:
        whom = "Set PULLWRIGHT_AUTHOR_NAME and PULLWRIGHT_AUTHOR_EMAIL to those of the account that has the key."
        return HostFinding("signing key", False, "commits are not by whom the key belongs to", whom)
    return HostFinding("signing key", True, f"{key} signs as {settings.author_email}")


def _called(settings: Settings) -> HostFinding:
    from bot.app import make_model

    try:
        return HostFinding("model", True, asyncio.run(make_model(settings, settings.model).check()))
    except UserError as error:
        return HostFinding("model", False, error.sentence, error.remedy)
    except TransientError as error:
        return HostFinding("model", False, str(error), "Try again in a moment.")


def _github(settings: Settings) -> Iterator[HostFinding]:
    if not settings.credentials_file.exists() and settings.github_credentials is None:
        remedy = "Only for `pullwright serve`: set PULLWRIGHT_PUBLIC_URL, start it, and open the link that it prints."
        yield HostFinding("GitHub App", False, "none is set up", remedy, fatal=False)
        return
    yield from asyncio.run(_on_github(settings))


async def _on_github(settings: Settings) -> list[HostFinding]:
    from bot.app import make_github
    from bot.github.checkup import check_app

    found = []
    try:
        github = make_github(settings)
        try:
            async for finding in check_app(github, settings.public_url):
                found.append(finding)  # noqa: PERF401 - what was found before an error counts
        finally:
            await github.close()
    except UserError as error:
        found.append(HostFinding("GitHub", False, error.sentence, error.remedy or _API))
    except TransientError as error:
        remedy = "See whether this machine reaches GitHub (name, proxy, firewall), then try again."
        found.append(HostFinding("GitHub", False, str(error), f"{remedy} {_API}"))
    return found


def _install(package: str) -> str:
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install -y {package}"
