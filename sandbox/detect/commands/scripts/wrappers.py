"""Runners and wrappers taken off a command: `uv run --group x coverage run -m pytest` is `pytest`."""

from __future__ import annotations

import re
from collections.abc import Mapping

ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_TOOL_PATH = re.compile(r"(\./)?(node_modules|vendor/bin|bin|\.venv|venv|env)/")

_PACKAGED = re.compile(r"(?:[\w./-]*/)?node_modules/(?:\.bin|@?[\w-]+(?:/[\w-]+)?/bin)/([\w-]+)(?:\.[cm]?js)?")
"""A program of an installed package by its file: `./web/node_modules/eslint/bin/eslint.js`."""

_VALUED: Mapping[str, frozenset[str]] = {
    "uv run": frozenset(
        [
            *("--group", "--extra", "--with", "--python", "-p", "--package", "--only-group", "--no-group"),
            *("--index-url", "--directory", "--resolution", "--env-file", "--with-requirements"),
            *("--with-editable", "--no-extra", "--isolated-with", "--color", "--cache-dir", "--exclude-newer"),
            *("--project"),
        ]
    ),
    "uvx": frozenset(["--from", "--with", "--python", "-p", "--index-url"]),
    "uv tool run": frozenset(["--from", "--with", "--python", "-p"]),
    "npx": frozenset(["-p", "--package"]),
    "pipx run": frozenset(["--spec", "--python"]),
    "coverage run": frozenset(
        ["--source", "--rcfile", "--omit", "--include", "--data-file", "--context", "--concurrency"]
    ),
    "nyc": frozenset(["--reporter", "--exclude", "--include", "--require"]),
    "c8": frozenset(["--reporter", "-r", "--exclude", "--include", "-x", "-n"]),
    "xvfb-run": frozenset(["-s", "-n", "--server-args", "--server-num"]),
    "dotenv": frozenset(("-c", "-e", "-v", "-p")),
    "env": frozenset(("-u", "-C", "--unset")),
    "sudo": frozenset(["-u", "-g"]),
    "timeout": frozenset(["-k", "-s", "--signal"]),
    "python": frozenset(["-W", "-X"]),
    "php": frozenset(["-d"]),
    **dict.fromkeys(("micromamba run", "conda run", "mamba run"), frozenset(["-n", "--name", "-p", "--prefix"])),
    **dict.fromkeys(
        ("docker compose run", "docker-compose run", "docker compose exec", "docker-compose exec"),
        frozenset(["-e", "--env", "-u", "--user", "-w", "--workdir", "-v", "--volume", "--name", "-p"]),
    ),
    "docker run": frozenset(
        [
            *("-e", "--env", "-u", "--user", "-w", "--workdir", "-v", "--volume", "--name", "-p", "--publish", "-h"),
            *("--env-file", "--entrypoint", "--platform", "--mount", "-m", "--memory", "--cpus", "--hostname"),
            *("--network", "--net", "--ulimit", "--cap-add", "--add-host", "--pull", "--shm-size", "--security-opt"),
            *("-l", "--label", "--gpus", "--tmpfs", "--device", "--userns", "--ipc", "--pid", "--log-driver"),
        ]
    ),
    "nix develop": frozenset(["--option"]),
    "stdbuf": frozenset(),
}
_WRAPPERS = (
    *("uv run", "uv tool run", "uvx", "poetry run", "pdm run", "pipenv run", "rye run", "pipx run", "coverage run"),
    "composer exec",
    *("npx", "bunx", "pnpx", "pnpm exec", "pnpm dlx", "yarn exec", "yarn dlx", "npm exec", "bun x", "c8", "nyc"),
    *("cross-env", "dotenv", "xvfb-run", "sudo", "timeout", "env", "nice", "bundle exec"),
    *("travis_retry", "travis_wait", "mise exec", "mise x", "rtx exec", "devbox run", "direnv exec", "dotenvx run"),
    *("docker compose run", "docker compose exec", "docker-compose run", "docker-compose exec"),
    *(
        "micromamba run",
        "conda run",
        "mamba run",
        "pixi exec",
        "docker run",
        "podman run",
        "nix develop",
        "nix shell",
        "catchsegv",
        "stdbuf",
        "unbuffer",
        "opam exec",
        "fvm",
    ),
)


