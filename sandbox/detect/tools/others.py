"""Rules for the tools of Go, the JVM, Ruby, PHP, Elixir, .NET and CMake."""

from __future__ import annotations

import re
from itertools import pairwise

from sandbox.detect.tools.call import CheckKind, Rule, ToolLine, Words, flags, only, plain, quoted, rewrites, static
from sandbox.detect.tools.cargo import cargo, rustfmt

_GRADLE_TEST = re.compile(
    r"(^|:)(test|check|build|(jvm|desktop|common)Test|allTests|test\w*UnitTest|testDebug|testRelease)$"
)
_GRADLE_LINT = re.compile(
    r"(^|:)(?!\w*(Format|Apply|Baseline|GenerateConfig)$)(spotless\w*Check|checkstyle\w*|detekt\w*|ktlint\w*|pmdMain|spotbugsMain|lintKotlin|apiCheck|lint|lint(Vital)?\w*(Debug|Release)"
    r"|modernizer|codenarc\w*|checkSortDependencies|licenseMain|checkLicenses?|checkLegacyAbi)$"
)


def _go(words: Words) -> ToolLine | None:
    mode = words[1] if len(words) > 1 else ""
    if mode == "test" and not any(w.startswith(("-bench", "-fuzz", "--fuzz")) for w in words):
        return ToolLine("test", "go test", "go", words)
    if mode == "vet":
        return ToolLine("lint", "go vet", "go", static(flags(words), ("go", "vet", "./...")))
    if mode in ("run", "tool") and len(words) > 2:
        tool = words[2].split("@")[0].rsplit("/", 1)[-1]
        return RULES[tool]((tool, *words[3:])) if tool in RULES else None
    return None


def _golangci(words: Words) -> ToolLine | None:
    if any(re.match(r"--issues-exit-code[= ]?0", f"{w} {after}") for w, after in pairwise((*words, ""))):
        return None
    if words[1:2] == ("fmt",) or (len(words) > 1 and words[1] not in ("run",) and not words[1].startswith("-")):
        return None
    clean = static(flags(words), ("golangci-lint", "run"))
    line = clean if len(clean) > 2 else ("golangci-lint", "run", "./...")
    return ToolLine("lint", "golangci-lint", "go", line, mended=any(map(rewrites, words)))


def _gofmt(words: Words) -> ToolLine | None:
    if not {"-l", "-d"} & set(words):
        return None
    known = [w for w in words[1:] if w in ("-s", "-extra") or w.startswith("-local=")]
    known += [f"-local={after}" for word, after in pairwise(words) if word == "-local"]
    paths = [w for before, w in pairwise(words) if w[:1] != "-" and before not in ("-local", "-r", "-lang", "-modpath")]
    if not paths or any(re.search(r"[$`*]|\.\.\.", w) for w in (*paths, *known)):
        paths, known = ["."], [w for w in known if w in ("-s", "-extra")]
    # Its exit code says nothing about what it lists. A formatter that is missing lists nothing, which is no pass.
    call = " ".join(map(quoted, (words[0], "-l", *known, *paths)))
    found = f'found=$({call}) && echo "$found" && test -z "$found"'
    return ToolLine("lint", words[0], "go", words, raw=found, mended="-w" in words)


def _maven(words: Words) -> ToolLine | None:
    goals = [w for w in words[1:] if not w.startswith("-")]
    linters = [
        g
        for g in goals
        if re.search(r"(checkstyle|spotless|spotbugs|pmd|fmt|rat|license|enforcer|formatter).*:(check|validate)", g)
    ]
    compiled = ("test-compile",) if "test-compile" in goals else ()
    if linters and not {"test", "verify", "install", "package"} & set(goals):
        return ToolLine("lint", f"mvn {' '.join(linters)}", "maven", (words[0], "-B", *compiled, *linters))
    if {"test", "verify", "install", "package"} & set(goals) and not any(
        "skip" in w.lower() and "test" in w.lower() for w in words
    ):
        return ToolLine("test", "mvn test", "maven", words)
    return None


_VARIANT = re.compile(r"^((?:[\w:-]{0,80}:)?(?:lint|test))(?=[^\s$]{0,40}\$)\S{1,120}$")
"""A task for a variant that only CI's run knows (`test${flavor}DebugUnitTest`); without it, it is that of all."""


def _gradle(words: Words) -> ToolLine | None:
    left_out = {after for word, after in pairwise(words) if word == "-x"}
    words = tuple(_VARIANT.sub(r"\1", w) for w in words)
    goals = [w for w in words[1:] if not w.startswith("-") and w not in left_out]
    linters = [g for g in goals if _GRADLE_LINT.search(g)]
    if linters:
        return ToolLine("lint", f"gradle {' '.join(linters)}", "gradle", ("./gradlew", *linters))
    if "test" not in left_out and any(_GRADLE_TEST.search(g) for g in goals):
        return ToolLine("test", "gradle test", "gradle", words)
    return None


