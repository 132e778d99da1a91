"""Where a test run's Node took the repository's own packages from: its tree, or a copy of another release elsewhere.

As `origins` does it for Python: each Node process of a check writes down which files it was given for the tree's own
package names out of a `node_modules`, with what is in them. What a runner in `node_modules` loads for itself (vitest
comes with packages that have tests, too) is nobody's code under test: only what the tree's own files ask for counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox.backend import HOME
from workflows.reports.collect import read

FILE = "reports/{name}.node-origins"
"""What is written, below the box's home."""
MOST = 2 * 1024 * 1024
_HOOK = "reports/hook.cjs"
_NAME = re.compile(r"(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*")
_MOST_NAMES = 100
_MOST_FILE = 4 * 1024 * 1024
_DEEPEST = 3
_MOST_FOLDERS = 3_000
_LEFT_OUT = {"node_modules", "fixtures", "__fixtures__", "examples", "example", "templates", "test", "tests"}

# Whatever goes wrong in it is nobody's business, and must not change how the tests end.
_SCRIPT = r"""
"use strict";
try {
  const make = (fs, crypto, place, own) => {
    const seen = new Set(), DIR = "/node_modules/";
    const digest = (file) => { try {
      return crypto.createHash("sha256").update(fs.readFileSync(file)).digest("hex"); } catch { return ""; } };
    return (file, parent, asked) => { try {
      file = decodeURIComponent(String(file).replace(/^file:\/\//, "").replace(/[?#].*$/, ""));
      const at = file.lastIndexOf(DIR), rest = file.slice(at + DIR.length);
      const name = at < 0 ? "" : own.find((one) => rest.startsWith(one + "/"));
      const mine = !String(parent || "").includes(DIR) || /^(\/|file:)/.test(String(asked));
      if (!name || !mine || seen.has(file)) return;
      seen.add(file);
      const real = fs.realpathSync(file);
      if (!real.includes(DIR)) return;
      const folder = file.slice(0, at + DIR.length) + name;
      const row = [name, rest.slice(name.length + 1), file, digest(file), digest(folder + "/package.json")];
      fs.appendFileSync(place, row.join("\t") + "\n");
    } catch {} };
  };
  const own = (process.env.PULLWRIGHT_NODE_OWN || "").split(","), place = process.env.PULLWRIGHT_NODE_ORIGINS;
  const Module = require("module"), tell = make(require("fs"), require("crypto"), place, own);
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (asked, parent) {
    const file = resolve.apply(this, arguments);
    tell(file, parent && parent.filename, asked);
    return file;
  };
  const load = Module._load;
  Module._load = function (asked) {
    const found = load.apply(this, arguments);
    try {
      const kind = asked === "jest-resolve" && found && (found.default || found).prototype;
      if (kind && kind.resolveModule && !kind.pullwright) {
        kind.pullwright = true;
        for (const way of ["resolveModule", "resolveModuleAsync"]) {
          const before = kind[way];
          if (before) kind[way] = function (from, name) {
            const found = before.apply(this, arguments);
            if (found && found.then) found.then((file) => tell(file, from, name), () => {});
            else tell(found, from, name);
            return found;
          };
        }
      }
    } catch {}
    return found;
  };
  if (typeof Module.registerHooks === "function") {
    Module.registerHooks({ resolve(asked, context, next) {
      const found = next(asked, context);
      tell(found.url, context.parentURL, asked);
      return found;
    } });
  } else if (process.env.PULLWRIGHT_NODE_ESM && typeof Module.register === "function"
      && !/[/](vitest|jest)/.test(process.argv[1] || "")) {
    const code = `import fs from "node:fs"; import crypto from "node:crypto";
      const tell = (${make})(fs, crypto, ${JSON.stringify(place)}, ${JSON.stringify(own)});
      export async function resolve(asked, context, next) {
        const found = await next(asked, context); tell(found.url, context.parentURL, asked); return found; }`;
    Module.register("data:text/javascript," + encodeURIComponent(code));
  }
} catch {}
"""


def own_packages(tree: Path) -> dict[str, str]:
    """The npm packages that a tree holds by their names, each with its folder; the root's is ""."""
    found: dict[str, str] = {}
    for folder in _folders(tree):
        name = _manifest(tree, folder).get("name")
        if isinstance(name, str) and _NAME.fullmatch(name):
            found.setdefault(name, folder)
    return dict(list(found.items())[:_MOST_NAMES])


def hooked(name: str, tree: Path, own: Mapping[str, str]) -> str:
    """Shell lines before a command that have its Nodes tell; "" where there is nothing to tell of."""
    if not own:
        return ""
    hook, told = f'"{HOME}/{_HOOK}"', f'"{HOME}/{FILE.format(name=name)}"'
    modules = any(_manifest(tree, folder).get("type") == "module" for folder in own.values())
    return (
        f"mkdir -p \"{HOME}/reports\"; rm -f {told}\ncat >{hook} <<'PULLWRIGHT_END'{_SCRIPT}PULLWRIGHT_END\n"
        f'export PULLWRIGHT_NODE_ORIGINS={told} PULLWRIGHT_NODE_OWN="{",".join(own)}"'
        f" PULLWRIGHT_NODE_ESM={'1' if modules else ''}"
        f' NODE_OPTIONS="${{NODE_OPTIONS:+$NODE_OPTIONS }}--require {HOME}/{_HOOK}"\n'
    )


def foreign(told: bytes, tree: Path, own: Mapping[str, str]) -> tuple[str, ...]:
    """The tree's packages that were loaded from elsewhere with other contents, as `NAME from PATH`."""
    found: dict[str, str] = {}
    for row in told.decode("utf-8", "replace").splitlines():
        parts = row.split("\t")
        if len(parts) != 5 or parts[0] not in own or parts[0] in found or not parts[3]:
            continue
        name, path, place, digest, manifest = parts
        here = _digest(tree, f"{own[name]}/{path}") or ""
        # A file that only a build makes: the copy is of this tree if it says of itself what the tree does.
        alike = here == digest if here else manifest == _digest(tree, f"{own[name]}/package.json")
        if not alike:
            found[name] = place[:300]
    return tuple(f"{name} from {place}" for name, place in found.items())


def _folders(tree: Path) -> Iterator[str]:
    """The folders that hold a package.json, the root first; no link is followed."""
    level = [""]
    looked = 0
    for _ in range(_DEEPEST + 1):
        below: list[str] = []
        for place in level[: _MOST_FOLDERS - looked]:
            looked += 1
            try:
                entries = sorted(os.scandir(tree / place), key=lambda entry: entry.name)
            except OSError:
                continue
            if any(entry.name == "package.json" for entry in entries):
                yield place
            inside = (entry for entry in entries if entry.is_dir(follow_symlinks=False))
            names = (entry.name for entry in inside if entry.name not in _LEFT_OUT and entry.name[0] != ".")
            below += [f"{place}/{name}".lstrip("/") for name in names]
        level = below


def _manifest(tree: Path, folder: str) -> Mapping[str, object]:
    try:
        found = json.loads(read(tree, f"{folder}/package.json".lstrip("/"), _MOST_FILE) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(tree: Path, path: str) -> str | None:
    data = read(tree, os.path.normpath(path).lstrip("/"), _MOST_FILE)
    return hashlib.sha256(data).hexdigest() if data else None
