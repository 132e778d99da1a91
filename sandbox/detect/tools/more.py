"""Rules for languages that are known by one table: Dart, Haskell, OCaml, Scala, Clojure, Perl, R and their like."""

from __future__ import annotations

import re
from itertools import pairwise

from sandbox.detect.tools.call import CheckKind, Rule, ToolLine, Words, flags, only, plain, rewrites, static


def _modes(ecosystem: str, **kinds: str) -> Rule:
    """A program whose first argument says what it does: `test="test spec", lint="analyze"`."""

    def rule(words: Words) -> ToolLine | None:
        mode = next((w for w in words[1:] if not w.startswith("-")), "")
        for kind in ("test", "lint", "types"):
            if mode in kinds.get(kind, "").split():
                key: CheckKind = kind
                clean = static(flags(words), (words[0], mode))
                return ToolLine(key, f"{words[0]} {mode}", ecosystem, clean, mended=any(map(rewrites, words)))
        return None

    return rule


def _stack(words: Words) -> ToolLine | None:
    """`stack test`, also as `stack build --test` spells it."""
    mode = next((w for w in words[1:] if not w.startswith("-")), "")
    builds = mode in ("build", "install") and "--test" in words
    if mode == "test":
        return _modes("haskell", test="test")(words)
    if not builds or {"--only-dependencies", "--no-run-tests", "--dry-run"} & set(words):
        return None
    return ToolLine("test", "stack test", "haskell", ("stack", "test"))


def _checking(ecosystem: str, formats: Words, check: Words, also: str = "") -> Rule:
    """A formatter, called as `formats`, that rewrites unless one of its checking flags is given."""

    def rule(words: Words) -> ToolLine | None:
        size = len(formats)
        if words[:size] != formats:
            return None
        checks = any(w.split("=")[0] in (*check, *also.split()) for w in words[size:])
        paths = tuple(w for w in words[size:] if not w.startswith("-")) or (".",)
        clean = words if checks else (*formats, *check, *paths)
        key = " ".join(formats)
        return ToolLine("lint", key, ecosystem, static(clean, (*formats, *check, ".")), mended=not checks)

    return rule


def _either(*rules: Rule) -> Rule:
    return lambda words: next((line for rule in rules if (line := rule(words))), None)


def _dart_format(words: Words) -> ToolLine | None:
    """It writes unless its output is none, though it is told to fail as well."""
    if words[1:2] != ("format",):
        return None
    width = ("-l", "--line-length", "--page-width")
    given = (("", words[1]), *pairwise(words[1:]))
    kept = tuple(w for _, w in given if w.split("=")[0] in width and "=" in w)
    kept += tuple(f"--line-length={w}" for before, w in given if before in width and w.isdigit())
    paths = tuple(
        w
        for before, w in given[1:]
        if not w.startswith("-") and w not in ("none", "show", "json") and before not in width
    ) or (".",)
    writes = not re.search(r"(-o|--output)[= ]?(none|show)", " ".join(words))
    line = ("dart", "format", "--output=none", "--set-exit-if-changed", *static(kept, ()), *static(paths, (".",)))
    return ToolLine("lint", "dart format", "dart", line, mended=writes and "--set-exit-if-changed" not in words)


def _covered(words: Words) -> ToolLine | None:
    """`dart pub global run coverage:test_with_coverage`, which runs the tests."""
    return ToolLine("test", "dart test", "dart", ("dart", "test")) if "coverage:test_with_coverage" in words else None


def _dune(words: Words) -> ToolLine | None:
    if words[1:2] in (("runtest",), ("test",)) or {"@runtest", "@test"} & set(words):
        return ToolLine("test", "dune runtest", "ocaml", static(words, ("dune", "runtest")))
    if words[1:2] == ("build",) and "@fmt" in words and not {"--auto-promote", "--auto"} & set(words):
        return ToolLine("lint", "dune fmt", "ocaml", ("dune", "build", "@fmt"))
    return None


