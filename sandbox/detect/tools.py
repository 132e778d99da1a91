"""Which tool a command calls, what kind of check that is, and how it is called without rewriting files.

The table below is the knowledge; names of scripts and jobs are not: a `lint` script may
rewrite files and a `check` script may test, so only the command itself is judged.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A recognised command. `key` names tool and mode; `words` never rewrites files.

    `mended` says that the repository's own command rewrites and this one was made from it.
    `skip` is the reason why it must not be run here, else empty.
    """

    kind: Literal["test", "lint", "types"]
    key: str
    ecosystem: str
    words: Words
    mended: bool = False
    skip: str = ""
    raw: str = ""
    """The command line where it is more than words."""

    @property
    def line(self) -> str:
        return self.raw or " ".join(word if _SAFE.fullmatch(word) else shlex.quote(word) for word in self.words)


_SAFE = re.compile(r"[\w@%+=:,./{}!\[\]~^-]+")
_NOISE = re.compile(
    r"(-v+|-q+|--verbose|--quiet|--colou?r(=.*)?|--show-diff-on-failure|--output-format=.*|--out-format=.*|--stats"
    r"|--format=(github|gitlab|checkstyle|junit).*|--github|--no-progress|--error-format=.*|--cache(=.*)?|--reporter=(github|dot|junit).*)"
)
_FIXING = frozenset(
    [
        "--fix",
        "--fix-only",
        "--unsafe-fixes",
        "--exit-non-zero-on-fix",
        "--write",
        "-w",
        "--apply",
        "--apply-unsafe",
        "-a",
        "-A",
        "--auto-correct",
        "--autocorrect",
        "--autocorrect-all",
        "--auto-correct-all",
        "--in-place",
        "-i",
        "--fix-dry-run",
        "--show-fixes",
        "--exit-non-zero-on-format",
    ]
)
_E2E = "needs a browser or a running application"


def recognise(words: Words) -> Call | None:
    """The call in an unwrapped command; None where it is no check that we know."""
    if not words:
        return None
    name = words[0].rsplit("/", 1)[-1]
    rule = _RULES.get(name)
    if rule is None and re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*\.(tests?|run_?tests?)", name) and "/" not in words[0]:
        rule = _module_test
    if rule is None or any(word in ("--help", "--version", "--init", "--install-types") for word in words[1:3]):
        return None
    return rule((name, *words[1:]))


def _flags(words: Words, *, drop: frozenset[str] = _FIXING) -> Words:
    return tuple(w for w in words if w not in drop and not _NOISE.fullmatch(w))


def _static(words: Words, fallback: Words) -> Words:
    """The words, or the fallback where they hold something that only a CI run knows."""
    return fallback if any(re.search(r"[$`{]|\*\*\*", w) and not re.search(r"\{[\w.,]+\}", w) for w in words) else words


def _plain(
    kind: Literal["test", "lint", "types"], ecosystem: str, default: str = "", skip: str = ""
) -> Callable[[Words], Call | None]:
    def rule(words: Words) -> Call | None:
        clean = _static(_flags(words), (words[0], *default.split()))
        if len(clean) == 1 and default:
            clean += tuple(default.split())
        return Call(kind, words[0], ecosystem, clean, mended=any(w in _FIXING for w in words), skip=skip)

    return rule


def _formatter(ecosystem: str, check: str, also: str = "", default: str = ".") -> Callable[[Words], Call | None]:
    """A tool that rewrites unless it is asked to check."""

    def rule(words: Words) -> Call | None:
        checks = frozenset((check, *also.split()))
        mended = not any(w.split("=")[0] in checks for w in words)
        clean = _static(_flags(words), (words[0], check, default))
        if not any(w.split("=")[0] in checks for w in clean):
            clean = (clean[0], check, *(clean[1:] or (default,)))
        elif all(w.startswith("-") for w in clean[1:]):
            clean += (default,)
        return Call("lint", words[0], ecosystem, clean, mended=mended)

    return rule


