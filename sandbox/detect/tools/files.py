"""Rules for the linters of single kinds of files: workflows, Dockerfiles, prose, YAML, SQL, protobuf, licences."""

from __future__ import annotations

import re

from sandbox.detect.tools.call import Rule, ToolLine, Words, flags, rewrites, static

FILES = "files"
"""What stands for the ecosystem of tools that belong to no language."""
_REWRITES = "it rewrites the files that it checks"
_NETWORK = "it needs the network"
_WRITING = frozenset(("-w", "--write-changes", "--write", "--fix", "-i", "--in-place", "--autofix"))


def _tool(default: str = "", *, skip: str = "") -> Rule:
    """A tool that checks, whatever it is called with; `default` is where it looks when CI's place is not known."""

    def rule(words: Words) -> ToolLine | None:
        return _line(words, default, skip)

    return rule


def _line(words: Words, default: str, skip: str = "") -> ToolLine:
    plainly = re.sub(r" (--format|-f)[= ](sarif|json|github|gitlab|checkstyle|junit)\b", "", " ".join(words))
    words = words if plainly == " ".join(words) else tuple(plainly.split(" "))
    clean = tuple(w for w in flags(words) if w not in _WRITING)
    mended = any(w in _WRITING or rewrites(w) for w in words)
    clean = _known(clean, default) or (words[0], *default.split())
    return ToolLine("lint", _key(clean), FILES, clean, mended, skip)


def _known(words: Words, default: str) -> Words | None:
    """The words without the paths that only CI's run knows, with `default` in their place; None where an option's value
    is not known."""
    kept: list[str] = []
    for word in words:
        if not re.search(r"[$`]|\{\{", word):
            kept.append(word)
        elif word.startswith("-") or (kept[-1].startswith("-") and not _SWITCH.fullmatch(kept[-1])):
            return None
    if len(kept) < len(words) or not any(w for w in kept[1:] if w[0] != "-"):
        kept += [w for w in default.split() if w not in kept]
    return tuple(kept)


_SWITCH = re.compile(r"--?(check|c|lint|dry|fail|f|q|v|verbose|quiet|strict|s|verify|no-\w+)")


def _key(words: Words) -> str:
    """The tool and its mode."""
    mode = words[1] if len(words) > 1 and re.fullmatch(r"[a-z]+", words[1]) else ""
    return f"{words[0]} {mode}".strip()


def _modes(modes: str, default: str = "") -> Rule:
    """A tool that checks in some of its subcommands."""

    def rule(words: Words) -> ToolLine | None:
        mode = next((w for w in words[1:] if not w.startswith("-")), "")
        if mode not in modes.split():
            return None
        clean = static(tuple(w for w in flags(words) if w not in _WRITING), (words[0], mode, *default.split()))
        return ToolLine("lint", f"{words[0]} {mode}", FILES, clean, any(map(rewrites, words)))

    return rule


def _asked(asks: str, default: str = "", mode: str = "") -> Rule:
    """A formatter that counts only where it is asked to check (`asks`), and in `mode` where it has several."""

    def rule(words: Words) -> ToolLine | None:
        if mode and words[1:2] != (mode,):
            return None
        if not set(asks.split()) & {w.split("=")[0] for w in words[1:]}:
            return None
        first = (words[0], mode) if mode else words[:1]
        clean = _known(flags(words, drop=frozenset()), default)
        return ToolLine("lint", " ".join(first), FILES, clean) if clean else None

    return rule


def _files_of(words: Words) -> ToolLine | None:
    """A tool that reads only the files that it is given."""
    given = [w for w in words[1:] if not w.startswith("-")]
    return _line(words, "") if given and not re.search(r"[$`]", " ".join(given)) else None


def _buf(words: Words) -> ToolLine | None:
    mode = words[1] if len(words) > 1 else ""
    if mode == "lint":
        return ToolLine("lint", "buf lint", FILES, static(flags(words), words[:2]))
    if mode == "format" and {"--exit-code", "-d", "--diff"} & set(words):
        checks = tuple(w for w in words if w not in ("-w", "--write"))
        checks = checks if "--exit-code" in checks else (*checks, "--exit-code")
        return ToolLine("lint", "buf format", FILES, static(checks, ("buf", "format", "-d", "--exit-code")))
    if mode == "breaking":
        return ToolLine("lint", "buf breaking", FILES, words, skip="it compares with another state of the repository")
    return None


