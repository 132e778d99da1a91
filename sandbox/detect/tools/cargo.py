"""Rules for cargo: its own commands, other runners of the same tests, and the tasks of a project's own program."""

from __future__ import annotations

import re
from itertools import pairwise

from sandbox.detect.tools.call import ToolLine, Words, rewrites, static

_REPORTS = (("report",), ("clean",), ("show-env",), ("run",))
_TEST_FLAGS = (
    *("--workspace", "--all", "--all-features", "--no-default-features"),
    *("--lib", "--bins", "--tests", "--examples", "--doc"),
)
_TEST_VALUES = ("--config", "--features", "-F", "-p", "--package", "--exclude", "--test", "--bin", "--example")


def cargo(words: Words) -> ToolLine | None:
    """What a call of cargo checks, and in which words it is run here; None where it checks nothing."""
    words = tuple(w for w in words if not w.startswith("+"))
    rest = _after_options(words[1:])
    if configured := _configured(words[1 : len(words) - len(rest)]):
        rest = (*rest[:1], *configured, *rest[1:])
    rest = _native(rest)
    mode = rest[0] if rest else ""
    cross = any(w.startswith(("--target", "--manifest-path", "--no-run")) for w in rest)
    if mode == "test":
        return None if cross else ToolLine("test", "cargo test", "rust", ("cargo", *rest))
    if rest[:2] in (("nextest", "run"), ("hack", "test"), ("insta", "test")) or mode in ("llvm-cov", "tarpaulin"):
        reports = mode == "llvm-cov" and rest[1:2] in _REPORTS
        return None if cross or reports else ToolLine("test", "cargo test", "rust", _as_test(rest))
    if mode == "clippy":
        until = rest.index("--") if "--" in rest else len(rest)  # behind it stand rustc's own flags: `-A deprecated`
        clean = (*(w for w in rest[:until] if not rewrites(w)), *rest[until:])
        line = static(("cargo", *clean), ("cargo", "clippy", "--all-targets"))
        return ToolLine("lint", "clippy", "rust", line, mended=clean != rest)
    if mode == "xtask" or (mode == "run" and "xtask" in rest and "--" in rest):
        return _xtask(rest[rest.index("--") + 1 :] if mode == "run" else rest[1:])
    if mode in ("deny", "audit", "vet", "semver-checks", "udeps", "outdated"):
        return ToolLine("lint", f"cargo {mode}", "rust", ("cargo", *rest), skip="it needs the network, or other builds")
    if mode in ("spellcheck", "machete") or (mode == "sort" and {"--check", "-c"} & set(rest)):
        passes = mode == "spellcheck" and not any(w.startswith(("--code", "-m")) for w in rest)
        kept = tuple(w for w in rest if not rewrites(w))
        found = ToolLine("lint", f"cargo {mode}", "rust", ("cargo", *kept), mended=kept != rest)
        return None if passes or "fix" in rest else found
    if mode == "fmt":
        check = rest if "--check" in rest else ("fmt", "--all", "--check")
        return ToolLine(
            "lint",
            "cargo fmt",
            "rust",
            static(("cargo", *check), ("cargo", "fmt", "--all", "--check")),
            mended="--check" not in rest,
        )
    return None


_HOSTS = re.compile(r"(x86_64|aarch64)-(unknown-linux-gnu|apple-darwin|pc-windows-(msvc|gnu))")
"""The machines that CI itself runs on: a call for one of them is what cargo does without being asked."""


def _native(words: Words) -> Words:
    """The words without the name of the machine that they are called on."""
    kept: list[str] = []
    for before, word in pairwise(("", *words)):
        if word == "--":
            return (*kept, *words[words.index("--") :])
        if before == "--target" and _HOSTS.fullmatch(word):
            kept.pop()
        elif not (word.startswith("--target=") and _HOSTS.fullmatch(word[9:])):
            kept.append(word)
    return tuple(kept)


def rustfmt(words: Words) -> ToolLine | None:
    """The formatter by itself, on the files that it is given."""
    given = any(w.endswith(".rs") or "*" in w for w in words[1:]) or words[-1:] == ("a.sh",)
    return ToolLine("lint", "rustfmt", "rust", words) if "--check" in words and given else None


def _xtask(rest: Words) -> ToolLine | None:
    """A task of the project's own program, which is known by its name alone."""
    name = rest[0] if rest else ""
    line = ("cargo", "xtask", *rest)
    if name in ("test", "tests"):
        return ToolLine("test", "cargo xtask", "rust", line)
    if re.search(r"(^|[-_])(fix|write|bless)($|[-_=\s])", " ".join(rest)):
        return None
    checks = re.fullmatch(r"lint|clippy|[\w-]+-check|check-[\w-]+|tidy", name)
    formats = re.fullmatch(r"fmt|format|rustfmt|codegen|assets|docgen|generate", name) and "--check" in rest
    return ToolLine("lint", f"cargo xtask {name}", "rust", line) if checks or formats else None


def _after_options(words: Words) -> Words:
    """Cargo's command, without what is given to cargo before it."""
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in ("--config", "--color", "-Z", "-C") else words[1:]
    return words


def _configured(options: Words) -> Words:
    """The files of settings that cargo is given, without which a profile or a target may not be known."""
    files = [after for word, after in pairwise((*options, "")) if word == "--config" and after.endswith(".toml")]
    return tuple(w for name in files if "$" not in name for w in ("--config", name))


def _as_test(rest: Words) -> Words:
    """What another runner of the same tests does, in the words of `cargo test`."""
    kept: list[str] = []
    for word, after in pairwise((*rest, "")):
        name, equals, _ = word.partition("=")
        if word == "--":
            break
        if word in _TEST_FLAGS or (name in _TEST_VALUES and equals):
            kept.append(word)
        elif word in _TEST_VALUES and after:
            kept += [word, after]
    behind = rest[rest.index("--") + 1 :] if "--" in rest else ()
    told = ["--include-ignored"] if "--include-ignored" in behind else []
    told += [w for flag, name in pairwise(behind) if flag == "--skip" for w in (flag, name)]
    return ("cargo", "test", *kept, *(["--", *told] if told else []))