def _ruff(words: Words) -> Call | None:
    mode = words[1] if len(words) > 1 else ""
    rest = _static(_flags(words[2:]), (".",))
    if not any(not w.startswith("-") for w in rest):
        rest += (".",)
    if mode == "format":
        mended = not {"--check", "--diff"} & set(words)
        rest = tuple(w for w in rest if w not in ("--check", "--diff"))
        return Call("lint", "ruff format", "python", ("ruff", "format", "--check", *rest), mended=mended)
    if mode == "check":
        return Call("lint", "ruff check", "python", ("ruff", "check", *rest), mended="--fix" in words)
    return Call("lint", "ruff check", "python", ("ruff", "check", ".")) if mode in (".", "src") else None


_PYTEST_VALUED = frozenset(
    [
        "-n",
        "--numprocesses",
        "--cov-report",
        "--cov-config",
        "--junitxml",
        "--junit-xml",
        "--durations",
        "--basetemp",
        "--dist",
        "--maxfail",
        "--tb",
        "--timeout",
        "--reruns",
        "--html",
        "--color",
        "--log-level",
        "--maxprocesses",
        "--splits",
        "--group",
        "-r",
        "-W",
        "--cov-fail-under",
        "--durations-min",
    ]
)
_PYTEST_KEPT = frozenset(
    [
        "-m",
        "-k",
        "-p",
        "-c",
        "--ignore",
        "--ignore-glob",
        "--import-mode",
        "--rootdir",
        "--confcutdir",
        "-o",
        "--deselect",
        "--pyargs",
        "--doctest-modules",
        "--doctest-glob",
    ]
)


def _pytest(words: Words) -> Call | None:
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
            rest[:1] = []
        elif word.split("=")[0] in _PYTEST_KEPT:
            kept.append(word)
            if word in _PYTEST_KEPT and "=" not in word and not word.startswith(("--pyargs", "--doctest-modules")):
                kept += rest[:1]
                rest[:1] = []
    return Call("test", "pytest", "python", tuple(kept))


def _python(words: Words) -> Call | None:
    script = words[1] if len(words) > 1 else ""
    name = script.rsplit("/", 1)[-1]
    if name == "setup.py":
        return None
    if name == "manage.py":
        return (
            Call("test", "manage.py", "python", _static(_flags(words), words[:3])) if words[2:3] == ("test",) else None
        )
    if re.fullmatch(r"(run_?tests?|test_?runner|run_unittests|alltests|tests)\.py|test(/__main__)?\.py", name):
        return Call("test", "runner", "python", _static(_flags(words), words[:2]))
    return None


def _module_test(words: Words) -> Call | None:
    return Call("test", "unittest", "python", ("python", "-m", *_static(_flags(words), ("unittest",))))


def _sub(
    kind: Literal["test", "lint", "types"], ecosystem: str, *modes: str, default: str = ""
) -> Callable[[Words], Call | None]:
    """A tool that checks only in some of its subcommands."""

    def rule(words: Words) -> Call | None:
        if len(words) < 2 or words[1] not in modes:
            return None
        clean = _static(_flags(words), words[:2])
        return Call(kind, words[0], ecosystem, clean, mended=any(w in _FIXING for w in words))

    return rule


def _tsc(words: Words) -> Call | None:
    if "--watch" in words or "-w" in words:
        return None
    return Call("types", words[0], "javascript", _static(words, (words[0], "--noEmit")))


def _node(words: Words) -> Call | None:
    if "--test" in words:
        return Call("test", "node --test", "javascript", words)
    script = next((w for w in words[1:] if not w.startswith("-")), "")
    after = words[words.index(script) + 1 :] if script else ()
    if after and after[0] in _RULES and "/" not in after[0]:
        # A script of the project's own that sets something up and then runs the tool.
        inner = recognise(after)
        return replace(inner, words=words) if inner and not inner.skip else inner
    if re.search(r"(^|/)_?(mocha|jest|vitest|ava|tap|jasmine)(\.m?js|\.cjs)?$", script):
        return Call("test", "node runner", "javascript", words)
    if re.search(
        r"(^|/)tests?(/(index|run|all|main|run-?tests?|test))?(\.[cm]?js)?$|(^|/)run-?tests?\.[cm]?js$", script
    ):
        return Call("test", "node script", "javascript", words)
    return None


