"""Rules for the tools of Bazel, Swift, Terraform and Ansible."""

from __future__ import annotations

import re
from itertools import pairwise

from sandbox.detect.tools.call import Rule, ToolLine, Words, flags, only, plain, static


def _bazel(words: Words) -> ToolLine | None:
    goals = [w for w in words[1:] if not w.startswith("-")]
    if goals[:1] == ["test"]:
        targets = [w for w in goals[1:] if re.match(r"(//|@|:|\.\.\.)", w)]
        configs = [w for w in words[1:] if w.startswith(("--config=", "--test_tag_filters=", "--build_tests_only"))]
        left = [w for w in words if w.startswith("-//")]
        after = ["--", *left] if left else []
        clean = ("bazel", "test", *configs, *(after[:1]), *(targets or ["//..."]), *after[1:])
        return ToolLine("test", "bazel test", "bazel", static(clean, ("bazel", "test", "//...")))
    if goals[:1] == ["run"] and any(re.search(r"buildifier.*(check|lint|test)", w) for w in goals[1:]):
        return ToolLine("lint", "buildifier", "bazel", words)
    return None


def _buildifier(words: Words) -> ToolLine | None:
    checks = any(w.lstrip("-") in ("mode=check", "mode=diff", "lint=warn") for w in words)
    return ToolLine("lint", "buildifier", "bazel", words) if checks else None


def _swift(words: Words) -> ToolLine | None:
    if words[1:2] == ("test",):
        return ToolLine("test", "swift test", "swift", static(flags(words), ("swift", "test")))
    if words[1:3] == ("format", "lint") or (words[1:2] == ("format",) and "--lint" in words):
        return ToolLine("lint", "swift format", "swift", words)
    return None


def _swiftlint(words: Words) -> ToolLine | None:
    valued = ("--reporter", "--config", "--cache-path", "--baseline", "--working-directory", "--output")
    modes = [w for before, w in pairwise(words) if not w.startswith("-") and before not in valued]
    if modes[:1] not in ([], ["lint"]) and not re.search(r"[./]", modes[0]):
        return None  # `analyze` takes the log of a build
    return ToolLine("lint", words[0], "swift", static(flags(words), words[:1]), mended="--fix" in words)


def _swiftformat(words: Words) -> ToolLine | None:
    checks = bool({"--lint", "lint"} & set(words))
    clean = words if checks else (words[0], "--lint", *(w for w in words[1:] if w != "-i"))
    return ToolLine("lint", words[0], "swift", static(clean, (words[0], "--lint", ".")), mended=not checks)


def _terraform(words: Words) -> ToolLine | None:
    mode = next((w for w in words[1:] if not w.startswith("-")), "")
    if mode == "fmt":
        checks = {"-check", "--check", "-check=true"} & set(words)
        clean = words if checks else (words[0], "fmt", "-check", *(w for w in words[2:] if w != "-write=true"))
        return ToolLine("lint", f"{words[0]} fmt", "terraform", static(clean, words[:2]), mended=not checks)
    if mode == "validate":
        return ToolLine("types", f"{words[0]} validate", "terraform", (words[0], "validate"))
    if mode == "test":
        return ToolLine("test", f"{words[0]} test", "terraform", static(words, words[:2]))
    return None


def _molecule(words: Words) -> ToolLine | None:
    modes = [w for w in words[1:] if not w.startswith("-")]
    if modes[:1] not in (["test"], ["converge"], ["verify"]):
        return None
    clean = tuple(w for w in words if w not in ("--all", "--parallel")) if "$" in " ".join(words) else words
    return ToolLine("test", "molecule test", "ansible", static(("molecule", "test", *clean[2:]), ("molecule", "test")))


RULES: dict[str, Rule] = {
    "bazel": _bazel,
    "bazelisk": _bazel,
    "buildifier": _buildifier,
    "swift": _swift,
    "swiftlint": _swiftlint,
    "swiftformat": _swiftformat,
    "swift-format": only("lint", "swift", "lint"),
    "terraform": _terraform,
    "tofu": _terraform,
    "tflint": plain("lint", "terraform"),
    "molecule": _molecule,
    "ansible-lint": plain("lint", "ansible"),
}
