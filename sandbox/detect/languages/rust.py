"""Rust: cargo's defaults, with the flags that CI gives its tests."""

from __future__ import annotations

import re
from itertools import pairwise

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.read.source import table
from sandbox.detect.read.values import Found
from sandbox.detect.tools.call import Words, quoted

NAME = "rust"


_PARTIAL = re.compile(
    r"^(-p|--package|--test|--bench(es)?|--doc|--lib|--bins?|--examples?|--no-default-features|--exclude)(=|$)"
)
_DROPPED = re.compile(
    r"^(-v+|-q|--verbose|--quiet|--release|-r|--locked|--frozen|--offline|--color(=.*)?|--no-fail-fast)$"
)
_VALUED = ("--config", "--features", "-F", "--profile", "--color", "--jobs", "-j", "--target-dir")


def _of_ci(project: Project) -> list[str]:
    """CI's own calls that test all of the code, the widest first, with the features that they need. Where each of them
    leaves the default features out, so does this."""
    return (
        _whole(project, _PARTIAL)
        or _whole(project, re.compile(_PARTIAL.pattern.replace("|--no-default-features", "")))
        or _units(project)
        or _packages(project)
    )


def _packages(project: Project) -> list[str]:
    """The call that names the most packages, where CI tests a workspace by a list of them."""
    named: dict[str, int] = {}
    for seen in choose.called_by_ci(project, NAME):
        words = [w for w in seen.call.words if not _DROPPED.match(w)]
        words = words[: words.index("--")] if "--" in words else words
        packages = sum(w in ("-p", "--package") or w.startswith("--package=") for w in words)
        other = any(re.match(r"--(test|bin|example|bench)(=|$)|.*\$", w) for w in words)
        if seen.cwd == "." and packages > 2 and words[1:2] == ["test"] and not other:
            named.setdefault(" ".join(map(quoted, words)), packages)
    return sorted(named, key=lambda line: -named[line])[:1]


def _units(project: Project) -> list[str]:
    """The targets that CI tests by themselves, where the others take services or another purpose: `--lib --bins`."""
    calls = [s for s in project.of(NAME) if s.call.kind == "test" and s.origin == "ci" and s.cwd == "."]
    if not any((s.served or s.aside) and any(w.startswith("--test") for w in s.call.words) for s in calls):
        return []
    kinds = re.compile(_PARTIAL.pattern.replace("|--lib|--bins?", "|--bin"))
    return _whole(project, kinds, served=False)


def _skipped(words: Words) -> list[str]:
    """The tests that CI leaves out by name, and whether it runs those that are left out otherwise."""
    behind = words[words.index("--") + 1 :] if "--" in words else ()
    skipped = [w for flag, name in pairwise(behind) if flag == "--skip" and "$" not in name for w in (flag, name)]
    return [*(w for w in behind if w == "--include-ignored"), *skipped]


def _whole(project: Project, partial: re.Pattern[str], *, served: bool = True) -> list[str]:
    ranked: dict[str, tuple[bool, bool, bool]] = {}
    for seen in project.of(NAME):
        if seen.call.kind != "test" or seen.origin != "ci" or seen.aside or seen.cwd != "." or seen.call.skip:
            continue
        if seen.served and not served:
            continue
        words = [w for w in seen.call.words if not _DROPPED.match(w)]
        words = words[: words.index("--")] if "--" in words else words
        if words[1:2] != ["test"] or any(partial.match(w) or "$" in w for w in words) or _filter(words):
            continue
        if "--no-default-features" in words and not any(w.startswith(("--features", "-F")) for w in words):
            continue
        if skipped := _skipped(seen.call.words):
            words += ["--", *skipped]
        words = ["--workspace" if w == "--all" else w for w in words]
        line = " ".join(map(quoted, words))
        ranked.setdefault(line, ("--workspace" not in words, "--all-features" not in words, "--features" in line))
    return sorted(ranked, key=lambda line: ranked[line])[:2]


def _of_members(project: Project, whole: str) -> list[Found]:
    """Packages of the workspace that CI tests in their own directories with features that the whole is not given."""
    found: dict[str, Found] = {}
    for seen in choose.called_by_ci(project, NAME):
        words = [w for w in seen.call.words if not _DROPPED.match(w)]
        features = "--all-features" in words or any(w.startswith(("--features", "-F")) for w in words)
        narrow = any(_PARTIAL.match(w) or "$" in w for w in words) or _filter(words) or words[1:2] != ["test"]
        if seen.cwd == "." or not features or narrow or "features" in whole or not project.source.is_dir(seen.cwd):
            continue
        env = {**choose.ENV, **seen.env}
        line = " ".join(map(quoted, words))
        found.setdefault(
            seen.cwd, Found("test", line, (seen.evidence,), seen.cwd, False, env, "confirmed", suite=seen.cwd)
        )
    return list(found.values())[:3]


def _of_parts(project: Project, whole: str) -> list[Found]:
    """What CI tests beside all others because a feature brings it: a target (`--test e2e --features e2e`), or a package
    of the workspace with more features than the whole is given."""
    found: dict[str, Found] = {}
    for seen in choose.called_by_ci(project, NAME):
        words = [w for w in seen.call.words if not _DROPPED.match(w)]
        words = words[: words.index("--")] if "--" in words else words
        targets = any(w == "--test" or w.startswith("--test=") for w in words)
        packages = [w for w in words if re.match(r"(-p|--package)(=|$)", w)]
        named = targets or (len(packages) == 1 and "features" not in whole and not {"--doc", "--lib"} & {*words})
        features = any(w.startswith(("--features", "-F", "--all-features")) for w in words)
        if not (named and features) or words[1:2] != ["test"] or seen.cwd != "." or any("$" in w for w in words):
            continue
        line = " ".join(map(quoted, words))
        env = {**choose.ENV, **seen.env}
        place = choose.merge([seen.evidence, *seen.trail[-1:]])
        found.setdefault(line, Found("test", line, place, ".", False, env, "confirmed", suite=line))
    return list(found.values())[:3]


def _filter(words: list[str]) -> bool:
    """Whether only tests of some name are run."""
    return any(not word.startswith("-") and before not in _VALUED for before, word in pairwise(words[1:]))


def find(project: Project) -> EcosystemPart | None:
    source = project.source
    if not source.has("Cargo.toml"):
        return None
    data = source.toml("Cargo.toml")
    witness = source.evidence("Cargo.toml", "[workspace" if "package" not in data else "[package")
    workspace = bool(table(data, "workspace").get("members"))
    default = "cargo test --workspace" if workspace and "package" in data else "cargo test"
    locked = " --locked" if source.has("Cargo.lock") else ""
    lines = list(dict.fromkeys([*_of_ci(project), default, "cargo test"]))[:4]
    tests = [choose.proposed(project, NAME, line, witness, confirmed_by="cargo test") for line in lines]
    tests += _of_members(project, tests[0].command)
    tests += _of_parts(project, tests[0].command)
    lint = tuple(choose.checks(project, "lint", NAME))
    setup: tuple[Found, ...] = (choose.install(f"cargo fetch{locked}", source.evidence("Cargo.toml", "[dependencies")),)
    return EcosystemPart(NAME, setup, tuple(tests), lint, (), tuple(choose.left_out(project, NAME)))