def _deno(words: Words) -> Call | None:
    if words[1:2] == ("fmt",):
        return Call("lint", "deno fmt", "deno", words, mended="--check" not in words) if "--check" in words else None
    kinds: dict[str, Literal["test", "lint", "types"]] = {"test": "test", "lint": "lint", "check": "types"}
    kind = kinds.get(words[1] if len(words) > 1 else "")
    return Call(kind, f"deno {words[1]}", "deno", words) if kind else None


def _runner(words: Words) -> Call | None:
    if "--watch" in words or words[1:2] in (("watch",), ("dev",), ("bench",)):
        return Call("test", words[0], "javascript", words, skip="starts a watcher that never ends")
    return Call("test", words[0], "javascript", words)


def _bun(words: Words) -> Call | None:
    return Call("test", "bun test", "javascript", words) if words[1:2] == ("test",) else None


def _biome(words: Words) -> Call | None:
    mode = words[1] if len(words) > 1 else ""
    if mode not in ("check", "lint", "ci", "format"):
        return None
    return Call("lint", f"biome {mode}", "javascript", _flags(words), mended=any(w in _FIXING for w in words))


def _prettier(words: Words) -> Call | None:
    checks = {"--check", "-c", "-l", "--list-different"}
    if checks & set(words):
        return Call("lint", "prettier", "javascript", _flags(words))
    if {"--write", "-w"} & set(words):
        return Call("lint", "prettier", "javascript", ("prettier", "--check", *_flags(words[1:])), mended=True)
    return None


def _go(words: Words) -> Call | None:
    mode = words[1] if len(words) > 1 else ""
    if mode == "test" and not any(w.startswith(("-bench", "-fuzz", "--fuzz")) for w in words):
        return Call("test", "go test", "go", words)
    if mode == "vet":
        return Call("lint", "go vet", "go", _static(_flags(words), ("go", "vet", "./...")))
    if mode in ("run", "tool") and len(words) > 2:
        return recognise((words[2].split("@")[0].rsplit("/", 1)[-1], *words[3:]))
    return None


def _golangci(words: Words) -> Call | None:
    if words[1:2] == ("fmt",) or (len(words) > 1 and words[1] not in ("run",) and not words[1].startswith("-")):
        return None
    return Call(
        "lint",
        "golangci-lint",
        "go",
        ("golangci-lint", "run", "./...")
        if "--fix" in words or len(words) < 3
        else _static(_flags(words), ("golangci-lint", "run")),
    )


def _gofmt(words: Words) -> Call | None:
    if not {"-l", "-d"} & set(words):
        return None
    return Call("lint", words[0], "go", words, raw=f'test -z "$({words[0]} -l .)"')


def _cargo(words: Words) -> Call | None:
    rest = tuple(w for w in words[1:] if not w.startswith("+"))
    mode = rest[0] if rest else ""
    cross = any(w.startswith(("--target", "--manifest-path", "--no-run")) for w in rest)
    if mode == "test" or rest[:2] == ("nextest", "run"):
        return None if cross else Call("test", "cargo test", "rust", ("cargo", *rest))
    if mode == "clippy":
        return Call("lint", "clippy", "rust", _static(("cargo", *rest), ("cargo", "clippy", "--all-targets")))
    if mode == "fmt":
        check = rest if "--check" in rest else ("fmt", "--all", "--check")
        return Call(
            "lint",
            "cargo fmt",
            "rust",
            _static(("cargo", *check), ("cargo", "fmt", "--all", "--check")),
            mended="--check" not in rest,
        )
    return None


