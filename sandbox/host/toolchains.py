"""Finding the tool chains of this machine: what a box sees of them, read-only and at the same path.

Tool chains often live in a home directory, next to keys and tokens. So a box gets the
directories that hold programs and nothing else of that home: `~/.cargo/bin` but not
`~/.cargo`, where cargo keeps credentials.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.backend import HOME, Mount

SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")

# Below a home directory: the directory to show, and those in it that belong on PATH.
_IN_HOME: tuple[tuple[str, tuple[str, ...]], ...] = (
    (".pyenv", ("shims", "bin")),
    (".local/share/uv/python", ()),
    (".local/share/uv/tools", ()),
    (".local/share/pipx", ()),
    (".local/pipx", ()),
    (".nvm/versions", ()),
    (".volta", ("bin",)),
    (".local/share/fnm", ()),
    (".fnm", ()),
    (".nodenv", ("shims", "bin")),
    (".bun/bin", ("",)),
    (".deno/bin", ("",)),
    (".local/share/pnpm", ("",)),
    (".cargo/bin", ("",)),
    (".rustup", ()),
    ("go/bin", ("",)),
    (".goenv", ("shims", "bin")),
    (".sdkman/candidates", ()),
    (".jenv", ("shims", "bin")),
    (".asdf", ("shims", "bin")),
    (".local/share/mise", ("shims",)),
    (".rbenv", ("shims", "bin")),
    (".rvm", ("bin",)),
    (".phpenv", ("shims", "bin")),
    (".dotnet", ("",)),
    (".ghcup", ("bin",)),
    (".juliaup", ("bin",)),
    (".local/bin", ("",)),
)

# Variables that tell a tool chain where it lives, where that is not what it would guess from HOME.
_ROOT_VARIABLES = {
    ".pyenv": "PYENV_ROOT",
    ".rustup": "RUSTUP_HOME",
    ".volta": "VOLTA_HOME",
    ".nodenv": "NODENV_ROOT",
    ".goenv": "GOENV_ROOT",
    ".rbenv": "RBENV_ROOT",
    ".asdf": "ASDF_DATA_DIR",
    ".local/share/mise": "MISE_DATA_DIR",
}


@dataclass(frozen=True, slots=True)
class Toolchains:
    """What a box needs to use this machine's tool chains."""

    mounts: tuple[Mount, ...]
    path: str
    env: Mapping[str, str]


def discover(search_path: str, home: Path, extra: Sequence[Path] = ()) -> Toolchains:
    """Look through `home`, the entries of `search_path`, and `extra` directories, whose programs come first.

    An entry of the search path outside of /usr and of the known places is shown as it is; of
    one below /opt the whole package (/opt/NAME); of one in a known place of another home that
    place (a shim is nothing without the tool chain that it stands for).
    """
    shown: list[Path] = []
    bins: list[str] = []
    env: dict[str, str] = {}
    for place, on_path in _IN_HOME:
        root = home / place
        if root.is_dir():
            shown.append(root)
            bins += [str(root / name) if name else str(root) for name in on_path]
            if place in _ROOT_VARIABLES:
                env[_ROOT_VARIABLES[place]] = str(root)
    bins += _default_nodes(home / ".nvm")
    bins += [str(path) for path in sorted(home.glob(".sdkman/candidates/*/current/bin"))]
    asked = [str(directory / "bin" if (directory / "bin").is_dir() else directory) for directory in extra]
    entries = [entry for entry in search_path.split(":") if entry.startswith("/") and os.path.isdir(entry)]
    for entry in entries:
        variable, places = _place_of(Path(entry), home)
        shown += places
        if variable:
            env.setdefault(variable, str(places[0]))
    mounts = outermost(Mount(path, str(path)) for path in _with_targets([*shown, *extra], home))
    return Toolchains(mounts, _merge(asked, entries, bins, mounts), env)


def interpreter() -> Path:
    """The Python that runs this program, as an executable that needs no virtual environment."""
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return base if base.exists() else Path(os.path.realpath(sys.executable))


def interpreter_mounts() -> tuple[Mount, ...]:
    """What a box must see for `interpreter` to run."""
    prefix = Path(sys.base_prefix)
    return () if _is_system(prefix) else (Mount(prefix, str(prefix)),)


def outermost(mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    """Without doubles, and without what another mount of the list shows already."""
    unique = {os.path.normpath(mount.target): mount for mount in mounts}
    covered = [path for path in unique if any(str(parent) in unique for parent in Path(path).parents)]
    return tuple(mount for path, mount in sorted(unique.items()) if path not in covered)


def _place_of(entry: Path, home: Path) -> tuple[str, list[Path]]:
    """What to show for an entry of the search path, and the variable that names it, if there is one.

    Nothing where the system has it, and never a home as a whole.
    """
    if _is_system(entry) or entry == home or entry in home.parents:
        return "", []
    if entry.parts[:2] == ("/", "opt") and len(entry.parts) > 2:
        return "", [Path(*entry.parts[:3])]
    for place, on_path in _IN_HOME:
        for name in on_path:
            if name and str(entry).endswith(f"/{place}/{name}"):
                return _ROOT_VARIABLES.get(place, ""), [entry.parent]
    if entry.name == "bin" and (entry.parent / "pyvenv.cfg").is_file():  # its programs need its packages
        return "", [entry.parent]
    return "", [entry]


def _with_targets(places: Iterable[Path], home: Path) -> Iterator[Path]:
    """The places, and where they are symlinks also what these point at, if that is not a home itself."""
    for place in places:
        yield place
        real = Path(os.path.realpath(place))
        if real != place and not _is_system(real) and real != home and real not in home.parents:
            yield real


def _merge(asked: list[str], entries: list[str], bins: list[str], mounts: tuple[Mount, ...]) -> str:
    """The box's PATH.

    Its own set-up's programs, what the operator asked for, the user's order as far as it can be
    seen inside, the rest, the system's.
    """
    roots = [Path(mount.target) for mount in mounts]
    seen = [entry for entry in entries if any(root == Path(entry) or root in Path(entry).parents for root in roots)]
    own = [f"{HOME}/venv/bin", f"{HOME}/.local/bin", f"{HOME}/.cargo/bin", f"{HOME}/go/bin"]
    ordered = [*own, *asked, *seen, *bins, *SYSTEM_PATH]
    return ":".join(dict.fromkeys(ordered))


def _default_nodes(nvm: Path) -> list[str]:
    """The newest Node that nvm has installed: its default is set in shell code that we do not run."""
    versions = [path for path in nvm.glob("versions/node/v*/bin") if path.is_dir()]
    return [str(max(versions, key=lambda path: _version(path.parent.name)))] if versions else []


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.lstrip("v").split(".") if part.isdigit())


def _is_system(path: Path) -> bool:
    return path.parts[:2] in (("/", "usr"), ("/", "bin"), ("/", "sbin"), ("/", "lib"), ("/", "lib64"))