def of_gradle(words: Words) -> list[Words]:
    """A call that lints and tests as one of each; empty where it does one of them."""
    left_out = {after for word, after in pairwise(words) if word == "-x"}
    goals = [w for w in words[1:] if not w.startswith("-") and w not in left_out]
    lint = [g for g in goals if _GRADLE_LINT.search(g)]
    rest = tuple(w for w in words if w not in lint)
    return [(words[0], *lint), rest] if lint and any(_GRADLE_TEST.search(w) for w in rest) else []


def _rake(words: Words) -> ToolLine | None:
    goals = [w for w in words[1:] if not w.startswith("-") and "=" not in w]
    if any(re.match(r"-[eETDP]|--(execute|tasks|describe|prereqs)", w) for w in words[1:]):
        return None
    if any(re.search(r"rubocop|standard|lint", g) for g in goals):
        checking = tuple(re.sub(r":(auto_?correct(_all)?|fix|fix_unsafely|auto_gen_config)$", "", w) for w in words)
        key = " ".join(w for w in checking if not w.startswith("-"))
        return ToolLine("lint", key, "ruby", ("bundle", "exec", *checking), mended=checking != words)
    if not goals or any(re.fullmatch(r"(default|test|spec|ci)(:\w+)?", g) for g in goals):
        return ToolLine("test", "rake", "ruby", ("bundle", "exec", "rake", *goals))
    return None


def _ruby_script(words: Words) -> ToolLine | None:
    script = next((w for w in words[1:] if not w.startswith("-")), "")
    if not re.search(r"(^|/)(test|spec)s?/.*\.rb$|(^|/)(run_)?(all_)?tests?(_all|_runner)?\.rb$", script):
        return None
    return ToolLine("test", "ruby", "ruby", static(words, ("ruby", "-Itest", script)))


def _ruby(kind: CheckKind) -> Rule:
    def rule(words: Words) -> ToolLine | None:
        return ToolLine(
            kind,
            words[0],
            "ruby",
            ("bundle", "exec", *(w for w in static(flags(words), words[:1]) if w != "-x")),
            mended=any(rewrites(w) or w == "-x" for w in words),
        )

    return rule


def _rails(words: Words) -> ToolLine | None:
    """`bin/rails test` of the repository, as bundler runs it."""
    if words[1:2] == ("test:system",):
        return ToolLine("test", "rails system", "ruby", ("bundle", "exec", *words), skip="needs a browser")
    if words[1:2] not in (("test",), ("spec",), ("test:all",)):
        return None
    return ToolLine("test", "rails", "ruby", ("bundle", "exec", *static(flags(words), words[:2])))


def _php(kind: CheckKind) -> Rule:
    def rule(words: Words) -> ToolLine | None:
        clean = static(flags(words), words[:1])
        mended = any(map(rewrites, words))
        return ToolLine(kind, words[0], "php", (f"vendor/bin/{words[0]}", *clean[1:]), mended=mended)

    return rule


def _artisan(words: Words) -> ToolLine | None:
    """`php artisan test`, by whatever path artisan is called."""
    script = words[1] if len(words) > 1 else ""
    if re.fullmatch(r"(\./)?tests?/([\w-]+/)*((run[-_]?)?tests?|run)\.php", script):
        return ToolLine("test", f"php {script}", "php", static(words, words[:2]))
    options = re.match(r"(-\S+ )*-(l|-syntax-check)( -f)?(?= |$)", " ".join(words[1:]))
    if options and len(words) > 2:
        return ToolLine("lint", "php -l", "php", words)
    if script.removeprefix("./") == "artisan" and words[2:3] == ("test",):
        return ToolLine("test", "artisan", "php", static(words, ("php", "artisan", "test")))
    return None


def _mago(words: Words) -> ToolLine | None:
    mode = next((w for w in words[1:] if not w.startswith("-")), "")
    if mode in ("format", "fmt"):
        checks = {"--check", "-c", "--dry-run", "-d"} & set(words)
        return ToolLine("lint", "mago format", "php", ("vendor/bin/mago", "format", "--check"), mended=not checks)
    if mode in ("lint", "analyze", "analyse"):
        kind: CheckKind = "lint" if mode == "lint" else "types"
        clean = tuple(w for w in flags(words[1:]) if w not in ("--potentially-unsafe",))
        return ToolLine(kind, f"mago {mode}", "php", ("vendor/bin/mago", *static(clean, (mode,))))
    return None


def _php_fixer(words: Words) -> ToolLine | None:
    check = "--test" if words[0] == "pint" else "--dry-run"
    mended = not {check, "check"} & set(words)
    tail = (check,) if mended else ()
    return ToolLine(
        "lint",
        words[0],
        "php",
        (f"vendor/bin/{words[0]}", *static(flags(words[1:]), ("fix",) if words[0] != "pint" else ()), *tail),
        mended=mended,
    )