def _maven(words: Words) -> Call | None:
    goals = [w for w in words[1:] if not w.startswith("-")]
    linters = [
        g
        for g in goals
        if re.search(r"(checkstyle|spotless|spotbugs|pmd|fmt|rat|license|enforcer|formatter).*:(check|validate)", g)
    ]
    if linters and not {"test", "verify", "install", "package"} & set(goals):
        return Call("lint", "mvn lint", "maven", (words[0], "-B", *linters))
    if {"test", "verify", "install", "package"} & set(goals) and not any(
        "skip" in w.lower() and "test" in w.lower() for w in words
    ):
        return Call("test", "mvn test", "maven", words)
    return None


def _gradle(words: Words) -> Call | None:
    goals = [w for w in words[1:] if not w.startswith("-")]
    linters = [
        g
        for g in goals
        if re.search(
            r"(spotlessCheck|checkstyle\w*|detekt\w*|ktlint\w*|pmdMain|spotbugsMain|lintKotlin|apiCheck|^lint$|lintDebug)$",
            g,
        )
    ]
    if linters:
        return Call("lint", "gradle lint", "gradle", ("./gradlew", *linters))
    if any(re.search(r"(^|:)(test|check|build|jvmTest|allTests)$", g) for g in goals) and "test" not in words[words.index("-x") + 1 : words.index("-x") + 2] if "-x" in words else any(re.search(r"(^|:)(test|check|build|jvmTest|allTests)$", g) for g in goals):  # fmt: skip  # noqa: E501
        return Call("test", "gradle test", "gradle", words)
    return None


def _rake(words: Words) -> Call | None:
    goals = [w for w in words[1:] if not w.startswith("-") and "=" not in w]
    if any(re.search(r"rubocop|standard|lint", g) for g in goals):
        return Call("lint", "rake lint", "ruby", ("bundle", "exec", *words))
    if not goals or any(re.fullmatch(r"(default|test|spec|ci)(:\w+)?", g) for g in goals):
        return Call("test", "rake", "ruby", ("bundle", "exec", "rake", *goals))
    return None


def _ruby(kind: Literal["test", "lint", "types"]) -> Callable[[Words], Call | None]:
    def rule(words: Words) -> Call | None:
        return Call(
            kind,
            words[0],
            "ruby",
            ("bundle", "exec", *_static(_flags(words), words[:1])),
            mended=any(w in _FIXING for w in words),
        )

    return rule


def _php(kind: Literal["test", "lint", "types"]) -> Callable[[Words], Call | None]:
    def rule(words: Words) -> Call | None:
        clean = _static(_flags(words), words[:1])
        return Call(kind, words[0], "php", (f"vendor/bin/{words[0]}", *clean[1:]))

    return rule


def _php_fixer(words: Words) -> Call | None:
    check = "--test" if words[0] == "pint" else "--dry-run"
    mended = not {check, "check"} & set(words)
    tail = (check,) if mended else ()
    return Call(
        "lint",
        words[0],
        "php",
        (f"vendor/bin/{words[0]}", *_static(_flags(words[1:]), ("fix",) if words[0] != "pint" else ()), *tail),
        mended=mended,
    )


def _mix(words: Words) -> Call | None:
    mode = words[1] if len(words) > 1 else ""
    if mode == "test":
        return Call("test", "mix test", "elixir", words)
    if mode == "format":
        return Call(
            "lint",
            "mix format",
            "elixir",
            ("mix", "format", "--check-formatted"),
            mended="--check-formatted" not in words,
        )
    if mode == "credo":
        return Call("lint", "mix credo", "elixir", words)
    if mode == "dialyzer":
        return Call("types", "mix dialyzer", "elixir", ("mix", "dialyzer"))
    if mode == "compile" and any("warning" in w for w in words):
        return Call("lint", "mix compile", "elixir", words)
    return None


def _dotnet(words: Words) -> Call | None:
    if words[1:2] == ("test",):
        return Call("test", "dotnet test", "dotnet", _static(words, ("dotnet", "test")))
    if words[1:2] == ("format",) and "--verify-no-changes" in words:
        return Call("lint", "dotnet format", "dotnet", words)
    return None


