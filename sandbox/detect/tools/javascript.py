"""Rules for the tools of JavaScript and TypeScript."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from sandbox.detect.tools.call import (
    SNAPSHOTS,
    CheckKind,
    Rule,
    ToolLine,
    Words,
    flags,
    formatter,
    plain,
    rewrites,
    static,
)

_E2E = "needs a browser or a running application"
_WATCHES = "starts a watcher that never ends"
_RUNNERS = (
    *("vitest", "jest", "mocha", "ava", "tap", "tape", "jasmine", "borp", "uvu", "lab", "qunit"),
    *("aegir", "poku", "brittle", "japa"),
)
_BROWSERS = ("cypress", "playwright", "wdio", "nightwatch", "karma", "testcafe", "wtr")
_CHECKERS = ("type-coverage", "glint", "ember-tsc", "flow", "svelte-check", "tsd", "tstyche", "dtslint")
_LINTERS = (
    *("eslint", "xo", "standard", "ts-standard", "semistandard", "neostandard", "oxlint", "tslint", "rslint"),
    *("stylelint", "jshint", "markdownlint", "markdownlint-cli2", "knip"),
    *("madge", "npmpkgjsonlint", "npmPkgJsonLint", "ember-template-lint", "lit-analyzer", "jscpd", "ls-lint", "alex"),
    *(
        "sherif",
        "htmlhint",
        "lockfile-lint",
        "depcheck",
        "dependency-cruiser",
        "depcruise",
        "syncpack",
        "addons-linter",
    ),
)


def _tsc(words: Words) -> ToolLine | None:
    if "--watch" in words or "-w" in words:
        return None
    words = tuple(w for w in words if w not in ("$@", "$*"))  # what the caller of a recipe gives, which is nothing
    return ToolLine("types", words[0], "javascript", static(words, (words[0], "--noEmit")))


def _node(words: Words) -> ToolLine | None:
    if "--test" in words:
        clean = tuple(w for w in words if not SNAPSHOTS.fullmatch(w))
        skip = _WATCHES if "--watch" in words else ""
        return ToolLine("test", "node --test", "javascript", _whole(clean), mended=clean != words, skip=skip)
    script = next((w for w in words[1:] if not w.startswith("-")), "")
    after = words[words.index(script) + 1 :] if script else ()
    if after and after[0] in RULES and "/" not in after[0]:
        # A script of the project's own that sets something up and then runs the tool.
        inner = RULES[after[0]](after)
        return replace(inner, words=words) if inner and not inner.skip else inner
    if script.startswith(".github/") or _ABOUT.search(script):
        return None
    if re.search(r"(^|/)_?(mocha|jest|vitest|ava|tap|jasmine)(\.m?js|\.cjs)?$", script):
        return ToolLine("test", "node runner", "javascript", words)
    if re.search(
        r"(^|/)tests?(/(index|run|all|main))?(\.[cm]?[jt]s)?$"
        r"|(^|/)(run[-_]?)?(all[-_]?|unit[-_]?)*[tT]ests?([-_.]+[^\W_]+)*\.[cm]?[jt]s$|[-_.]tests?\.[cm]?[jt]s$",
        script,
    ):
        return ToolLine("test", "node script", "javascript", words)
    return None


_ABOUT = re.compile(
    r"(^|/)(detect|comment|report|upload|summar\w+|collect|merge|list|find|split|publish|update|generate|gen|fix|sort|rename|migrate)"
    r"[-_][^/]*$"
)
"""Scripts that are about the tests, and do something else with them than to run them."""


def _deno(words: Words) -> ToolLine | None:
    if words[1:2] == ("fmt",):
        checks = "--check" in words
        line = words if checks else ("deno", "fmt", "--check", *words[2:])
        return ToolLine("lint", "deno fmt", "deno", line, mended=not checks)
    rest = tuple(w for w in words if w not in ("--fix", "--watch", "-u", "--update"))
    if words[1:2] in (("lint",), ("test",)) and rest != words:
        return ToolLine("lint" if words[1] == "lint" else "test", f"deno {words[1]}", "deno", rest, mended=True)
    kinds: dict[str, CheckKind] = {"test": "test", "lint": "lint", "check": "types"}
    kind = kinds.get(words[1] if len(words) > 1 else "")
    return ToolLine(kind, f"deno {words[1]}", "deno", words) if kind else None


def _runner(words: Words) -> ToolLine | None:
    if "--watch" in words or words[1:2] in (("watch",), ("dev",), ("bench",)):
        return ToolLine("test", words[0], "javascript", words, skip=_WATCHES)
    clean = _kept_snapshots(words)
    if "--typecheck.only" in words:
        return ToolLine("types", "vitest --typecheck.only", "javascript", _whole(clean), mended=clean != words)
    return ToolLine("test", words[0], "javascript", _whole(clean), mended=clean != words)


def _kept_snapshots(words: Words) -> Words:
    """The call without what has it rewrite its snapshots; `-u` of mocha and tape is another thing."""
    if words[0] in ("mocha", "tape", "qunit", "node"):
        return words
    return tuple(w for w in words if not SNAPSHOTS.fullmatch(w))


def _whole(words: Words) -> Words:
    """The call without the shard that one leg of CI's matrix takes."""
    return tuple(
        word
        for before, word in pairwise(("", *words))
        if not word.startswith("--shard=") and word != "--shard" and not (before == "--shard" and "/" in word)
    )


