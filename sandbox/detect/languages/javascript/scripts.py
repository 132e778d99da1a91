"""package.json's scripts, judged by what they run, and how the project's package manager calls them."""

from __future__ import annotations

import re
import shlex

from sandbox.detect.commands.expand import Expander, SeenCheck
from sandbox.detect.read.source import Source, table
from sandbox.detect.read.values import Evidence
from sandbox.detect.tools.call import ToolLine, Words

NAME = "javascript"
MANIFEST = "package.json"
LOCKS = {
    "pnpm": ("pnpm-lock.yaml",),
    "yarn": ("yarn.lock",),
    "bun": ("bun.lock", "bun.lockb"),
    "npm": ("package-lock.json", "npm-shrinkwrap.json"),
}
_ABOVE = ("", "../", "../../", "../../../")
"""A package of a workspace is run by the package manager of its root."""


class Scripts:
    """package.json's scripts and the checks that each comes to."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.bodies = {k: v for k, v in table(source.json(MANIFEST), "scripts").items() if isinstance(v, str)}
        self._expander = Expander(source)
        self._known: dict[str, list[SeenCheck]] = {}

    def checks(self, name: str) -> list[SeenCheck]:
        if name not in self._known:
            found = self._expander.checks(f"npm run {shlex.quote(name)}", self.evidence(name), "task", name)
            self._known[name] = list(found) if name in self.bodies else []
        return self._known[name]

    def leaves(self, name: str) -> list[tuple[Words, ToolLine | None]]:
        """All simple commands that a script comes to."""
        found = self._expander.leaves(f"npm run {shlex.quote(name)}", self.evidence(name))
        return [(leaf.words, leaf.call) for leaf in found]

    def only(self, name: str, kind: str) -> bool:
        """Whether a script does nothing but run checks of one kind, and rewrites nothing."""
        calls = [s.call for s in self.checks(name)]
        return bool(calls) and all(c.kind == kind and not c.mended and not c.skip for c in calls)

    def lifecycle(self, name: str) -> bool:
        """Whether npm runs the script by itself before or after another: `pretest`, `postbuild`."""
        return name.removeprefix("pre").removeprefix("post") in self.bodies and name.startswith(("pre", "post"))

    def evidence(self, name: str) -> Evidence:
        return self.source.evidence(MANIFEST, f'"{name}":', after='"scripts"')


def manager_of(source: Source) -> str:
    """npm, pnpm, yarn (1), berry (yarn 2 and newer) or bun."""
    for above in _ABOVE:
        data = source.json(above + MANIFEST)
        named = str(data.get("packageManager") or "").split("@")
        only = re.search(r"only-allow\s+(\w+)", str(table(data, "scripts").get("preinstall", "")))
        name = named[0] or (only.group(1) if only else "")
        if name not in LOCKS:
            name = next((m for m, locks in LOCKS.items() if source.has(*(above + lock for lock in locks))), "")
        if not name and source.has(above + "pnpm-workspace.yaml"):
            name = "pnpm"
        if name == "yarn" and (source.has(above + ".yarnrc.yml") or (len(named) > 1 and named[1][:1] not in "01")):
            return "berry"
        if name:
            return name
    return "npm"


def spelled_call(manager: str, script: str) -> str:
    if manager in ("yarn", "berry"):
        return f"yarn {script}"
    if script == "test" and manager != "bun":
        return f"{manager} test"
    return f"{manager} run {script}"


_PREFIX = {"npm": "npx ", "pnpm": "pnpm exec ", "yarn": "yarn run ", "berry": "yarn run ", "bun": "bunx "}


def exec_prefix(manager: str) -> str:
    """What runs a program of an installed package."""
    return _PREFIX[manager]


def direct(manager: str, seen: SeenCheck) -> str:
    """The call itself, in the words of the package manager."""
    line = seen.call.line
    return line if line.split()[0] in ("node", "bun", "npm", "pnpm", "yarn") else _PREFIX[manager] + line


def scripts_of(seen: SeenCheck) -> list[str]:
    return [name.removeprefix("npm ") for name in seen.via if name.startswith("npm ")]
