"""Rules for the tools of Python."""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.detect.tools.call import Rule, ToolLine, Words, flags, formatter, only, plain, rewrites, static

_PYTEST_VALUED = frozenset(
    [
        *("-n", "--numprocesses", "--cov-report", "--cov-config", "--junitxml", "--junit-xml", "--durations"),
        *("--basetemp", "--dist", "--maxfail", "--tb", "--timeout", "--reruns", "--html", "--color", "--log-level"),
        *("--maxprocesses", "--splits", "--group", "-r", "-W", "--cov-fail-under", "--durations-min", "--browser"),
        *("--cov", "--junit-prefix", "--log-file", "--json-report-file", "--report-log", "--cov-context"),
        *("--log-cli-level", "--verbosity", "--reruns-delay", "--timeout-method", "--show-capture", "--capture"),
    ]
)
_PYTEST_KEPT = frozenset(
    [
        *("-m", "-k", "-p", "-c", "--ignore", "--ignore-glob", "--import-mode", "--rootdir", "--confcutdir", "-o"),
        *(
            "--nbmake",
            "--nbval",
            "--nbval-lax",
            "--deselect",
            "--pyargs",
            "--doctest-modules",
            "--doctest-glob",
            "--ds",
        ),
    ]
)


def _ruff(words: Words) -> ToolLine | None:
    if {"--exit-zero", "-e"} & set(words):
        return None
    mode = words[1] if len(words) > 1 else ""
    rest = static(flags(words[2:]), (".",))
    if not any(not w.startswith("-") for w in rest):
        rest += (".",)
    if mode == "format":
        mended = not {"--check", "--diff"} & set(words)
        rest = tuple(w for w in rest if w not in ("--check", "--diff"))
        return ToolLine("lint", "ruff format", "python", ("ruff", "format", "--check", *rest), mended=mended)
    if mode == "check":
        return ToolLine("lint", "ruff check", "python", ("ruff", "check", *rest), mended=any(map(rewrites, words)))
    return ToolLine("lint", "ruff check", "python", ("ruff", "check", ".")) if mode in (".", "src") else None


def _pytest(words: Words) -> ToolLine | None:
    """Paths and selections are kept; what needs plugins or only changes the output is dropped."""
    kept: list[str] = ["pytest"]
    rest = list(words[1:])
    while rest:
        word = rest.pop(0)
        if re.search(r"[$`{}]|^\[", word):
            continue
        if not word.startswith("-"):
            kept.append(word)
        elif word in _PYTEST_VALUED:
            rest[:1] = [w for w in rest[:1] if w.startswith("-")]
        elif word in _PYTEST_KEPT and not word.startswith(("--pyargs", "--doctest-modules", "--nb")):
            value, rest[:1] = rest[:1], []
            if value and not re.search(r"[$`]", value[0]):
                kept += [word, *value]
        elif word.split("=")[0] in _PYTEST_KEPT:
            kept.append(word)
    return ToolLine("test", "pytest", "python", tuple(kept))


def _python(words: Words) -> ToolLine | None:
    rest = words[1:]
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in ("-W", "-X") else rest[1:]
    words = (words[0], *rest)
    script = words[1] if len(words) > 1 else ""
    name = script.rsplit("/", 1)[-1]
    if name == "setup.py":
        return None
    if name == "manage.py":
        words = (words[0], script.removeprefix("./"), *words[2:])
        return (
            ToolLine("test", "manage.py", "python", static(flags(words), words[:3]))
            if words[2:3] == ("test",)
            else None
        )
    if re.fullmatch(r"(run_?tests?|test_?runner|run_unittests|alltests|tests?)\.py", name) or re.fullmatch(
        r"([\w./-]+/)?tests?/__main__\.py", script
    ):
        return ToolLine("test", "runner", "python", static(flags(words), words[:2]))
    return None


def _linter(rule: Rule) -> Rule:
    """A linter, but for a call that passes whatever it finds."""

    def strict(words: Words) -> ToolLine | None:
        loose = {"--exit-zero", "--exit-zero-even-if-changed"} & set(words)
        return None if loose else rule(words)

    return strict


def _flake8p(words: Words) -> ToolLine | None:
    """flake8 through a module that reads pyproject.toml: there is no program of that name."""
    inner = _linter(plain("lint", "python", "."))(words)
    return inner and replace(inner, key="flake8", words=("python", "-m", *inner.words))


def _autopep8(words: Words) -> ToolLine | None:
    """It says that it would change something by its exit code only where it is asked to."""
    made = formatter("python", "--diff", "-d")(words)
    return made and replace(made, words=("autopep8", "--exit-code", *(w for w in made.words[1:] if w != "--exit-code")))


def _asked_to_check(name: str) -> Rule:
    """A tool that rewrites unless it is told to check."""
    flagged = frozenset(("--check", "-c", "--check-only", "--diff"))
    return lambda words: plain("lint", "python", ".")(words) if flagged & set(words[1:]) else None


def module_test(words: Words) -> ToolLine | None:
    return ToolLine("test", "unittest", "python", ("python", "-m", *static(flags(words), ("unittest",))))


RULES: dict[str, Rule] = {
    "ruff": _ruff,
    "black": formatter("python", "--check", shows="--diff"),
    "isort": formatter("python", "--check-only", "--check -c", shows="--diff -d"),
    "autopep8": lambda words: _autopep8(words),
    "yapf": formatter("python", "--diff", "-d"),
    "docformatter": formatter("python", "--check", "-c"),
    "pyupgrade": lambda words: None,
    "pylint": _linter(plain("lint", "python")),
    "mypy": plain("types", "python"),
    "pyright": plain("types", "python"),
    "basedpyright": plain("types", "python"),
    "pyre": plain("types", "python", "check"),
    "ty": only("types", "python", "check"),
    "pyrefly": only("types", "python", "check"),
    "pytype": plain("types", "python"),
    "pytest": _pytest,
    "py.test": lambda words: _pytest(("pytest", *words[1:])),
    "python": _python,
    "unittest": module_test,
    "unittest2": module_test,
    "django": lambda words: module_test(words) if words[1:2] == ("test",) else None,
    "trial": plain("test", "python"),
    **{n: plain("test", "python") for n in ["nose2", "nosetests", "green", "ward", "testify", "zope-testrunner"]},
    "manage.py": lambda words: _python(("python", *words)),
    "flake8p": lambda words: _flake8p(words),
    "pflake8": _linter(plain("lint", "python", ".")),
    **{
        n: _asked_to_check(n)
        for n in ("autoflake", "pycln", "unimport", "pyink", "blue", "ssort", "add-trailing-comma")
    },
    **{
        n: _linter(plain("lint", "python", "."))
        for n in ("prospector", "pydoclint", "darglint", "check-manifest", "dodgy", "eradicate", "validate-pyproject")
    },
    "slotscheck": _linter(plain("lint", "python")),
    "lint-imports": _linter(plain("lint", "python")),
    "deptry": _linter(plain("lint", "python", ".")),
    "interrogate": _linter(plain("lint", "python")),
    "pyroma": _linter(plain("lint", "python", ".")),
    "xenon": _linter(plain("lint", "python")),
    "refurb": _linter(plain("lint", "python")),
    "flynt": lambda words: plain("lint", "python")(words) if {"--fail-on-change", "-f"} & set(words) else None,
    "stestr": only("test", "python", "run"),
    **{
        n: _linter(plain("lint", "python", "."))
        for n in ["flake8", "pycodestyle", "pydocstyle", "pyflakes", "bandit", "pylama", "vulture"]
    },
}
