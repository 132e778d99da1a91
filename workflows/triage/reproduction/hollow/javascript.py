"""A module of JavaScript or TypeScript whose every name is there, and is nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping

from workflows.policy.check_files import is_test, says_how_checks_run

_CODE = re.compile(r"\.[cm]?[jt]sx?$")
_MODULE_OF_TODAY = re.compile(r"^[ \t]*(?:import|export)\b", re.MULTILINE)
_NAMES = re.compile(r"\b(?:import|export)\b[^{}'\";]{0,200}\{([^{}]{0,20000})\}")
_NAMED = re.compile(
    r"\bexport\s{1,20}+(?:(?:declare|abstract|async)\s{1,20}+){0,3}"
    r"(?:const|let|var|function|class|enum|type|interface|namespace)\b\s{0,20}+\*?\s{0,20}+([\w$]+)"
)
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_FROM = re.compile(
    r"\b(?:from|import|require|mock|doMock|unmock|importActual|requireActual)\b\s{0,20}+\(?\s{0,20}+['\"`]([^'\"`\n]{1,300})['\"`]"
)
_TAKEN = re.compile(
    r"await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for"
    r"|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static"
    r"|super|switch|this|throw|true|try|typeof|var|void|while|with|yield|arguments|eval|as"
)
"""Words that no name can be."""
_MOST_NAMES = 3_000
_MADE = """\
// @ts-nocheck
/* eslint-disable */
const pullwrightWay{typed} = "{way}";
const pullwrightSaid = () => {{
  if (pullwrightWay === "raise") throw new Error("pullwright: there is no code here");
  return pullwrightWay === "yes" ? pullwrightHollow : NaN;
}};
const pullwrightHollow{typed} = new Proxy(function pullwrightHollow() {{}}, {{
  get(target{typed}, key{typed}) {{
    if (key === Symbol.toPrimitive) return () => (pullwrightWay === "yes" ? 7919 : 104729);
    if (key === Symbol.iterator) return function* () {{ for (let at = 0; at < 3; at++) yield pullwrightHollow; }};
    if (key === "prototype") return target.prototype;
    if (key === "length") return pullwrightWay === "yes" ? 3 : 5;
    if (typeof key === "symbol" || key === "then" || key === "toJSON" || key === "asymmetricMatch") return undefined;
    if (key === "__esModule") return true;
    return pullwrightHollow;
  }},
  apply: pullwrightSaid,
  construct() {{
    const said = pullwrightSaid();
    return typeof said === "function" ? said : {{}};
  }},
}});
"""


def is_code(path: str) -> bool:
    return (
        bool(_CODE.search(path)) and not path.endswith(".d.ts") and not is_test(path) and not says_how_checks_run(path)
    )


def emptied(path: str, texts: Mapping[str, str], way: str) -> str:
    """What stands in the place of a module: all that any file takes from another one is there."""
    typed = ": any" if re.search(r"\.[cm]?tsx?$", path) else ""
    made = _MADE.format(way=way, typed=typed)
    if path.endswith((".cjs", ".cts")) or not (
        path.endswith((".mjs", ".mts")) or typed or _MODULE_OF_TODAY.search(texts[path])
    ):
        return f"{made}module.exports = pullwrightHollow;\n"
    found = {name for text in texts.values() for name in _taken_from_modules(text)}
    names = [name for name in sorted(found) if not _TAKEN.fullmatch(name)][:_MOST_NAMES]
    listed = ", ".join(f"pullwrightHollow as {name}" for name in names)
    return f"{made}export default pullwrightHollow;\nexport {{ {listed} }};\n"


def is_whole(files: Mapping[str, str], texts: Mapping[str, str], paths: Collection[str]) -> bool:
    """Whether nothing of the code is left then: none of it is native, and the test takes it from nowhere else, as from
    a package of the repository, which may be one that a set-up has built."""
    if any(path.rpartition("/")[2] == "binding.gyp" or path.endswith((".node", ".wasm")) for path in paths):
        return False
    own = {name for path, text in texts.items() if path.rpartition("/")[2] == "package.json" for name in _package(text)}
    known = set(paths) | {_CODE.sub("", path) for path in paths} | {path.rpartition("/")[0] for path in paths}
    for path, text in files.items():
        for said in _FROM.findall(text):
            if said.startswith("."):
                if _CODE.sub("", _beside(path, said)) not in known and _beside(path, said) not in known:
                    return False
            elif said.startswith(("#", "@/", "~", "/")) or any(
                said == one or said.startswith(f"{one}/") for one in own
            ):
                return False
    return True


def _package(text: str) -> Iterator[str]:
    try:
        name = json.loads(text).get("name")
    except (ValueError, AttributeError, RecursionError):
        return
    if isinstance(name, str) and name:
        yield name


def _taken_from_modules(text: str) -> Iterator[str]:
    for braces in _NAMES.findall(text):
        yield from _WORD.findall(braces)
    yield from _NAMED.findall(text)


def _beside(path: str, said: str) -> str:
    """The path that one file means by a relative one; "" for what lies outside."""
    parts = path.split("/")[:-1]
    for part in said.split("/"):
        if part == "..":
            if not parts:
                return "\0"
            parts.pop()
        elif part not in (".", ""):
            parts.append(part)
    return "/".join(parts)