def _treefmt(words: Words) -> ToolLine | None:
    """It has no mode that leaves the files alone."""
    asks = {"--ci", "--fail-on-change"} & set(words)
    return ToolLine("lint", "treefmt", FILES, words, skip=_REWRITES) if asks else None


def _reuse(words: Words) -> ToolLine | None:
    return ToolLine("lint", "reuse", FILES, ("reuse", "lint")) if "lint" in words[1:] else None


def _either(*rules: Rule) -> Rule:
    return lambda words: next((line for rule in rules if (line := rule(words))), None)


RULES: dict[str, Rule] = {
    **{name: _tool() for name in ("actionlint", "typos", "editorconfig-checker", "ec", "ls-lint", "checkmake")},
    **{
        name: _tool(".")
        for name in ("codespell", "yamllint", "zizmor", "doc8", "djlint", "curlylint", "cpplint", "sphinx-lint")
    },
    "hadolint": _files_of,
    "rstcheck": _files_of,
    "proselint": _files_of,
    "mdl": _tool("."),
    "pymarkdown": _modes("scan", "."),
    "vale": _files_of,
    "dotenv-linter": _tool(),
    "protolint": _modes("lint", "."),
    "sqlfluff": _modes("lint", "."),
    "reuse": _reuse,
    "buf": _buf,
    "spectral": _modes("lint"),
    "redocly": _modes("lint"),
    "taplo": _either(_modes("lint check"), _asked("--check", mode="fmt"), _asked("--check", mode="format")),
    "rumdl": _modes("check", "."),
    "cfn-lint": _tool(),
    "cmakelint": _files_of,
    "cmake-lint": _files_of,
    "secretlint": _files_of,
    "textlint": _files_of,
    "remark": _asked("--frail -f", "."),
    "opa": _modes("test", "."),
    "regal": _modes("lint", "."),
    "conftest": _modes("verify"),
    "cue": _modes("vet"),
    "kube-score": _modes("score"),
    "tfsec": _tool("."),
    "terrascan": _modes("scan"),
    "gitleaks": _modes("detect dir git"),
    "jsonlint": _files_of,
    "pyproject-fmt": _asked("--check", "pyproject.toml"),
    "toml-sort": _asked("--check"),
    "fprettify": _asked("--diff -d"),
    "verible-verilog-lint": _files_of,
    "vacuum": _modes("lint"),
    "prisma": _modes("validate"),
    "tombi": _either(_modes("lint"), _asked("--check", mode="format")),
    **dict.fromkeys(("djhtml", "djangofmt"), _asked("--check -c", ".")),
    "dprint": _modes("check"),
    "mdformat": _asked("--check", "."),
    "yamlfmt": _asked("-lint -dry", "."),
    "cmake-format": _asked("--check"),
    "gersemi": _asked("--check", "."),
    "addlicense": _asked("-check", "."),
    "license-eye": _either(
        _modes("check"), lambda w: _line(w, "header check") if w[1:3] == ("header", "check") else None
    ),
    "alejandra": _asked("--check -c", "."),
    "nixfmt": _asked("--check -c", "."),
    "nixpkgs-fmt": _asked("--check", "."),
    "nixpkgs-lint": _tool("."),
    "statix": _modes("check"),
    "deadnix": _asked("--fail -f", "."),
    "treefmt": _treefmt,
    "lychee": _tool(skip=_NETWORK),
    "kubeconform": _files_of,
    "kube-linter": _modes("lint", "."),
}
PACKAGED = frozenset(
    {
        *(
            "codespell",
            "yamllint",
            "zizmor",
            "doc8",
            "djlint",
            "curlylint",
            "cpplint",
            "sphinx-lint",
            "typos",
            "rstcheck",
            "proselint",
        ),
        *("sqlfluff", "reuse", "mdformat", "gersemi"),
    }
)
"""Those that pip installs under their own name."""