def _sbt(words: Words) -> ToolLine | None:
    goals = [g.strip() for w in words[1:] if not w.startswith("-") for g in w.split(";") if g.strip()]
    linters = [
        g
        for g in goals
        if re.search(
            r"scalafmt(Sbt)?Check|scalafix.*--check|scalafixCheck(All)?$|scalastyle|headerCheck|un(used|declared)CompileDependenciesTest|githubWorkflowCheck|^\+?validateCode$|^(check|lint)(Style|Format|Code)$",
            g,
        )
    ]
    if linters:
        return ToolLine("lint", f"sbt {' '.join(linters)}", "scala", ("sbt", *linters))
    if any(
        re.fullmatch(r"(\+\+?)?\s*(\S*[/:])?(test(Full|JVM|All)?|testOnly\b.*|check|ci(JVM|Test)?)", g, re.I)
        for g in goals
    ):
        return ToolLine("test", "sbt test", "scala", static(("sbt", *goals), ("sbt", "test")))
    return None


def _clojure(words: Words) -> ToolLine | None:
    """The tests' alias, or a linter's: `clojure -M:kondo --lint src`."""
    aliases = " ".join(w for w in words[1:] if re.match(r"-[A-Z]*:?", w) and ":" in w)
    last = aliases.rpartition(":")[2]  # whose program is run
    if re.search(r"eastwood|kibit|bikeshed|splint|reflection", last) and "-X" not in aliases:
        return ToolLine("lint", last, "clojure", words) if static(words, ()) else None
    started = next((after for word, after in pairwise((*words, "")) if word in ("-m", "--main")), "test")
    if "--lint" in words and not {"--copy-configs", "--dependencies"} & set(words):
        return ToolLine("lint", "clj-kondo", "clojure", words) if static(words, ()) else None
    if "cljfmt" in aliases or re.search(r"cljfmt\.(main|tool)", " ".join(words)):
        return ToolLine("lint", "cljfmt", "clojure", words) if "check" in words else None
    if re.match(r"-[A-Z]", aliases) and re.search(r"test|kaocha", last) and re.search(r"test|kaocha|runner", started):
        return ToolLine("test", "clojure test", "clojure", static(words, words[:1]))
    return None


def _lein_kondo(words: Words) -> ToolLine | None:
    known = words[1:2] == ("clj-kondo",) and static(words, ())
    return ToolLine("lint", "clj-kondo", "clojure", words) if known else None


def _lein(words: Words) -> ToolLine | None:
    """An alias of the project's that says it tests, also behind profiles."""
    rest = words[3:] if words[1:2] == ("with-profile",) else words[1:]
    if not any(re.fullmatch(r"([\w-]+-)?tests?(-[\w-]+)?", w) for w in rest[:3]) or re.search(
        r"brows|watch", " ".join(rest)
    ):
        return None
    return ToolLine("test", "lein test", "clojure", static(words, ("lein", "test")))


def _checks(words: Words) -> bool:
    """`--mode check` and `--mode=check`."""
    return any(w == "check" or w.endswith("=check") for w in words)


def _zig(words: Words) -> ToolLine | None:
    if words[1:2] == ("test",) or (words[1:2] == ("build",) and "test" in words[2:]):
        return ToolLine("test", "zig test", "zig", static(words, ("zig", "build", "test")))
    return None


def _r(words: Words) -> ToolLine | None:
    script = " ".join(words[1:])
    if re.search(r"\b(lint_package|lint_dir|style_pkg\(.*dry)", script):
        return ToolLine("lint", "lintr", "r", words)
    if re.search(
        r"(devtools::|testthat::|tinytest::|\b)(test|check|rcmdcheck|test_local|test_dir|test_package)\(", script
    ):
        return ToolLine("test", "R tests", "r", static(words, ("Rscript", "-e", "devtools::test()")))
    if words[1:3] == ("CMD", "check"):
        return ToolLine("test", "R tests", "r", ("Rscript", "-e", "devtools::test()"))
    return None


def _julia(words: Words) -> ToolLine | None:
    if any(re.search(r"Pkg\.test\(|test/runtests\.jl|^test$", w) for w in words[1:]):
        return ToolLine("test", "julia test", "julia", words)
    return None


