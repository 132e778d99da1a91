"""Scripts of melos: what `melos run NAME` and `melos exec` run, in the root or in the packages of a Dart workspace."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

from sandbox.detect.commands.bodies import Body
from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Evidence

_FILES = ("melos.yaml", "pubspec.yaml")
_MOST = 40
_FILTERS = {
    "--dir-exists": "dirExists",
    "--file-exists": "fileExists",
    "--scope": "scope",
    "--ignore": "ignore",
    "--depends-on": "dependsOn",
}
_VALUED = ("-c", "--concurrency", "--order-dependents", "--diff")
_ASIDE = re.compile(r"(^|/)(examples?|\.\w[^/]*|build)(/|$)|(^|[/_])examples?(_\w+)?$")


def scripts(source: Source) -> tuple[dict[str, Any], str]:
    """The table of scripts and the file that holds it."""
    for path in _FILES:
        data = source.once(f"melos {path}", lambda path=path: yamltree.load(source.text(path)))  # type: ignore[misc]
        found = table(data, "scripts") if path == "melos.yaml" else table(data, "melos", "scripts")
        if found:
            return found, path
    return {}, ""


def names(source: Source) -> list[str]:
    return list(scripts(source)[0])


def task(source: Source, words: tuple[str, ...], cwd: str) -> tuple[str, list[Body], str] | None:
    """`melos run NAME`, `melos NAME`, `melos exec [filters] -- COMMAND`, and its own `analyze`, `format`, `test`."""
    rest = list(words[1:])
    place = Evidence("melos.yaml", 0, " ".join(words)[:200])
    if rest[:1] == ["exec"]:
        line, filters = _after_filters(rest[1:])
        return "melos exec", _in_packages(source, line, filters, place), "."
    if rest[:1] == ["run"]:
        rest.pop(0)
    name = next((w for w in rest if not w.startswith("-")), "")
    if name in scripts(source)[0]:
        return f"melos {name}", _bodies(source, name), "."
    if name in _OWN:
        line = _OWN[name] if name != "format" or "--set-exit-if-changed" in rest else ""
        return f"melos {name}", _in_packages(source, line, {}, place), "."
    return None


_OWN = {
    "analyze": "dart analyze",
    "format": "dart format --output=none --set-exit-if-changed .",
    "test": "dart test",
}


def _bodies(source: Source, name: str) -> list[Body]:
    found, path = scripts(source)
    script = found[name]
    place = source.evidence(path, f"{name}:", after="scripts:")
    if isinstance(script, str):
        return [Body(script, place)]
    data = script if isinstance(script, dict) else {}
    run, inner, steps = data.get("run"), data.get("exec"), strings(data.get("steps"))
    filters = data.get("packageFilters") or data.get("select-package") or {}
    filters = filters if isinstance(filters, dict) else {}
    if steps:
        return [Body(f"melos run {step}" if step in found else step, place) for step in steps[:12]]
    if isinstance(inner, str):
        return _in_packages(source, inner, filters, place)
    if not isinstance(run, str):
        return []
    if re.match(r"\s*melos\s+exec\b", run) and filters:
        line, more = _after_filters(run.split()[2:])
        return _in_packages(source, line, {**filters, **more}, place)
    return _in_packages(source, run, filters, place) if isinstance(inner, dict) else [Body(run, place)]


def _after_filters(words: list[str]) -> tuple[str, dict[str, Any]]:
    """The command behind `melos exec`'s options, and the filters among them by their names in the file."""
    filters: dict[str, Any] = {}
    while words and words[0].startswith("-"):
        flag, _, value = words.pop(0).partition("=")
        if flag == "--":
            break
        if flag in ("--flutter", "--no-flutter"):
            filters["flutter"] = "true" if flag == "--flutter" else "false"
        key = {
            "--dir-exists": "dirExists",
            "--file-exists": "fileExists",
            "--scope": "scope",
            "--ignore": "ignore",
        }.get(flag) or {"--depends-on": "dependsOn"}.get(flag)
        if key or flag in _VALUED:
            value = value or (words.pop(0) if words else "")
        if key:
            filters[key] = [*strings(filters.get(key)), value.strip("'\"")]
    line = " ".join(words).strip()
    return (line[1:-1] if line[:1] == line[-1:] and line[:1] in ("'", '"') else line), filters


def packages(source: Source) -> list[str]:
    """The directories below that are packages of Dart, but for examples."""
    found = [d for d in source.walk(depth=4, limit=400)[1:] if source.has(f"{d}/pubspec.yaml")]
    return [d for d in found if not _ASIDE.search(d)]


def _in_packages(source: Source, line: str, filters: dict[str, Any], place: Evidence) -> list[Body]:
    chosen = [d for d in packages(source) if _fits(source, d, filters)] if line else []
    return [Body(line, place, cwd=d) for d in chosen[:_MOST]]


def _fits(source: Source, directory: str, filters: dict[str, Any]) -> bool:
    text = source.text(f"{directory}/pubspec.yaml")
    named = re.search(r"^name:\s*['\"]?([\w-]+)", text, re.M)
    name = named.group(1) if named else directory.rpartition("/")[2]
    flutter = bool(re.search(r"^\s*sdk:\s*flutter\b|^flutter:", text, re.M))
    if "flutter" in filters and flutter != (str(filters["flutter"]).lower() == "true"):
        return False
    if any(not source.is_dir(f"{directory}/{d}") for d in strings(filters.get("dirExists"))):
        return False
    wanted, unwanted = strings(filters.get("scope")), strings(filters.get("ignore"))
    if any(not re.search(rf"^\s+{re.escape(d)}:", text, re.M) for d in strings(filters.get("dependsOn"))):
        return False
    return (not wanted or any(fnmatchcase(name, w) for w in wanted)) and not any(fnmatchcase(name, w) for w in unwanted)
