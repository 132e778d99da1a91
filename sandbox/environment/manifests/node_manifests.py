"""Whether installing what a manifest of JavaScript names runs code of the tree, or reads other files of it.

What is not known to read manifests alone is taken to read everything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_SCRIPTS = frozenset(
    (
        *("preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare", "dependencies"),
        *("prepublish", "pnpm:devPreinstall"),
    )
)
"""What an installation runs by itself. `prepublishOnly`, `prepack` and the like belong to a publication."""
_TABLES = re.compile(r"(?i).*dependencies|resolutions|overrides|catalogs?|pnpm|workspaces|imports")
_LOCAL = re.compile(r"^(?:(?:git\+)?file|link|portal|patch|exec):|^\.{0,2}/|^~/|^(?!.*://).*\.(?:tgz|tar\.gz)$")
_NPMRC = re.compile(
    r"(?:@[\w.-]+:)?registry|save-(?:exact|prefix)|package-lock|lockfile(?:-version)?|engine-strict|legacy-peer-deps|fund"
    r"|audit|loglevel|progress|strict-peer-dependencies|auto-install-peers|(?:shamefully-|public-)?hoist(?:-pattern\[\])?"
    r"|node-linker|(?:link|prefer)-workspace-packages|resolution-mode|ignore-(?:scripts|workspace-root-check)"
    r"|enable-pre-post-scripts|update-notifier|message|provenance|access|tag-version-prefix|dedupe-peer-dependents"
    r"|min(?:imum)?-release-age|install-strategy|include-workspace-root|prefer-frozen-lockfile|yes"
    r"|omit-lockfile-registry-resolved|save-workspace-protocol|side-effects-cache|inject-workspace-packages"
)
_YARNRC = re.compile(
    r"nodeLinker|compressionLevel|enable(?:GlobalCache|Telemetry|ImmutableInstalls|Scripts|ConstraintsChecks|ProgressBars)"
    r"|defaultSemverRangePrefix|npmRegistryServer|npmPublish\w+|nmHoistingLimits|nmMode|logFilters|packageExtensions"
    r"|supportedArchitectures|pnp\w+|httpTimeout|networkConcurrency|catalogs?|preferInteractive|changesetBaseRefs"
    r"|npmMinimalAgeGate|approvedGitRepositories|yarnPath"
)
_WORKSPACE = re.compile(
    r"packages|catalogs?|(?:only|ignored|never)BuiltDependencies|overrides|linkWorkspacePackages|autoInstallPeers"
    r"|shamefullyHoist|publicHoistPattern|minimumReleaseAge\w*|strictPeerDependencies|savePrefix|shellEmulator"
    r"|trustPolicy\w*|saveWorkspaceProtocol|preferWorkspacePackages|dedupePeerDependents|nodeLinker|allowBuilds"
)
_RELEASE = re.compile(r"(?m)^yarn(?:Path:|-path) +[\"']?(?!(?:\./)?\.yarn/releases/[\w.-]+\.c?js[\"']?\s*$)")
_IN_LOCK = re.compile(
    rb"[\"'@ ](?:git\+)?(?:file|portal|exec):|\bpatchedDependencies\b|patch_hash"
    rb"|@patch:[^\"#\s]*#(?!(?:optional!|~)*builtin<)|[\"@]link:"
)


def runs_the_tree(name: str, data: bytes) -> bool | None:
    """None where the file is no manifest of these. `name` is its last part."""
    if name.endswith((".js", ".cjs")) and name not in _JUDGES:
        return False  # yarn's own release: its contents are in the digest, and it reads what yarn reads
    judge = _JUDGES.get(name)
    return judge(data) if judge is not None else None


def _package(data: bytes) -> bool:
    try:
        manifest = json.loads(data)
    except (ValueError, RecursionError):
        return True
    if not isinstance(manifest, dict):
        return True
    scripts = manifest.get("scripts", {})
    if not isinstance(scripts, dict) or _SCRIPTS & scripts.keys() or b"patchedDependencies" in data:
        return True
    tables = [value for key, value in manifest.items() if key != "workspaces" and _TABLES.fullmatch(key)]
    return any(map(_LOCAL.search, _texts(tables)))


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and depth < 50:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner, depth + 1)


def _npmrc(data: bytes) -> bool:
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()]
    return not all(_NPMRC.fullmatch(line.partition("=")[0].strip()) for line in lines if line and line[0] not in "#;")


def _yarnrc(data: bytes) -> bool:
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()]
    known = r"--install\.frozen-lockfile|save-prefix|registry|network-timeout|ignore-engines|version-[\w-]+|yarn-path"
    plain = all(re.match(rf"\"?(?:{known})\"? ", f"{line} ") for line in lines if line and line[0] != "#")
    return not plain or bool(_RELEASE.search("\n".join(lines)))


def _yaml(known: re.Pattern[str]) -> Callable[[bytes], bool]:
    def judge(data: bytes) -> bool:
        text = data.decode("utf-8", "replace")
        heads = [line for line in text.splitlines() if line[:1] not in ("", " ", "\t", "#", "-", "}", "]")]
        keys = [re.match(r"[\"']?(\w+)[\"']?:(?:\s|$)", line) for line in heads]
        return not all(key and known.fullmatch(key[1]) for key in keys) or bool(_RELEASE.search(text) or _lock(data))

    return judge


def _lock(data: bytes) -> bool:
    return bool(_IN_LOCK.search(data))


def _any(data: bytes) -> bool:
    return True


_JUDGES: Mapping[str, Callable[[bytes], bool]] = {
    "package.json": _package,
    ".npmrc": _npmrc,
    ".yarnrc": _yarnrc,
    ".yarnrc.yml": _yaml(_YARNRC),
    "pnpm-workspace.yaml": _yaml(_WORKSPACE),
    **dict.fromkeys(("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"), _lock),
    **dict.fromkeys((".pnpmfile.cjs", ".pnpmfile.mjs", "bunfig.toml", "bun.lockb", "binding.gyp"), _any),
}
