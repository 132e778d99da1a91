"""PHP: composer's scripts, else the tools of vendor/bin that the project configures."""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.detect.commands import choose
from sandbox.detect.commands.expand import Expander
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.commands.scripts.shell import within
from sandbox.detect.read.source import table
from sandbox.detect.read.values import Evidence, Found, Note
from sandbox.detect.tools.call import quoted

NAME = "php"
_RUNNERS = r'"(phpunit/phpunit|pestphp/pest|symfony/phpunit-bridge|codeception/codeception|phpspec/phpspec)"'
_SETUP = "composer install --no-interaction --prefer-dist"


def find(project: Project) -> EcosystemPart | None:
    source = project.source
    if not source.has("composer.json"):
        return None
    lint = choose.checks(project, "lint", NAME)
    types = choose.checks(project, "types", NAME)
    for names, tool in (
        (("phpstan.neon", "phpstan.neon.dist", "phpstan.dist.neon"), "phpstan analyse"),
        (("psalm.xml", "psalm.xml.dist"), "psalm"),
    ):
        config = next((n for n in names if source.has(n)), "")
        named = {name for name in _ANALYSERS if re.search(_ANALYSERS[name], source.text("composer.json"))}
        if config and (not named or tool.split()[0] in named) and not any(tool.split()[0] in f.command for f in types):
            types.append(Found("types", f"vendor/bin/{tool}", (Evidence(config, 1, ""),), env=dict(choose.ENV)))
    locked = re.findall(r'"name":\s*("[^"]*")', source.text("composer.lock"))
    brought = " ".join([source.text("composer.json"), *locked])  # what others need for themselves is not installed
    foreign = [f for f in (*lint, *types) if _by_image(f) and f'/{_tool(f)}"' not in brought]
    lint, types = ([f for f in found if f not in foreign] for found in (lint, types))
    notes = tuple(Note(f.command, "composer.json does not bring the tool", f.evidence) for f in foreign)
    witness = source.evidence("composer.json", '"require-dev"')
    programs = str(table(source.json("composer.json"), "config").get("bin-dir") or "").strip("/")

    def there(found: list[Found]) -> tuple[Found, ...]:
        if not re.fullmatch(r"[\w./-]+", programs):
            return tuple(found)
        return tuple(replace(f, command=re.sub(r"^vendor/bin/", f"{programs}/", f.command)) for f in found)

    setup = (choose.install(_SETUP, witness),)
    notes = (*notes, *_elsewhere(project))
    return EcosystemPart(
        NAME, setup, there([*_tests(project), *_own_scripts(project)]), there(lint), there(types), notes
    )


def _by_image(found: Found) -> bool:
    """Whether CI has the tool from an image of its own."""
    return found.command.startswith("vendor/bin/") and all("uses: docker://" in one.text for one in found.evidence)


def _tool(found: Found) -> str:
    return found.command.split()[0].rpartition("/")[2]


def _own_scripts(project: Project) -> list[Found]:
    """The repository's own programs that CI has test something beside the runner, each a suite."""
    found: dict[str, Found] = {}
    for s in choose.called_by_ci(project, NAME):
        script = s.call.words[1] if s.call.key.startswith("php ") else ""
        if script and s.cwd == "." and project.source.has(script.removeprefix("./")):
            env = {**choose.ENV, **s.env}
            place = (s.evidence, *s.trail[-1:])
            found.setdefault(
                s.call.line, Found("test", s.call.line, place, ".", False, env, "confirmed", suite=s.call.key)
            )
    return list(found.values())[:3]


_ANALYSERS = {"phpstan": r"/phpstan|larastan", "psalm": r"/psalm|psalm/"}
"""What brings them: a project that has one of them installed runs no other that only left its configuration."""


_HEAVY = re.compile(
    r"integration|functional|e2e|acceptance|browser|system|mysql|maria|postgres|pgsql|mssql|sqlsrv|oracle|mongo", re.I
)
"""Suites that take an application, a browser or a database that runs elsewhere."""


