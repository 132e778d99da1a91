"""Where a test run's Python took the repository's own packages from: its tree, or something of the same name elsewhere.

A set-up that went wrong in silence, or a machine that has the package anyway, has the tests run against code that
is not the change's. Each Python process of a check writes down at its end what it has imported under the tree's own
names, from where, and what is in those files. A copy that was installed from this very tree is as good as the tree.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox.backend import HOME, WORK
from workflows.reports.collect import read

FILE = "reports/{name}.origins"
"""What is written, below the box's home."""
MOST = 2 * 1024 * 1024
_HOOK = "reports/hook"
_PLACES = ("", "src", "lib", "python")
_NONE = {"setup", "conftest", "test", "tests", "testing", "docs", "doc", "examples", "example", "benchmarks"}
_NONE |= {"build", "dist", "scripts", "tools", "utils", "bin", "noxfile", "tasks", "versioneer", "manage", "__init__"}
_MOST_NAMES = 100
_MOST_FILE = 4 * 1024 * 1024

# Nothing of a check may hang on it: whatever goes wrong in here is nobody's business.
# Nothing that goes wrong in it may change how the tests end; what it then does not tell is held against nobody.
_SITE = """\
import atexit, hashlib, os, sys
def _pullwright(place=os.environ.get("PULLWRIGHT_ORIGINS"), own=os.environ.get("PULLWRIGHT_OWN", "").split(":")):
    try:
        rows = []
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name.partition(".")[0] in own and isinstance(file, str) and file.endswith(".py"):
                real = os.path.realpath(file)
                print_ = ""
                if not real.startswith("/work/"):
                    with open(real, "rb") as opened:
                        print_ = hashlib.sha256(opened.read()).hexdigest()
                rows.append("\\t".join((name, real, print_)))
        if rows:
            with open(place, "a") as told:
                told.write("\\n".join(rows) + "\\n")
    except Exception:
        pass
atexit.register(_pullwright)
_here, _me = os.path.dirname(os.path.abspath(__file__)), sys.modules.pop("sitecustomize", None)
sys.path[:] = [one for one in sys.path if os.path.abspath(one or ".") != _here]
try:
    import sitecustomize
except ImportError:
    pass
finally:
    sys.modules.setdefault("sitecustomize", _me)
"""


def own_packages(tree: Path) -> dict[str, str]:
    """The packages and modules that a tree holds at its top or below `src`, each with where it is."""
    found: dict[str, str] = {}
    for place in _PLACES:
        for name, path in _in(tree, place):
            if name not in sys.stdlib_module_names and name not in _NONE and not name.startswith("test_"):
                found.setdefault(name, path)
    return dict(list(found.items())[:_MOST_NAMES])


def hooked(name: str, own: Mapping[str, str]) -> str:
    """Shell lines before a command that have its Pythons tell; "" where there is nothing to tell of."""
    if not own:
        return ""
    hook, told = f'"{HOME}/{_HOOK}"', f'"{HOME}/{FILE.format(name=name)}"'
    return (
        f"mkdir -p {hook}; rm -f {told}\ncat >{hook}/sitecustomize.py <<'PULLWRIGHT_END'\n{_SITE}PULLWRIGHT_END\n"
        f'export PULLWRIGHT_ORIGINS={told} PULLWRIGHT_OWN="{":".join(own)}"'
        f' PYTHONPATH={hook}"${{PYTHONPATH:+:$PYTHONPATH}}"\n'
    )


def foreign(told: bytes, tree: Path, own: Mapping[str, str]) -> tuple[str, ...]:
    """The tree's packages that were imported from elsewhere with other contents, as `NAME from PATH`."""
    found: dict[str, str] = {}
    for row in told.decode("utf-8", "replace").splitlines():
        name, _, rest = row.partition("\t")
        path, _, digest = rest.partition("\t")
        top = name.partition(".")[0]
        if top not in own or top in found or not digest or path.startswith(f"{WORK}/"):
            continue
        here = _counterpart(tree, own[top], name)
        if here is not None and here != digest:
            found[top] = path[:300]
    return tuple(f"{name} from {path}" for name, path in found.items())


def _in(tree: Path, place: str) -> Iterator[tuple[str, str]]:
    here = tree / place
    if here.is_symlink():  # nor is anything listed that a link leads to
        return
    try:
        entries = sorted(os.scandir(here), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        path = f"{place}/{entry.name}".lstrip("/")
        if entry.is_dir(follow_symlinks=False) and entry.name.isidentifier():
            if (tree / path / "__init__.py").is_file():
                yield entry.name, path
        elif place != "lib" and entry.is_file(follow_symlinks=False) and entry.name.endswith(".py"):
            yield entry.name.removesuffix(".py"), path


def _counterpart(tree: Path, top: str, name: str) -> str | None:
    """The digest of the file that a module is in the tree; None where the tree has none."""
    below = "/".join(name.split(".")[1:])
    paths = (top,) if top.endswith(".py") else (f"{top}/{below}.py", f"{top}/{below}/__init__.py".replace("//", "/"))
    for path in paths:
        if data := read(tree, path, _MOST_FILE):
            return hashlib.sha256(data).hexdigest()
    return None
