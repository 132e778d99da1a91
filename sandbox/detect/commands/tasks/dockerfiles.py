"""What an image's build runs: `docker build --target test .`, `docker buildx bake test`, a service's own command."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from dataclasses import dataclass, field, replace

from sandbox.detect.commands.bodies import Body, continued
from sandbox.detect.commands.scripts.shell import join
from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Evidence

_FROM = re.compile(r"\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", re.I)
_RUN = re.compile(r"\s*(RUN|CMD|ENTRYPOINT|WORKDIR|COPY|ADD)\s+((?:--[\w-]+(?:=\S+)?\s+)*)(.+)$", re.I)
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?\s*$")
_COMPOSE = tuple(f"{name}.{end}" for name in ("compose", "docker-compose") for end in ("yaml", "yml"))
_BAKE = ("docker-bake.hcl", "docker-bake.json", "docker-bake.override.hcl")
_BLOCK = re.compile(r'^(target|group)\s+"([\w.-]{1,80})"\s*\{([^}]{0,4000})', re.M)
_SETTING = re.compile(
    r"^[ \t]{0,40}(dockerfile|target|context|targets|inherits)[ \t]{0,20}=[ \t]{0,20}"
    r'(\[[^\]]{0,500}\]|"[^"]{0,200}")',
    re.M,
)
_TESTS = re.compile(r"test|lint|check|ci\b", re.I)
_MOST = 12


@dataclass(slots=True)
class _Stage:
    name: str
    needs: list[str] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    starts: list[Body] = field(default_factory=list)
    """What a container of it runs."""


def task(source: Source, words: tuple[str, ...], cwd: str) -> tuple[str, list[Body], str] | None:
    """The commands of an image's build or of a service; None where the call is another one."""
    rest = [w for w in words[1:] if w not in ("buildx", "image")]
    if words[0] == "docker-compose" or rest[:1] == ["compose"]:
        return _service(source, [w for w in rest if w != "compose"], cwd)
    if rest[:1] == ["bake"]:
        found = [b for name in _named(rest[1:]) or ["default"] for b in _baked(source, cwd, name, set())]
    elif rest[:1] == ["build"]:
        found = _built(source, rest[1:], cwd)
    else:
        return None
    return (" ".join(words)[:120], found, cwd) if found else None


_VALUED = frozenset(
    (
        *("-t", "--tag", "--build-arg", "-f", "--file", "--target", "--platform", "--cache-from", "--cache-to"),
        *("--secret", "-o", "--output", "--progress", "--network", "--build-context", "--set", "--builder", "--label"),
        *("-p", "--project-name", "--profile", "--env-file", "--project-directory", "--exit-code-from", "--scale"),
        *("-e", "--env", "-u", "--user", "-v", "--volume", "-w", "--workdir", "--name", "--entrypoint", "--iidfile"),
    )
)


def _named(words: list[str]) -> list[str]:
    """The words that are no options and no values of them."""
    pairs = zip(["", *words], words, strict=False)
    return [w for before, w in pairs if not w.startswith("-") and before not in _VALUED]


def _option(words: list[str], *names: str) -> str:
    """The last value that one of the options is given."""
    found = ""
    for word, after in zip(words, [*words[1:], ""], strict=False):
        name, equals, value = word.partition("=")
        if name in names:
            found = value if equals else after
    return found


def _built(source: Source, words: list[str], cwd: str) -> list[Body]:
    context = next(iter(_named(words)[-1:]), ".")
    file = _option(words, "-f", "--file")
    path = join(cwd, file) if file else join(join(cwd, context), "Dockerfile")
    return _runs(source, path, _option(words, "--target"), join(cwd, context))


def _runs(source: Source, path: str, target: str, context: str) -> list[Body]:
    """What the build of a stage runs, that of those before it first; of an image of tests also what it starts."""
    stages = source.once(f"stages {path}", lambda: _stages(source, path, context))
    last = next((s for s in reversed(stages) if not target or target in (s.name, str(stages.index(s)))), None)
    if last is None:
        return []
    found: list[Body] = []
    wanted, seen = [last], set[str]()
    while wanted and len(seen) < _MOST:
        stage = wanted.pop()
        if stage.name in seen:
            continue
        seen.add(stage.name)
        found = [*stage.bodies, *found]
        wanted += [s for s in stages if s.name in stage.needs and s is not stage]
    if _TESTS.search(target) or _TESTS.search(posixpath.basename(path)):
        return [*found, *last.starts][:60]
    return [b for b in found if _TESTS.search(b.script)][:60]  # what installs the application is no matter here