def _tests(project: Project) -> list[Found]:
    """`composer test` where it only tests; else the runner itself first."""
    source = project.source
    scripts = table(source.json("composer.json"), "scripts")
    witness = source.evidence("composer.json", '"test"', after='"scripts"')
    config = next((n for n in ("phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml") if source.has(n)), "")
    called = any(s.call.kind == "test" for s in project.of(NAME))
    if not config and not called and "test" not in scripts and not re.search(_RUNNERS, source.text("composer.json")):
        return []
    if project.apart and not config and not called and "test" not in scripts and not _has_tests(project):
        return []  # what is installed for the projects below
    runner = "pest" if "pestphp/pest" in source.text("composer.json") else "phpunit"
    runner = (
        "simple-phpunit"
        if "symfony/phpunit-bridge" in source.text("composer.json")
        and "phpunit/phpunit" not in source.text("composer.json")
        else runner
    )
    suites = _suites(project, config) or _groups(project)
    direct = choose.proposed(
        project,
        NAME,
        f"vendor/bin/{runner} {suites[0]}" if suites else f"vendor/bin/{runner}",
        Evidence(config, 1, "") if config else source.evidence("composer.json", "phpunit"),
    )
    if not config and not suites and (called_so := _as_called(project)):
        direct = replace(direct, command=called_so)  # nothing but the call says what is tested
    if "test" not in scripts or suites:
        more = [f"vendor/bin/{runner} {suite}" for suite in suites[1:4]]
        place = direct.evidence
        return [direct, *(replace(direct, command=line, evidence=place, suite=line.split()[-1]) for line in more)]
    script = choose.proposed(project, NAME, "composer test", witness)
    leaves = list(Expander(source).leaves("composer run test", witness))
    calls = [leaf.call for leaf in leaves if leaf.call]
    if calls and not any(c.kind == "test" for c in calls) and all(leaf.call for leaf in leaves):
        return [direct] if config or re.search(_RUNNERS, source.text("composer.json")) else []
    return [script, direct] if all(c.kind == "test" for c in calls) else [direct, script]


def _as_called(project: Project) -> str:
    """CI's own call of the runner, with the paths that it tests."""
    calls = [s for s in choose.called_by_ci(project, NAME) if s.call.key in _GROUPED and s.cwd == "."]
    told = [s.call.line for s in calls if any(project.source.is_dir(w.removeprefix("./")) for w in s.call.words[1:])]
    return next((line for line in told if "$" not in line), "")


def _has_tests(project: Project) -> bool:
    """Whether there are tests in the directory that are no other project's."""
    source = project.source
    places = [d for d in source.walk(depth=3, limit=150) if not any(within(d, p) for p in project.apart)]
    return any(re.search(r"(Test|Spec|Cest)\.php$", name) for d in places for name in source.files(d))


def _groups(project: Project) -> list[str]:
    """The options with which CI leaves groups of tests out wherever it does not take a part of them (`--group`)."""
    calls = [s for s in choose.called_by_ci(project, NAME) if s.call.key in _GROUPED and s.cwd == "."]
    whole = [s for s in calls if not re.search(r"\s--(group|filter|testsuite)\b", s.call.line)]
    whole = [s for s in whole if not s.served] or whole
    left = [choose.values(s.call.words, "--exclude-group") for s in whole]
    if not left or not all(left) or any("$" in name for name in left[0]):
        return []
    return [" ".join(f"--exclude-group {quoted(name)}" for name in left[0])]


_GROUPED = ("phpunit", "simple-phpunit", "pest", "paratest", "artisan")


def _elsewhere(project: Project) -> list[Note]:
    """The suites of CI's that take more than a checkout."""
    found: dict[str, Note] = {}
    for seen in choose.called_by_ci(project, NAME):
        named = re.search(r"\s(?:--testsuite|-c|--configuration)(?:[= ]'?)([\w./-]+)", seen.call.line)
        if named and "phpunit" in seen.call.key and _HEAVY.search(named.group(1)):
            reason = "needs an application, a browser or a database that runs elsewhere"
            found.setdefault(seen.call.line, Note(seen.call.line, reason, (seen.evidence,)))
    return list(found.values())[:4]


def _suites(project: Project, config: str) -> list[str]:
    """The options of the test suites that CI runs one by one, units first and without what needs more than a checkout.

    `config` is the file that the runner finds by itself: where there is none, CI's one is named.
    """
    calls = [s for s in choose.called_by_ci(project, NAME) if "phpunit" in s.call.key and s.cwd == "."]
    calls = [s for s in calls if not s.served] or calls
    for option, least in (("--testsuite", 2), ("-c|--configuration", 2 if config else 1)):
        named = [re.search(rf"(?:^|\s)(?:{option})(?:[= ]'?|(?<=-c))([\w./-]+)", s.call.line) for s in calls]
        names = list(dict.fromkeys(m.group(1) for m in named if m))
        light = [n for n in names if not _HEAVY.search(n)]
        if named and all(named) and len(names) >= least and light:
            light.sort(key=lambda n: not re.search("unit", n, re.IGNORECASE))
            return [f"{option.partition('|')[0]} {name}" for name in light]
    return []
