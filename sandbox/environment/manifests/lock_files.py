"""Lock files that name a registry which wants credentials: in a scratch tree they name the box's way to it instead."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from sandbox.backend import Box, BoxCommand, CommandLimits

_NAMES = (
    *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", ".npmrc", ".yarnrc"),
    *(".yarnrc.yml", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock", "pylock*.toml", "pyproject.toml"),
    *("*requirements*.txt", "*requirements*.in", "*constraints*.txt", "Cargo.lock", "config.toml", "composer.json"),
    *(
        "composer.lock",
        "Gemfile",
        "Gemfile.lock",
        "pom.xml",
        "settings.xml",
        "*.gradle",
        "*.gradle.kts",
        "package.json",
    ),
)
_BINARY = ("bun.lockb",)


async def rewrite(box: Box, addresses: Mapping[str, str], limits: CommandLimits) -> list[str]:
    """Have the tree's files name other addresses; sentences about each that does, without their stops.

    It is done in the box: whatever the tree has put in a file's place, nothing but the box's own is written. The
    caller puts the tree back.
    """
    if not addresses:
        return []
    outcome = await box.run(BoxCommand(shell=_script(addresses), limits=limits))
    told = []
    for line in outcome.output.splitlines():
        kind, tab, path = line.partition("\t")
        if tab and kind == "rewritten":
            told.append(f"`{path.removeprefix('./')}` names a registry that this machine has credentials for")
        elif tab and kind == "binary":
            told.append(f"`{path.removeprefix('./')}` names a registry that wants credentials, and cannot be rewritten")
    return told[:20]


def _script(addresses: Mapping[str, str]) -> str:
    wanted = " -o ".join(f"-name {shlex.quote(name)}" for name in _NAMES)
    binary = " -o ".join(f"-name {shlex.quote(name)}" for name in _BINARY)
    patterns = " ".join(f"-e {shlex.quote(address)}" for address in addresses)
    edits = " ".join(f"-e {shlex.quote(f's|{_escaped(old)}|{_plain(new)}|g')}" for old, new in addresses.items())
    find = "find . -xdev \\( -name node_modules -o -name .git \\) -prune -o -type f"
    return (
        f"{find} \\( {wanted} \\) -print0 | xargs -0r grep -lZF {patterns} -- | "
        f"while IFS= read -r -d '' file; do sed -i {edits} -- \"$file\" "
        "&& printf 'rewritten\\t%s\\n' \"$file\" || printf 'binary\\t%s\\n' \"$file\"; done\n"
        f"{find} \\( {binary} \\) -print0 | xargs -0r grep -laZF {patterns} -- | "
        "while IFS= read -r -d '' file; do printf 'binary\\t%s\\n' \"$file\"; done\ntrue"
    )


def _escaped(text: str) -> str:
    """For a basic regular expression between bars."""
    return "".join(f"\\{letter}" if letter in r"\.[]*^$|" else letter for letter in text)


def _plain(text: str) -> str:
    return "".join(f"\\{letter}" if letter in r"\&|" else letter for letter in text)