def _mix(words: Words) -> ToolLine | None:
    mode = words[1] if len(words) > 1 else ""
    if mode == "test":
        return ToolLine("test", "mix test", "elixir", words)
    if mode == "format":
        return ToolLine(
            "lint",
            "mix format",
            "elixir",
            ("mix", "format", "--check-formatted"),
            mended="--check-formatted" not in words,
        )
    if mode == "credo":
        plainly = re.sub(r" --format[= ](sarif|json|flycheck)\b", "", " ".join(words))
        return ToolLine("lint", "mix credo", "elixir", tuple(plainly.split()))
    if mode == "dialyzer":
        return ToolLine("types", "mix dialyzer", "elixir", ("mix", "dialyzer"))
    if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", mode) and "--check" in words[2:]:
        return ToolLine("lint", f"mix {mode}", "elixir", static(words, ("mix", mode, "--check")))
    if mode == "sobelow" and any(w.startswith("--exit") for w in words):
        return ToolLine("lint", "mix sobelow", "elixir", words)
    if mode == "compile" and any("warning" in w for w in words):
        return ToolLine("lint", "mix compile", "elixir", words)
    return None


def _dotnet(words: Words) -> ToolLine | None:
    if words[1:2] == ("test",):
        return ToolLine("test", "dotnet test", "dotnet", static(words, ("dotnet", "test")))
    if words[1:2] == ("format",) and "--verify-no-changes" in words:
        return ToolLine("lint", "dotnet format", "dotnet", words)
    rest = tuple(w for w in words[1:] if w != "tool" and w != "run")
    if rest[:1] == ("csharpier",):
        checks = {"--check", "check"} & set(words)
        return ToolLine("lint", "csharpier", "dotnet", words, mended=False) if checks else None
    return None


def _ctest(words: Words) -> ToolLine | None:
    return ToolLine("test", "ctest", "cmake", words)


_NETWORK = "it needs the network"


RULES: dict[str, Rule] = {
    "go": _go,
    "golangci-lint": _golangci,
    "gofmt": _gofmt,
    "gofumpt": _gofmt,
    "goimports": _gofmt,
    "staticcheck": plain("lint", "go", "./..."),
    "revive": plain("lint", "go", "./..."),
    **{n: plain("lint", "go", "./...") for n in ("errcheck", "ineffassign", "gosec", "nilaway", "unparam", "faillint")},
    "golint": lambda words: plain("lint", "go", "./...")(words) if "-set_exit_status" in words else None,
    "misspell": lambda words: plain("lint", "go", ".")(words) if "-error" in words else None,
    "govulncheck": plain("lint", "go", "./...", skip=_NETWORK),
    "gotestsum": lambda words: ToolLine("test", "go test", "go", ("go", "test", "./...")),
    "richgo": lambda words: _go(("go", *words[1:])),
    "cargo": cargo,
    "rustfmt": rustfmt,
    "mvn": _maven,
    "mvnw": _maven,
    "gradle": _gradle,
    "gradlew": _gradle,
    "rake": _rake,
    "ruby": _ruby_script,
    "rspec": _ruby("test"),
    "cucumber": _ruby("test"),
    "rubocop": _ruby("lint"),
    "standardrb": _ruby("lint"),
    **dict.fromkeys(("erb_lint", "erblint", "haml-lint", "slim-lint", "reek"), _ruby("lint")),
    "brakeman": lambda words: None if "--no-exit-on-warn" in words else _ruby("lint")(words),
    "herb": lambda words: _ruby("lint")(words) if words[1:2] in (("analyze",), ("lint",)) else None,
    "i18n-tasks": lambda words: (
        _ruby("lint")(words) if re.match(r"health|unused|missing|check-", " ".join(words[1:2])) else None
    ),
    "steep": only("types", "ruby", "check"),
    "srb": only("types", "ruby", "tc"),
    "rails": lambda words: _rails(words),
    "php": _artisan,
    "mago": _mago,
    "paratest": _php("test"),
    "codecept": lambda words: _php("test")(words) if words[1:2] == ("run",) else None,
    "phpunit": _php("test"),
    "simple-phpunit": _php("test"),
    "pest": _php("test"),
    "phpcs": _php("lint"),
    "parallel-lint": _php("lint"),
    "php-cs-fixer": _php_fixer,
    "ecs": _php("lint"),
    **{n: _php("lint") for n in ("phpmd", "phpcpd", "deptrac", "twigcs", "php-parallel-lint")},
    "twig-cs-fixer": lambda words: _php("lint")(words) if words[1:2] == ("lint",) else None,
    "rector": lambda words: _php("lint")(words) if "--dry-run" in words or "-n" in words else None,
    "pint": _php_fixer,
    "phpstan": _php("types"),
    "psalm": _php("types"),
    "phan": _php("types"),
    "mix": _mix,
    "dotnet": _dotnet,
    "ctest": _ctest,
}
