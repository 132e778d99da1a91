"""The packages of a JavaScript workspace, and the commands that run a script in one, some or all of them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from sandbox.detect.commands import bodies
from sandbox.detect.commands.bodies import Body
from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Evidence
from sandbox.detect.tools import others

_MOST = 150
_MANAGERS = ("npm", "pnpm", "yarn", "bun")
_SPREADERS = ("turbo", "nx", "lerna", "wsrun", "ultra")


@dataclass(frozen=True, slots=True)
class Spread:
    """`bodies` of the script in the packages that were meant; `known` says whether packages were found at all."""

    name: str
    bodies: list[Body]
    known: bool


def whole(words: tuple[str, ...]) -> tuple[str, ...]:
    """A fan-out over all packages, where CI's own takes those that a change touches."""
    if not words or words[0] not in (*_SPREADERS, *_MANAGERS):
        return words
    kept: list[str] = []
    skip = False
    for word in words:
        if skip or re.fullmatch(r"--affected|--(since|base|head)(=.*)?|(--filter=|-F=?)?[\w@/.*-]*\[[^\]]*\]", word):
            skip = not skip and word in ("--since", "--base", "--head")
            if kept[-1:] in (["--filter"], ["-F"]):
                kept.pop()
            continue
        kept.append(word)
    if kept[:2] == ["nx", "affected"]:
        kept[1] = "run-many"
    elif kept[0] == "nx" and kept[1:2] and kept[1].startswith("affected:"):
        kept[1:2] = ["run-many", f"--target={kept[1].partition(':')[2]}"]
    return tuple(kept)


def members(source: Source) -> dict[str, str]:
    """The packages of the workspace whose root is the source's: directory and name."""
    return source.once("workspace members", lambda: _members(source))


def _members(source: Source) -> dict[str, str]:
    patterns = patterns_of(source)
    wanted = [p.strip("/").removeprefix("./") for p in patterns if not p.startswith("!")]
    unwanted = [p[1:].strip("/").removeprefix("./") for p in patterns if p.startswith("!")]
    found: dict[str, str] = {}
    for pattern in wanted[:60]:
        for directory in _matching(source, ".", _steps(pattern)):
            if len(found) >= _MOST:
                return found
            if source.has(f"{directory}/package.json") and not any(fnmatchcase(directory, p) for p in unwanted):
                found[directory] = str(source.json(f"{directory}/package.json").get("name") or directory)
    return found


def patterns_of(source: Source) -> list[str]:
    """The globs that name the workspace's packages, empty where the root is no workspace."""
    own = source.json("package.json").get("workspaces")
    patterns = strings(own.get("packages") if isinstance(own, dict) else own)
    if source.has("pnpm-workspace.yaml"):
        patterns += strings(yamltree.load(source.text("pnpm-workspace.yaml")).get("packages"))
    return patterns or strings(source.json("lerna.json").get("packages"))


def _steps(pattern: str) -> list[str]:
    """A pattern's parts; several `**` in a row find no more than one, and take many times as long."""
    found = [part for part in pattern.split("/") if part not in ("", ".")]
    return [part for number, part in enumerate(found) if part != "**" or found[number + 1 : number + 2] != ["**"]]


def _matching(source: Source, base: str, parts: list[str]) -> list[str]:
    if not parts:
        return [] if base == "." else [base]
    head, rest = parts[0], parts[1:]
    below = [name for name in source.dirs(base) if name != "node_modules" and not name.startswith(".")][:300]
    join = (lambda name: name) if base == "." else (lambda name: f"{base}/{name}")
    if head == "**":
        found = _matching(source, base, rest)
        if base.count("/") < 3:
            for name in below:
                found += _matching(source, join(name), parts)
        return found[:_MOST]
    if re.search(r"[*?\[{]", head):
        names = [n for n in below if any(fnmatchcase(n, p) for p in _braces(head))]
    else:
        names = [head] if source.is_dir(join(head)) else []
    return [d for name in names for d in _matching(source, join(name), rest)][:_MOST]


def _below(source: Source, cwd: str) -> dict[str, str]:
    """The root's packages that lie in a package's own directory, as seen from there."""
    start = f"{cwd}/"
    return {d.removeprefix(start): name for d, name in members(source).items() if cwd != "." and d.startswith(start)}


def _braces(pattern: str) -> list[str]:
    matched = re.search(r"\{([^{}]*)\}", pattern)
    if not matched:
        return [pattern]
    return [pattern[: matched.start()] + o + pattern[matched.end() :] for o in matched.group(1).split(",")]


def spread(source: Source, words: tuple[str, ...], cwd: str) -> Spread | None:
    """What a command runs in packages chosen by name or in all of them; None where it is no such command."""
    asked = _asked(words)
    if asked is None:
        return None
    filters, scripts = asked
    view = source.below(cwd) if cwd != "." else source
    packages = members(view) or _below(source, cwd)
    kept = [f for f in filters if not f.startswith("!")]
    out = [f[1:] for f in filters if f.startswith("!")]
    chosen = [d for d in packages if not kept or any(_fits(f, d, packages[d]) for f in kept)]
    chosen = [d for d in chosen if not any(_fits(f, d, packages[d]) for f in out)]
    prefix = "" if cwd == "." else f"{cwd}/"
    if scripts[:1] == ["exec"]:
        script = shlex.join(words[words.index("exec") + 1 :]).removeprefix("-- ")
        place = Evidence("package.json", 0, " ".join(words)[:200])
        return Spread(" ".join(words)[:120], [Body(script, place, cwd=prefix + d) for d in chosen], bool(packages))
    found = [
        replace(body, cwd=prefix + directory)
        for script in scripts[:4]
        for directory in chosen
        if script in table(source.json(f"{prefix}{directory}/package.json"), "scripts")
        for body in bodies.package(source, prefix + directory, script)
    ]
    return Spread(" ".join(words)[:120], found, bool(packages))


