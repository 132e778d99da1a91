"""Other ways to do what a set-up command does: a quicker installer, and a tool that is not here but can be had."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sandbox.files.agent_files import read_below

_PIP = re.compile(r'"(\$HOME/[\w./-]+/bin/python)" -m pip install ')
_UV = '"$UV" pip install --python "{}" '
_HERE = "$HOME/.local/share/uv"
GET_UV = (
    f'UV="$(command -v uv)" || {{ UV="{_HERE}/bin/uv"; '
    f'"$HOME/venv/bin/python" -m pip install --quiet --target "{_HERE}" uv; }} && "$UV" --version'
)
"""Has uv in the box: the machine's, or one of its own beside the project's packages."""
FIND_UV = f'UV="$(command -v uv || echo "{_HERE}/bin/uv")"; '

_POETRY = re.compile(r'"\$HOME/poetry/bin/poetry" (?:install|sync)\b')
_MIRROR = 'POETRY_PYPI_MIRROR_URL="${PIP_INDEX_URL:-https://pypi.org/simple/}"'
GET_MIRROR = '"$HOME/poetry/bin/python" -m pip install poetry-plugin-pypi-mirror'
"""Has poetry ask an index as pip does. By itself it asks an interface of PyPI's own, which not every mirror has."""

_NODE = re.compile(r"(?:^|[\s;&|(])(pnpm|yarn|bun)(?=\s|$)")
_INSTALLS = re.compile(r"^(?:npm|pnpm|yarn|bun)(?: (?:ci|install|i))?(?: -[\w=-]+)*$")
_BERRY = re.compile(r"^[2-9]")

ELSEWHERE: Mapping[str, str] = {
    "uv": "pip install uv",
    "poetry": "pipx install poetry",
    "pdm": "pipx install pdm",
    "hatch": "pipx install hatch",
    "tox": "pipx install tox",
    "nox": "pipx install nox",
    "pyenv": "curl -fsSL https://pyenv.run | bash",
    "node": "apt-get install nodejs npm",
    "npm": "apt-get install npm",
    "corepack": "npm install --global corepack",
    "pnpm": "corepack enable pnpm",
    "yarn": "corepack enable yarn",
    "bun": "npm install --global bun",
    "cargo": "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh",
    "go": "apt-get install golang-go",
    "bundle": "apt-get install ruby-bundler",
    "composer": "apt-get install composer",
    "mvn": "apt-get install maven",
    "gradle": "apt-get install gradle",
    "mix": "apt-get install elixir",
    "dotnet": "apt-get install dotnet-sdk-8.0",
    "cpanm": "apt-get install cpanminus",
    "stack": "apt-get install haskell-stack",
    "cabal": "apt-get install cabal-install",
    "opam": "apt-get install opam",
    "lein": "apt-get install leiningen",
    "clojure": "apt-get install clojure",
    "rebar3": "apt-get install rebar3",
    "Rscript": "apt-get install r-base-core",
}
"""The command that installs a tool on the machine, where a set-up or a check wants it."""

BROUGHT = frozenset({"uv", "poetry", "pnpm", "yarn", "bun"})
"""Those that a set-up gets by itself where pip or npm is."""

OFTEN = ("uv", "poetry", "pdm", "hatch", "tox", "node", "npm", "corepack", "pnpm", "yarn", "bun")
"""Those that `doctor` looks for by itself."""


def quicker(command: str) -> str:
    """The command with uv in pip's place, "" where it installs nothing by pip."""
    line, count = _PIP.subn(lambda found: _UV.format(found[1]), command)
    return FIND_UV + line if count else ""


def from_pips_index(command: str) -> str:
    """An installation by the poetry that was brought, from the index that pip asks; "" for any other command."""
    return f"{_MIRROR} {command}" if _POETRY.search(command) else ""


def without_scripts(command: str) -> str:
    """An installation of JavaScript packages without running their scripts; "" for any other command."""
    return f"{command} --ignore-scripts" if _INSTALLS.match(command) and not command.startswith("bun") else ""


def managers(commands: Sequence[str]) -> Iterator[str]:
    """The package managers of JavaScript that commands call, other than npm."""
    yield from dict.fromkeys(name for command in commands for name in _NODE.findall(command))


def get_manager(name: str, tree: Path, place: str = ".") -> str:
    """A shell line that has a manager in the box, in the version that the manifest of that place names."""
    named, _, version = _named(tree, place).partition("@")
    version = re.sub(r"\+.*", "", version) if named == name else ""
    package = "@yarnpkg/cli-dist" if name == "yarn" and _BERRY.match(version) else name
    wanted = shlex.quote(f"{package}@{version}" if version else package)
    by_npm = f'npm install --global --force --prefix "$HOME/.local" {wanted}'
    if name == "bun":
        return by_npm
    by_corepack = f'corepack enable --install-directory "$HOME/.local/bin" {name} && {name} --version'
    return f'mkdir -p "$HOME/.local/bin" && {{ command -v corepack && {by_corepack}; }} || {by_npm}'


def called(commands: Sequence[str]) -> list[str]:
    """The tools of the table that commands begin with."""
    words = [word for command in commands for word in re.findall(r"(?:^|&& ?|; ?|\|\| ?)([\w.-]+)(?=\s|$)", command)]
    return [word for word in dict.fromkeys(words) if word in ELSEWHERE]


def _named(tree: Path, place: str) -> str:
    try:
        value = json.loads(read_below(tree, posixpath.normpath(f"{place}/package.json"), 1_000_000) or b"{}")
    except (ValueError, RecursionError):
        return ""
    named = value.get("packageManager") if isinstance(value, dict) else ""
    return named if isinstance(named, str) and re.fullmatch(r"[a-z]+@[\w.+-]{1,200}", named) else ""
