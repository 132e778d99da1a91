"""Rules for Nix: what a flake checks, builds as a test, or formats."""

from __future__ import annotations

import re

from sandbox.detect.tools.call import Rule, ToolLine, Words

_NOISE = re.compile(
    r"-L|--print-build-logs|--show-trace|--keep-going|-k|--accept-flake-config|--no-update-lock-file|--verbose|-v+"
    r"|--no-link|--impure-env.*|--log-format=.*"
)
_TESTED = re.compile(r"(^|[.#/_-])(checks?|(unit|vm|nixos|ci|all|integration)?-?tests?)([._/-]|$)", re.I)
_LINTED = re.compile(r"(^|[.#/_-])(lint\w*|fmt|format\w*|pre-commit\w*|treefmt|statix|deadnix)([._/-]|$)", re.I)


def _nix(words: Words) -> ToolLine | None:
    words = tuple(w for w in words if not _NOISE.fullmatch(w))
    if words[1:3] == ("flake", "check"):
        clean = tuple(w for w in words if "$" not in w and w not in ("--all-systems", "--option"))
        return ToolLine("test", "nix flake check", "nix", clean)
    if words[1:2] == ("fmt",):
        if {"--ci", "--fail-on-change"} & set(words):
            reason = "it rewrites the files that it checks"
            return ToolLine("lint", "nix fmt", "nix", words, skip=reason)
        return ToolLine("lint", "nix fmt", "nix", words) if {"--check", "-c"} & set(words) else None
    if words[1:2] in (("build",), ("run",)):
        local = [w for w in words[2:] if re.match(r"(path:)?\.[\w./-]*#", w) and "$" not in w]
        clean = (*words[:2], *local, *(words[words.index("--") :] if "--" in words[:-1] else ()))
        if "$" in " ".join(clean) or not local:
            return None
        if all(_LINTED.search(w) for w in local):
            return ToolLine("lint", f"nix {' '.join(local)}", "nix", clean)
        return ToolLine("test", f"nix {words[1]}", "nix", clean) if all(map(_TESTED.search, local)) else None
    return None


def _old(words: Words) -> ToolLine | None:
    """`nix-build -A tests`, `nix-shell tests -A run.all`."""
    given = [w for w in words[1:] if not w.startswith("-")]
    line = " ".join(words)
    if "$" in line or not any(_TESTED.search(w.removesuffix(".nix")) for w in given if "=" not in w):
        return None
    return ToolLine("test", words[0], "nix", words)


RULES: dict[str, Rule] = {"nix": _nix, "nix-build": _old, "nix-shell": _old}