def unwrap(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command inside of runners and wrappers: `uv run --group x coverage run -m pytest` is `pytest`."""
    for _ in range(8):
        shorter = _unwrap_once(words)
        if shorter == words or not shorter:
            return words
        words = shorter
    return words


def _unwrap_once(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words:
        return words
    name = words[0].rsplit("/", 1)[-1] if _TOOL_PATH.match(words[0]) else words[0]
    name = found.group(1) if (found := _PACKAGED.fullmatch(words[0])) else name
    words = (name.lstrip("@") or name, *words[1:])
    if re.fullmatch(r"(.*/)?(python[\d.]*|py)", words[0]):
        rest = _options("python", words[1:])
        return rest[1:] if rest[:1] == ("-m",) and len(rest) > 1 else ("python", *words[1:])
    if interpreted := _interpreted(words):
        return interpreted
    for wrapper in _WRAPPERS:
        size = len(wrapper.split())
        if " ".join(words[:size]) == wrapper and len(words) > size:
            return words if wrapper.endswith(" run") and _linked(words) else _inside(words, wrapper, size)
    return words


def _inside(words: tuple[str, ...], wrapper: str, size: int) -> tuple[str, ...]:
    """What a wrapper of so many words runs; the words as they are where that is not to be seen."""
    rest = _options("docker run" if wrapper == "podman run" else wrapper, words[size:])
    if inside := _contained(words, rest):
        return inside
    if wrapper == "timeout" or wrapper.startswith(("docker", "podman", "direnv")):
        rest = rest[1:]
    if wrapper in ("composer exec", "npm exec"):
        rest = _split_off(rest)
    if wrapper.startswith(("mise", "rtx")) and "--" in words:
        rest = words[words.index("--") + 1 :]
    if wrapper.startswith("nix") and {"-c", "--command"} & set(words):
        rest = words[min(words.index(c) for c in ("-c", "--command") if c in words) + 1 :]
    while rest and ASSIGNMENT.match(rest[0]):
        rest = rest[1:]
    if wrapper == "coverage run" and rest[:1] and rest[0].endswith(".py"):
        return ("python", *rest)
    return rest or words


def _split_off(rest: tuple[str, ...]) -> tuple[str, ...]:
    """A program with its arguments, without the `--` that keeps them from the runner; one word may hold them all."""
    if rest and " " in rest[0]:
        rest = (*rest[0].split(), *rest[1:])
    return (rest[0], *rest[2:]) if rest[1:2] == ("--",) else rest


_PROGRAMS = {
    "bats/bats": "bats",
    "koalaman/shellcheck": "shellcheck",
    "hadolint/hadolint": "hadolint",
    "mvdan/shfmt": "shfmt",
    "rhysd/actionlint": "actionlint",
    "davidanson/markdownlint-cli2": "markdownlint-cli2",
    "cytopia/yamllint": "yamllint",
    "mstruebing/editorconfig-checker": "editorconfig-checker",
    "zricethezav/gitleaks": "gitleaks",
}
"""Images that are a program, by their names without registry and tag."""
_MOUNT = re.compile(r"[\"']?(?:\$\{?PWD\}?|\$SUBSTITUTION|\.|/\.workspace)/?:(/[\w./-]+)")


def _contained(words: tuple[str, ...], rest: tuple[str, ...]) -> tuple[str, ...]:
    """The program that an image of one program runs, on the tree's own paths; empty for other images."""
    if words[0] not in ("docker", "podman"):
        return ()
    image = rest[0].partition("@")[0].removeprefix("docker.io/").removeprefix("ghcr.io/") if rest else ""
    program = _PROGRAMS.get(image.rpartition(":")[0] or image, "")
    mounts = [m.group(1).rstrip("/") for w in words if (m := _MOUNT.match(w.partition("=")[2] or w))]
    if not program:
        return ()
    given = rest[2:] if rest[1:2] == (program,) else rest[1:]
    paths = [next((w[len(m) :].lstrip("/") or "." for m in mounts if w.startswith(m)), w) for w in given]
    return (program, *paths)


def _interpreted(words: tuple[str, ...]) -> tuple[str, ...]:
    """The program that ruby, PHP or nix is told to run; empty where that is none."""
    if len(words) > 2 and words[1] == "-S" and re.fullmatch(r"(j|truffle)?ruby|\$\{?ruby\}?", words[0]):
        return words[2:]
    if re.fullmatch(r"php[\d.]*", words[0]) and len(words) > 1:
        words = ("php", *words[1:])
        rest = _options("php", words[1:])
        return rest if rest and re.search(r"(^|/)bin/[\w-]+$", rest[0]) else words
    return _of_nix(words) if words[0] in ("nix", "nix-shell") else ()


def _linked(words: tuple[str, ...]) -> bool:
    """Whether a container is started beside others, which it needs."""
    for word, after in zip(words, (*words[1:], ""), strict=True):
        name, _, value = word.partition("=")
        if name in ("--network", "--net") and (value or after) not in ("host", "none", "bridge"):
            return True
        if name == "--link":
            return True
    return False


def _of_nix(words: tuple[str, ...]) -> tuple[str, ...]:
    """What `nix-shell --run LINE` and `nix run nixpkgs#tool -- ...` run; empty where it is neither."""
    if words[0] == "nix-shell":
        flag = next((n for n, w in enumerate(words[:-1]) if w in ("--run", "--command")), 0)
        return ("bash", "-c", words[flag + 1]) if flag else ()
    if words[:2] == ("nix", "run"):
        package = next((w for w in words[2:] if not w.startswith("-")), "")
        matched = re.fullmatch(r"(?:nixpkgs|github:[\w./-]+)#(?:[\w-]+\.)*([\w-]+)", package)
        rest = words[words.index("--") + 1 :] if "--" in words else ()
        return (matched.group(1), *rest) if matched else ()
    return ()


def _options(wrapper: str, words: tuple[str, ...]) -> tuple[str, ...]:
    valued = _VALUED.get(wrapper, frozenset())
    while words and words[0].startswith("-"):
        if words[0] == "--":
            return words[1:]
        if words[0] == "-m":
            return words[1:] if wrapper == "coverage run" else (words if wrapper == "python" else ("python", *words))
        words = words[2:] if words[0] in valued else words[1:]
    return words