def _shellcheck(words: Words) -> ToolLine | None:
    if not any(re.search(r"\.(ba|k|da|z)?sh$|\*", w) for w in words[1:]):
        return None  # a directory is nothing that it reads
    return _globbed("shellcheck", words)


def _shfmt(words: Words) -> ToolLine | None:
    return _globbed("shfmt", words) if {"-d", "--diff"} & set(words) and "-w" not in words else None


def _globbed(key: str, words: Words) -> ToolLine | None:
    """A call whose patterns the shell is left to fill in."""
    line = " ".join(words)
    return ToolLine("lint", key, "shell", words, raw=line) if re.fullmatch(r"[\w@%+=:,./*? -]+", line) else None


def _bats(words: Words) -> ToolLine | None:
    paths = [w for w in words[1:] if not w.startswith("-") and not re.search(r"[$`]", w)]
    return ToolLine("test", "bats", "shell", words) if paths and "$" not in " ".join(words) else None


def _nvim(words: Words) -> ToolLine | None:
    """Neovim as the runner of a plug-in's tests: plenary's, mini.test's, or a script of the tests."""
    line = " ".join(words)
    runs = re.search(r"Plenary(Busted|Test)|MiniTest|busted|\brun_tests?\b", line)
    script = re.search(r"(^|\s)-[lS]\s+\S*(tests?|spec|minit)\b\S*", line)
    if not {"--headless", "-l", "-es"} & set(words) or not (runs or script) or "$" in line:
        return None
    return ToolLine("test", "nvim tests", "lua", words)


def _prove(words: Words) -> ToolLine | None:
    """Without what only writes the results in another form, which are plug-ins."""
    line = " ".join(words)
    plainly = re.sub(r" (--(formatter|harness|archive)[= ]\S+|-a \S+|--(merge|timer|verbose|quiet)\b)", "", line)
    return ToolLine("test", "prove", "perl", static(tuple(plainly.split()), ("prove", "-lr", "t")))


def _pester(words: Words) -> ToolLine | None:
    if re.search(r"\bInvoke-Pester\b", " ".join(words)):
        return ToolLine("test", "pester", "powershell", ("pwsh", "-NoProfile", "-Command", "Invoke-Pester -CI"))
    return None


def _script_analyzer(words: Words) -> ToolLine | None:
    """It says by its exit code what it finds only where it is asked to."""
    line = " ".join(words)
    if "-EnableExit" not in words or "-Fix" in words or re.search(r"[$'\"`;|]", line):
        return None
    return ToolLine("lint", "PSScriptAnalyzer", "powershell", ("pwsh", "-NoProfile", "-Command", line))


def _clang_format(words: Words) -> ToolLine | None:
    dry = {"--dry-run", "-n"} & set(words) and {"-Werror", "--Werror"} & set(words)
    paths = [w for w in words[1:] if not w.startswith("-")]
    if not dry or not paths or re.search(r"[$`]", " ".join(words)):
        return None
    return ToolLine("lint", "clang-format", "native", words)


_COMPILED = "it takes the commands with which a build of its own compiles each file"
_LINTS = re.compile(
    r"(\w+[-_])?(lint|cpplint|cppcheck|clang[-_]?tidy|iwyu|clang[-_]?format[-_]check|check[-_](clang[-_]?)?(format|style)|format[-_]check)"
    r"([-_]\w+)?",
    re.I,
)


def _cmake(words: Words) -> ToolLine | None:
    """A target of the build that lints, built where the set-up has configured it."""
    if words[1:2] != ("--build",):
        return None
    target = next((after for flag, after in pairwise((*words, "")) if flag in ("--target", "-t")), "")
    if len(target) > 60 or not _LINTS.fullmatch(target) or re.search(r"fix|apply", target):
        return None
    return ToolLine("lint", f"cmake {target}", "native", ("cmake", "--build", "build", "--target", target))