def _stages(source: Source, path: str, context: str) -> list[_Stage]:
    found: list[_Stage] = []
    base, here = "", context
    ending, text, place = "", [""], Evidence(path, 0, "")
    for number, line in continued(source.text(path)):
        if ending:
            if line.strip() == ending:
                found[-1].bodies.append(Body("\n".join(text), place, cwd=here))
                ending = ""
            text.append(line)
            continue
        if begins := _FROM.match(line[:500]):
            found.append(_Stage(begins.group(2) or str(len(found)), [begins.group(1)]))
            base, here = "", context
            continue
        said = _RUN.match(line) if found and len(line) < 8000 else None
        if not said:
            continue
        word, flags, rest = said.group(1).upper(), said.group(2), said.group(3).strip()
        place = Evidence(path, number, line.strip()[:200])
        if word == "WORKDIR":
            base = base or rest.rstrip("/")
            below = posixpath.relpath(rest, base) if rest.startswith("/") and base.startswith("/") else "."
            inner = join(context, below) if not below.startswith("..") else context
            here = inner if source.is_dir(inner) else context
        elif word in ("COPY", "ADD"):
            found[-1].needs += re.findall(r"--from=(\S+)", flags)
        elif word == "RUN" and (opened := _HEREDOC.search(rest)):
            ending, text = opened.group(1), []
        elif word == "RUN":
            found[-1].bodies.append(Body(_line(rest), place, cwd=here))
        else:
            found[-1].starts.append(Body(_line(rest), place, cwd=here))
    return found


def _line(rest: str) -> str:
    """A command line, also one that is given as a list."""
    if rest.startswith("["):
        try:
            return shlex.join(strings(json.loads(rest)))
        except ValueError:
            return ""
    return rest


def _baked(source: Source, cwd: str, name: str, seen: set[str]) -> list[Body]:
    """What the targets of a bake file run, by a target's or a group's name."""
    if name in seen or len(seen) > _MOST:
        return []
    seen.add(name)
    path = next((p for f in _BAKE if source.has(p := join(cwd, f))), "")
    if path.endswith(".json"):
        data = source.json(path)
        group, one = table(data, "group", name), table(data, "target", name)
    else:
        blocks = {(m[1], m[2]): m[3] for m in _BLOCK.finditer(source.text(path))}
        group, one = (_settings(blocks.get((kind, name), "")) for kind in ("group", "target"))
    if group:
        return [b for inner in strings(group.get("targets")) for b in _baked(source, cwd, inner, seen)]
    if not one:
        return []
    context = join(cwd, str(one.get("context") or "."))
    file = join(context, str(one.get("dockerfile") or "Dockerfile"))
    return _runs(source, file, str(one.get("target") or ""), context)


def _settings(block: str) -> dict[str, object]:
    """The settings of one block of HCL that say what is built."""
    found: dict[str, object] = {}
    for key, value in _SETTING.findall(block):
        found[key] = re.findall(r'"([^"]*)"', value) if value.startswith("[") else value.strip('"')
    return found


def _service(source: Source, words: list[str], cwd: str) -> tuple[str, list[Body], str] | None:
    """The command of the service that `up --exit-code-from` waits for, or that `run` is given nothing else for."""
    file = _option(words, "-f", "--file")
    named = _named(words)
    if named[:1] == ["up"]:
        name = _option(words, "--exit-code-from") or next((n for n in named[1:] if _TESTS.search(n)), "")
    else:
        name = named[1] if named[:1] == ["run"] and len(named) == 2 else ""
    path = join(cwd, file) if file else next((p for f in _COMPOSE if source.has(p := join(cwd, f))), "")
    service = table(yamltree.load(source.text(path)), "services", name) if name and path else {}
    command = service.get("command")
    line = command if isinstance(command, str) else shlex.join(strings(command))
    place = Evidence(path, getattr(command, "line", 0), str(line)[:200])
    bodies = [Body(str(line), place)] if line else _of_image(source, service, path)
    return (f"docker compose {name}", [replace(b, cwd=b.cwd or cwd) for b in bodies], cwd) if bodies else None


def _of_image(source: Source, service: dict[str, object], path: str) -> list[Body]:
    """What the image of a service starts, where the service says nothing else."""
    build = service.get("build")
    where = build if isinstance(build, str) else str(table(build).get("context") or "." if build else "")
    if not where:
        return []
    context = join(posixpath.dirname(path) or ".", where)
    file = join(context, str(table(build).get("dockerfile") or "Dockerfile"))
    target = str(table(build).get("target") or "")
    stages = _stages(source, file, context)
    last = next((s for s in reversed(stages) if not target or s.name == target), None)
    return last.starts if last else []