_SEVERAL = {"sbt": r"[^-].*", "pants": r"test|lint|check|fmt|fix"}
"""Programs that are given several goals at once, with the pattern of a goal."""


def each(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """A command that runs several scripts everywhere (`turbo run lint test`) as one for each of them."""
    if words[:1] == ("sbt",) and any(";" in w for w in words):  # `sbt "scalafmtCheck; test"`
        words = ("sbt", *(g.strip() for w in words[1:] for g in w.split(";") if g.strip()))
    if words and words[0] in _SEVERAL:
        goals = [w for w in words[1:] if re.fullmatch(_SEVERAL[words[0]], w)]
        if len(goals) > 1:
            return [tuple(w for w in words if w == goal or w not in goals) for goal in goals[:6]]
    if words and words[0].rpartition("/")[2] in ("gradle", "gradlew") and (apart := others.of_gradle(words)):
        return apart
    words = _one_list(words)
    for number, word in enumerate(words if words and words[0] in _SPREADERS else ()):
        if listed := re.fullmatch(r"(--targets?=|--goals?=)([^,\s]+(?:,[^,\s]+)+)", word):
            targets = dict.fromkeys(listed.group(2).split(","))
            return [(*words[:number], f"--target={t}", *words[number + 1 :]) for t in list(targets)[:12]]
    asked = _asked(words) if words and words[0] in _SPREADERS else None
    scripts = asked[1] if asked else []
    if len(scripts) < 2:
        return [words]
    each_one = [tuple(w for w in words if w == script or w not in scripts) for script in scripts[:6]]
    return each_one if all(len(one) < len(words) for one in each_one) else [words]


def _one_list(words: tuple[str, ...]) -> tuple[str, ...]:
    """nx' targets, given by one flag or several, as one list: `-t lint -t test`, `-t lint,test`."""
    flags = ("-t", "--target", "--targets")
    given = [number for number, word in enumerate(words[:-1]) if words[0] == "nx" and word in flags]
    targets = [words[number + 1] for number in given]
    if len(given) < 2 and not any("," in target for target in targets):
        return words
    kept = [w for number, w in enumerate(words) if number not in given and number - 1 not in given]
    return (*kept, f"--targets={','.join(targets)}")


def _asked(words: tuple[str, ...]) -> tuple[list[str], list[str]] | None:
    """(filters, scripts) of a command over packages; no filter means all of them."""
    if not words or words[0] not in (*_MANAGERS, *_SPREADERS):
        return None
    until = words.index("exec") + 1 if "exec" in words else len(words)
    filters, rest, everywhere = _filters(list(words[1:until]))
    if words[0] in _SPREADERS:
        given = [w for w in rest if w not in ("run", "run-many", "affected")]
        if words[0] == "nx" and given and ":" in given[0] and "run-many" not in rest:
            filters, given = [given[0].split(":")[0]], [given[0].split(":")[1]]
        elif words[0] == "nx" and len(given) == 2 and not {"run-many", "affected", "run"} & set(rest) and not filters:
            filters, given = [given[1]], given[:1]  # `nx test web`: what is done, then where
        return (filters, given) if given else None
    if rest[:1] == ["workspace"] and len(rest) > 2:
        filters, rest = [rest[1]], rest[2:]
    elif rest[:1] == ["workspaces"]:
        everywhere, rest = True, [w for w in rest[1:] if w != "foreach"]
    if not filters and not everywhere:
        return None
    named = [w for w in rest if w not in ("run", "run-script")]
    if not named or named[0] in ("install", "i", "add", "x", "dlx", "publish", "version"):
        return None
    return ([] if filters == ["*"] else filters), named[:1]


def _filters(rest: list[str]) -> tuple[list[str], list[str], bool]:
    filters: list[str] = []
    kept: list[str] = []
    everywhere = False
    while rest:
        word = rest.pop(0)
        if word == "--":
            break
        flag, equals, value = word.partition("=")
        if flag in ("--filter", "-F", "--workspace", "-w", "--scope", "--projects", "-p", "--include"):
            value = value if equals else (rest.pop(0) if rest and not rest[0].startswith("-") else "")
            filters += [v for v in value.split(",") if _bare(v)]
            everywhere = everywhere or not _bare(value)  # whatever changed since some commit: any of them
        elif flag in ("-t", "--target", "--targets"):
            value = value if equals else (rest.pop(0) if rest else "")
            kept += [v for v in value.split(",") if v]
        elif word in ("-r", "--recursive", "--workspaces", "-ws", "-A", "--all") or re.fullmatch(r"-A[a-z]+", word):
            everywhere = True
        elif not word.startswith("-"):
            kept.append(word)
    return filters, kept, everywhere


def _bare(wanted: str) -> str:
    """The name or path in a filter, without the marks for what depends on it and for what changed."""
    return re.sub(r"^\.\.\.\^?|\^?\.\.\.$|\[.*\]$", "", wanted.strip("'\"")).strip("{}").removesuffix("...")


def _fits(wanted: str, directory: str, name: str) -> bool:
    bare = _bare(wanted)
    path = bare.removeprefix("./").strip("/")
    short = name.rpartition("/")[2]
    return any(fnmatchcase(one, pattern) for one in (name, directory) for pattern in (bare, path)) or bare == short