def _ctest(words: Words) -> Call | None:
    return Call("test", "ctest", "cmake", words)


_JS_TEST = "vitest jest mocha ava tap tape jasmine borp uvu lab qunit wtr zx-test aegir poku brittle japa"
_RULES: dict[str, Callable[[Words], Call | None]] = {
    "ruff": _ruff,
    "black": _formatter("python", "--check", "--diff"),
    "isort": _formatter("python", "--check-only", "--check -c --diff"),
    "autopep8": _formatter("python", "--diff", "--exit-code"),
    "yapf": _formatter("python", "--diff", "-d"),
    "docformatter": _formatter("python", "--check", "-c"),
    "pyupgrade": lambda words: None,
    "pylint": _plain("lint", "python"),
    "mypy": _plain("types", "python"),
    "pyright": _plain("types", "python"),
    "basedpyright": _plain("types", "python"),
    "pyre": _plain("types", "python", "check"),
    "ty": _sub("types", "python", "check"),
    "pyrefly": _sub("types", "python", "check"),
    "pytype": _plain("types", "python"),
    "pytest": _pytest,
    "py.test": lambda words: _pytest(("pytest", *words[1:])),
    "python": _python,
    "unittest": _module_test,
    "unittest2": _module_test,
    "django": lambda words: _module_test(words) if words[1:2] == ("test",) else None,
    "trial": _plain("test", "python"),
    "stestr": _sub("test", "python", "run"),
    "tsc": _tsc,
    "vue-tsc": _tsc,
    "tsgo": _tsc,
    "node": _node,
    "deno": _deno,
    "bun": _bun,
    "biome": _biome,
    "prettier": _prettier,
    "go": _go,
    "golangci-lint": _golangci,
    "gofmt": _gofmt,
    "gofumpt": _gofmt,
    "goimports": _gofmt,
    "staticcheck": _plain("lint", "go", "./..."),
    "revive": _plain("lint", "go", "./..."),
    "gotestsum": lambda words: Call("test", "go test", "go", ("go", "test", "./...")),
    "richgo": lambda words: _go(("go", *words[1:])),
    "cargo": _cargo,
    "mvn": _maven,
    "mvnw": _maven,
    "gradle": _gradle,
    "gradlew": _gradle,
    "rake": _rake,
    "rspec": _ruby("test"),
    "rubocop": _ruby("lint"),
    "standardrb": _ruby("lint"),
    "steep": _sub("types", "ruby", "check"),
    "srb": _sub("types", "ruby", "tc"),
    "rails": _sub("test", "ruby", "test", "spec"),
    "phpunit": _php("test"),
    "simple-phpunit": _php("test"),
    "pest": _php("test"),
    "phpcs": _php("lint"),
    "parallel-lint": _php("lint"),
    "php-cs-fixer": _php_fixer,
    "ecs": _php("lint"),
    "pint": _php_fixer,
    "phpstan": _php("types"),
    "psalm": _php("types"),
    "phan": _php("types"),
    "mix": _mix,
    "dotnet": _dotnet,
    "ctest": _ctest,
    **{n: _plain("lint", "python", ".") for n in ["flake8", "pycodestyle", "pydocstyle", "pyflakes", "bandit"]},
    **{n: _plain("lint", "javascript") for n in ["eslint", "xo", "standard", "ts-standard", "semistandard", "neostandard", "oxlint", "tslint", "stylelint", "jshint", "markdownlint", "markdownlint-cli2", "rslint", "knip"]},
    **{n: _plain("types", "javascript") for n in ["flow", "svelte-check", "tsd", "tstyche", "dtslint", "expect-type"]},
    **dict.fromkeys(_JS_TEST.split(), _runner),
    **{n: _plain("test", "javascript", skip=_E2E) for n in ["cypress", "playwright", "wdio", "nightwatch", "karma", "testcafe"]},
}  # fmt: skip