RULES: dict[str, Rule] = {
    "cmake": _cmake,
    "dart": _either(
        _modes("dart", test="test", lint="analyze"),
        _dart_format,
        _covered,
    ),
    "flutter": _modes("dart", test="test", lint="analyze"),
    "very_good": _modes("dart", test="test"),
    "cabal": _modes("haskell", test="test v2-test"),
    "stack": _stack,
    "hlint": lambda words: plain("lint", "haskell", ".")(tuple(w for w in words if not w.startswith("--report"))),
    "ormolu": lambda words: ToolLine("lint", "ormolu", "haskell", words) if _checks(words) else None,
    "fourmolu": lambda words: ToolLine("lint", "fourmolu", "haskell", words) if _checks(words) else None,
    "dune": _dune,
    "sbt": _sbt,
    "scalafmt": _checking("scala", ("scalafmt",), ("--check",), "--test --list"),
    "lein": _either(
        _lein,
        _modes("clojure", test="test midje kaocha", lint="eastwood kibit bikeshed"),
        _lein_kondo,
        lambda words: ToolLine("lint", "cljfmt", "clojure", words) if words[1:3] == ("cljfmt", "check") else None,
    ),
    "cljfmt": lambda words: ToolLine("lint", "cljfmt", "clojure", words) if "check" in words else None,
    "cljstyle": lambda words: ToolLine("lint", "cljstyle", "clojure", words) if "check" in words else None,
    "make": _modes("erlang", test="ct eunit", types="dialyze", lint="xref"),
    "clojure": _clojure,
    "clj": _clojure,
    "bb": _modes("clojure", test="test"),
    "clj-kondo": lambda words: ToolLine("lint", "clj-kondo", "clojure", words) if "--lint" in words else None,
    "erlfmt": lambda words: ToolLine("lint", "erlfmt", "erlang", words) if {"--check", "-c"} & set(words) else None,
    "elvis": only("lint", "erlang", "rock"),
    "ocamlformat": lambda words: ToolLine("lint", "ocamlformat", "ocaml", words) if "--check" in words else None,
    "rebar3": _modes("erlang", test="eunit ct proper", lint="xref lint", types="dialyzer"),
    "zig": _either(_zig, _checking("zig", ("zig", "fmt"), ("--check",))),
    "busted": plain("test", "lua"),
    "vusted": plain("test", "lua"),
    "nvim": _nvim,
    "luacheck": plain("lint", "lua", "."),
    "stylua": _checking("lua", ("stylua",), ("--check",), "-c"),
    "selene": plain("lint", "lua", "."),
    "prove": _prove,
    "yath": only("test", "perl", "test"),
    "dzil": only("test", "perl", "test"),
    "perlcritic": plain("lint", "perl", "lib"),
    "bats": _bats,
    "shellspec": plain("test", "shell"),
    "shellcheck": _shellcheck,
    "shfmt": _shfmt,
    "Rscript": _r,
    "R": _r,
    "julia": _julia,
    "nimble": _modes("nim", test="test"),
    "crystal": _either(
        _modes("crystal", test="spec"), _checking("crystal", ("crystal", "tool", "format"), ("--check",))
    ),
    "ameba": plain("lint", "crystal"),
    "gleam": _either(_modes("gleam", test="test"), _checking("gleam", ("gleam", "format"), ("--check",))),
    "elm-test": plain("test", "elm"),
    "elm-review": plain("lint", "elm"),
    "elm-format": _checking("elm", ("elm-format",), ("--validate",)),
    "forge": _either(_modes("solidity", test="test"), _checking("solidity", ("forge", "fmt"), ("--check",))),
    "helm": _modes("helm", test="unittest", lint="lint"),
    "pants": _modes("pants", test="test", lint="lint", types="check"),
    "buck2": only("test", "buck2", "test"),
    "pwsh": _pester,
    "Invoke-Pester": _pester,
    "Invoke-ScriptAnalyzer": _script_analyzer,
    "clang-format": _clang_format,
    **dict.fromkeys(("run-clang-tidy", "clang-tidy"), plain("lint", "native", skip=_COMPILED)),
    "cppcheck": lambda words: (
        ToolLine("lint", "cppcheck", "native", words)
        if any(w.startswith("--error-exitcode") for w in words) and "$" not in " ".join(words)
        else None
    ),
}
