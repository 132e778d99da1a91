"""Where a service of Docker Compose has its code: `docker compose run backend pytest` tests ./backend."""

from __future__ import annotations

from itertools import pairwise

from sandbox.detect.commands.scripts.shell import join
from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source, table

_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml", "docker-compose.dev.yml")
_VALUED = frozenset(["-e", "--env", "-u", "--user", "-w", "--workdir", "-v", "--volume", "--name", "-p", "--index"])


def directory(source: Source, words: tuple[str, ...], cwd: str) -> str:
    """The directory of the tree whose code a command of a service works on; `cwd` where that is not to be known."""
    service = _service(words)
    if service and (inside := _workdir(source, words, cwd)):
        return inside
    path = next((p for p in _FILES if source.has(p if cwd == "." else f"{cwd}/{p}")), "") if service else ""
    if not path:
        return cwd
    view = source.below(cwd)
    data = view.once(f"compose {path}", lambda: yamltree.load(view.text(path)))
    build = table(data, "services", service).get("build")
    context = build.get("context") if isinstance(build, dict) else build
    where = join(cwd, str(context)) if isinstance(context, str) and "://" not in context else cwd
    return where if where == "." or source.is_dir(where) else cwd


def _workdir(source: Source, words: tuple[str, ...], cwd: str) -> str:
    """The directory of the tree that `-w` names by its place in the container: `-w /app/web`; empty without."""
    for word, after in pairwise(words):
        name, equals, value = word.partition("=")
        if name not in ("-w", "--workdir"):
            continue
        parts = [p for p in (value if equals else after).split("/") if p]
        for start in range(min(len(parts), 6)):
            where = join(cwd, "/".join(parts[start:]))
            if where != cwd and source.is_dir(where):
                return where
    return ""


def _service(words: tuple[str, ...]) -> str:
    name = words[0].rpartition("/")[2]
    rest = list(words[2:] if name == "docker" and words[1:2] == ("compose",) else words[1:])
    if name not in ("docker", "docker-compose") or (name == "docker" and words[1:2] != ("compose",)):
        return ""
    while rest and rest[0] not in ("run", "exec"):
        rest.pop(0)
    rest = rest[1:]
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in _VALUED else rest[1:]
    return rest[0] if rest else ""
