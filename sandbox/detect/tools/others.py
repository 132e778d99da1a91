"""Rules for the tools of Go, Rust, the JVM, Ruby, PHP, Elixir, .NET and CMake."""

from __future__ import annotations

import re
from itertools import pairwise

from sandbox.detect.tools.call import FIXING, Call, CheckKind, Rule, Words, flags, only, plain, static

_GRADLE_TEST = re.compile(r"(^|:)(test|check|build|jvmTest|allTests)$")
_GRADLE_LINT = re.compile(
    r"(^|:)(spotlessCheck|checkstyle\w*|detekt\w*|ktlint\w*|pmdMain|spotbugsMain|lintKotlin|apiCheck|lint|lintDebug)$"
)


def _go(words: Words) -> Call | None:
    mode = words[1] if len(words) > 1 else ""
    if mode == "test" and not any(w.startswith(("-bench", "-fuzz", "--fuzz")) for w in words):
        return Call("test", "go test", "go", words)
    if mode == "vet":
        return Call("lint", "go vet", "go", static(flags(words), ("go", "vet", "./...")))
    if mode in ("run", "tool") and len(words) > 2:
        tool = words[2].split("@")[0].rsplit("/", 1)[-1]
        return RULES[tool]((tool, *words[3:])) if tool in RULES else None
    return None


def _golangci(words: Words) -> Call | None:
    if any(re.match(r"--issues-exit-code[= ]?0", f"{w} {after}") for w, after in pairwise((*words, ""))):
        return None
    if words[1:2] == ("fmt",) or (len(words) > 1 and words[1] not in ("run",) and not words[1].startswith("-")):
        return None
    return Call(
        "lint",
        "golangci-lint",
        "go",
        ("golangci-lint", "run", "./...")
        if "--fix" in words or len(words) < 3
        else static(flags(words), ("golangci-lint", "run")),
    )


def _gofmt(words: Words) -> Call | None:
    if not {"-l", "-d"} & set(words):
        return None
    # Its exit code says nothing about what it lists. A formatter that is missing lists nothing, which is no pass.
    found = f'found=$({words[0]} -l .) && echo "$found" && test -z "$found"'
    return Call("lint", words[0], "go", words, raw=found)


def _cargo(words: Words) -> Call | None:
    rest = tuple(w for w in words[1:] if not w.startswith("+"))
    mode = rest[0] if rest else ""
    cross = any(w.startswith(("--target", "--manifest-path", "--no-run")) for w in rest)
    if mode == "test" or rest[:2] == ("nextest", "run"):
        return None if cross else Call("test", "cargo test", "rust", ("cargo", *rest))
    if mode == "clippy":
        return Call("lint", "clippy", "rust", static(("cargo", *rest), ("cargo", "clippy", "--all-targets")))
    if mode == "fmt":
        check = rest if "--check" in rest else ("fmt", "--all", "--check")
        return Call(
            "lint",
            "cargo fmt",
            "rust",
            static(("cargo", *check), ("cargo", "fmt", "--all", "--check")),
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
    left_out = {after for word, after in pairwise(words) if word == "-x"}
    goals = [w for w in words[1:] if not w.startswith("-") and w not in left_out]
    linters = [g for g in goals if _GRADLE_LINT.search(g)]
    if linters:
        return Call("lint", "gradle lint", "gradle", ("./gradlew", *linters))
    if "test" not in left_out and any(_GRADLE_TEST.search(g) for g in goals):
        return Call("test", "gradle test", "gradle", words)
    return None


def _rake(words: Words) -> Call | None:
    goals = [w for w in words[1:] if not w.startswith("-") and "=" not in w]
    if any(re.search(r"rubocop|standard|lint", g) for g in goals):
        return Call("lint", "rake lint", "ruby", ("bundle", "exec", *words))
    if not goals or any(re.fullmatch(r"(default|test|spec|ci)(:\w+)?", g) for g in goals):
        return Call("test", "rake", "ruby", ("bundle", "exec", "rake", *goals))
    return None


def _ruby_script(words: Words) -> Call | None:
    script = next((w for w in words[1:] if not w.startswith("-")), "")
    if not re.search(r"(^|/)(test|spec)s?/.*\.rb$|(^|/)(run_)?(all_)?tests?(_all|_runner)?\.rb$", script):
        return None
    return Call("test", "ruby", "ruby", static(words, ("ruby", "-Itest", script)))


def _ruby(kind: CheckKind) -> Rule:
    def rule(words: Words) -> Call | None:
        return Call(
            kind,
            words[0],
            "ruby",
            ("bundle", "exec", *static(flags(words), words[:1])),
            mended=any(w in FIXING for w in words),
        )

    return rule


def _php(kind: CheckKind) -> Rule:
    def rule(words: Words) -> Call | None:
        clean = static(flags(words), words[:1])
        return Call(kind, words[0], "php", (f"vendor/bin/{words[0]}", *clean[1:]))

    return rule


def _artisan(words: Words) -> Call | None:
    """`php artisan test`, by whatever path artisan is called."""
    script = words[1] if len(words) > 1 else ""
    if script.removeprefix("./") == "artisan" and words[2:3] == ("test",):
        return Call("test", "artisan", "php", static(words, ("php", "artisan", "test")))
    return None


def _mago(words: Words) -> Call | None:
    mode = next((w for w in words[1:] if not w.startswith("-")), "")
    if mode in ("format", "fmt"):
        checks = {"--check", "-c", "--dry-run", "-d"} & set(words)
        return Call("lint", "mago format", "php", ("vendor/bin/mago", "format", "--check"), mended=not checks)
    if mode in ("lint", "analyze", "analyse"):
        kind: CheckKind = "lint" if mode == "lint" else "types"
        clean = tuple(w for w in flags(words[1:]) if w not in ("--potentially-unsafe",))
        return Call(kind, f"mago {mode}", "php", ("vendor/bin/mago", *static(clean, (mode,))))
    return None


def _php_fixer(words: Words) -> Call | None:
    check = "--test" if words[0] == "pint" else "--dry-run"
    mended = not {check, "check"} & set(words)
    tail = (check,) if mended else ()
    return Call(
        "lint",
        words[0],
        "php",
        (f"vendor/bin/{words[0]}", *static(flags(words[1:]), ("fix",) if words[0] != "pint" else ()), *tail),
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
        return Call("test", "dotnet test", "dotnet", static(words, ("dotnet", "test")))
    if words[1:2] == ("format",) and "--verify-no-changes" in words:
        return Call("lint", "dotnet format", "dotnet", words)
    return None


def _ctest(words: Words) -> Call | None:
    return Call("test", "ctest", "cmake", words)


RULES: dict[str, Rule] = {
    "go": _go,
    "golangci-lint": _golangci,
    "gofmt": _gofmt,
    "gofumpt": _gofmt,
    "goimports": _gofmt,
    "staticcheck": plain("lint", "go", "./..."),
    "revive": plain("lint", "go", "./..."),
    "gotestsum": lambda words: Call("test", "go test", "go", ("go", "test", "./...")),
    "richgo": lambda words: _go(("go", *words[1:])),
    "cargo": _cargo,
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
    "steep": only("types", "ruby", "check"),
    "srb": only("types", "ruby", "tc"),
    "rails": only("test", "ruby", "test", "spec"),
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
    "pint": _php_fixer,
    "phpstan": _php("types"),
    "psalm": _php("types"),
    "phan": _php("types"),
    "mix": _mix,
    "dotnet": _dotnet,
    "ctest": _ctest,
}