def _bun(words: Words) -> ToolLine | None:
    if words[1:2] != ("test",):
        return None
    clean = _kept_snapshots(words)
    skip = _WATCHES if "--watch" in words or "--hot" in words else ""
    return ToolLine("test", "bun test", "javascript", clean, mended=clean != words, skip=skip)


def _biome(words: Words) -> ToolLine | None:
    mode = words[1] if len(words) > 1 else ""
    if mode not in ("check", "lint", "ci", "format") or "--suppress" in words:
        return None
    mended = any(map(rewrites, words))
    return ToolLine("lint", f"biome {mode}", "javascript", flags(words), mended=mended)


def _prettier(words: Words) -> ToolLine | None:
    checks = {"--check", "-c", "-l", "--list-different"}
    writes = bool({"--write", "-w"} & set(words))
    if checks & set(words) and not writes:
        return ToolLine("lint", "prettier", "javascript", static(flags(words), ("prettier", "--check", ".")))
    if writes:
        clean = ("prettier", "--check", *(w for w in flags(words[1:]) if w not in checks))
        return ToolLine("lint", "prettier", "javascript", clean, mended=True) if static(clean, ()) else None
    return None


def _workspaces(words: Words) -> ToolLine | None:
    """A script run in many packages at once. Its name is all there is to go by: the bodies are many."""
    spread = words[0] in ("turbo", "nx", "lerna", "wsrun", "ultra") or any(_SPREAD.match(w) for w in words)
    if not spread or any(re.search(r"fix|write|watch", w) for w in words):
        return None
    for word in words[1:]:
        for kind, pattern in _BY_NAME.items():
            if re.fullmatch(pattern, word.removeprefix("--target=").removeprefix("--targets=")):
                return ToolLine(kind, f"workspaces {kind}", "javascript", words)
    return None


_SPREAD = re.compile(r"(-r|--recursive|--filter(=.*)?|-F|--workspaces|-ws|workspaces|--parallel)$")
_BY_NAME: dict[CheckKind, str] = {
    "test": r"tests?([:_-](unit|ci|run))?|unit",
    "lint": r"(eslint|lint)([:_-](check|js|ts|all|ci|eslint))?|format[:_-]check|check[:_-](format|lint)",
    "types": r"(check|lint|test)?[:_-]?(types?|tsc)([:_-]?check)?|type-?check|check-types|tsc",
}


def _framework(words: Words) -> ToolLine | None:
    """The command of a framework that wraps a tool: `react-scripts test`, `ng lint`, `astro check`."""
    mode = words[1] if len(words) > 1 else ""
    if re.fullmatch(r"test(:unit|-unit-js)?", mode):
        skip = _E2E if words[0] in ("ng", "ember") else ""
        kept = _kept_snapshots(words)
        return ToolLine("test", words[0], "javascript", _whole(kept), mended=kept != words, skip=skip)
    if re.fullmatch(r"lint(-js|-style)?", mode):
        clean = tuple(w for w in words if not rewrites(w))
        fixes = clean != words
        if words[0] == "vue-cli-service" and "--no-fix" not in words:
            clean, fixes = (*clean, "--no-fix"), True
        return ToolLine("lint", f"{words[0]} {mode}", "javascript", clean, mended=fixes)
    if re.fullmatch(r"typecheck|check", mode) and words[0] in ("astro", "nuxt", "nuxi", "react-router"):
        return ToolLine("types", words[0], "javascript", words)
    return None


def _vite_plus(words: Words) -> ToolLine | None:
    mode = words[1] if len(words) > 1 else ""
    kinds: dict[str, CheckKind] = {"test": "test", "check": "lint", "lint": "lint"}
    if mode == "fmt" and "--check" not in words:
        return None
    kind = kinds.get(mode, "lint" if mode == "fmt" else "test")
    if mode not in (*kinds, "fmt") or "--watch" in words:
        return None
    return ToolLine(kind, f"vp {mode}", "javascript", flags(_whole(words)), mended="--fix" in words)


def _browser(words: Words) -> ToolLine | None:
    if words[1:2] in (("install",), ("install-deps",), ("info",), ("verify",), ("open",), ("codegen",)):
        return None
    return plain("test", "javascript", skip=_E2E)(words)


def _dprint(words: Words) -> ToolLine | None:
    return ToolLine("lint", "dprint", "javascript", words) if words[1:2] == ("check",) else None


_FRAMEWORKS = (
    *("react-scripts", "craco", "react-app-rewired", "vue-cli-service", "wp-scripts", "tsdx", "ng", "ember", "next"),
    *("astro", "nuxt", "nuxi", "kcd-scripts", "expo", "hardhat", "react-router", "umi-test", "father"),
)


RULES: dict[str, Rule] = {
    **dict.fromkeys(_FRAMEWORKS, _framework),
    "dprint": _dprint,
    "vp": _vite_plus,
    **dict.fromkeys(("turbo", "nx", "lerna", "wsrun", "ultra", "npm", "pnpm", "yarn", "bun"), _workspaces),
    "tsc": _tsc,
    "oxfmt": formatter("javascript", "--check", "--list-different"),
    "vue-tsc": _tsc,
    "tsgo": _tsc,
    "node": _node,
    "deno": _deno,
    "bun": lambda words: _bun(words) or _workspaces(words),
    "biome": _biome,
    "prettier": _prettier,
    **{name: plain("lint", "javascript") for name in _LINTERS},
    "cspell": lambda words: None if "--file-list" in words else plain("lint", "javascript")(words),
    **{name: plain("types", "javascript") for name in _CHECKERS},
    **dict.fromkeys(_RUNNERS, _runner),
    **dict.fromkeys(_BROWSERS, _browser),
}
