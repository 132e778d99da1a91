"""Setting up a project of poetry's: by poetry, or by pip with what its lock file pins, where poetry reaches no index.

Poetry asks another interface of an index than pip does, which not every mirror has, and reads no setting of pip's.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from sandbox.detect.read.source import Source, strings, table

_PIP = '"$HOME/venv/bin/python" -m pip install'
_PINS = '"$HOME/poetry-pins.txt"'
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]{0,60}")
_MOST = 2_000


def by_pip(source: Source, left_out: Collection[str], extras: Collection[str], *, installable: bool) -> str:
    """A command that installs the project and its groups by pip, in the versions of poetry.lock.

    `left_out` are groups that are not installed.
    """
    manifest = source.toml("pyproject.toml")
    data = table(manifest, "tool", "poetry")
    lists = {"dev": table(data, "dev-dependencies")}
    lists |= {
        name: table(group, "dependencies") for name, group in table(data, "group").items() if name not in left_out
    }
    wanted = [one for each in lists.values() for one in _requirements(each)]
    standard = table(manifest, "dependency-groups").items()
    wanted += [one for name, group in standard if name not in left_out for one in strings(group)]
    if installable:
        own = f"-e {shlex.quote('.[' + ','.join(extras) + ']' if extras else '.')}"
    else:
        own, wanted = "", [*_requirements(table(data, "dependencies")), *wanted]
    words = " ".join([*filter(None, [own]), *map(shlex.quote, dict.fromkeys(wanted))])
    if not words:
        return ""
    pins = "\n".join(_pins(source))
    return f"cat >{_PINS} <<'PINS_END'\n{pins}\nPINS_END\n{_PIP} -c {_PINS} {words}"


def _requirements(dependencies: dict[str, Any]) -> Iterator[str]:
    """The names of what is installed from an index, with their extras: versions are the lock file's."""
    for name, about in dependencies.items():
        about = about if isinstance(about, dict) else {}
        if name.lower() == "python" or not _NAME.fullmatch(name) or {"path", "git", "url", "optional"} & set(about):
            continue
        listed = about.get("extras")
        extras = [one for one in listed if _NAME.fullmatch(str(one))] if isinstance(listed, list) else []
        yield f"{name}[{','.join(extras)}]" if extras else name


def _pins(source: Source) -> Iterator[str]:
    """`NAME==VERSION` of each package that the lock file has once and from an index."""
    listed = source.toml("poetry.lock").get("package")
    packages = [one for one in listed if isinstance(one, dict)][:_MOST] if isinstance(listed, list) else []
    count = Counter(str(one.get("name")) for one in packages)
    for one in packages:
        name, version = str(one.get("name")), str(one.get("version"))
        if count[name] == 1 and _NAME.fullmatch(name) and _VERSION.fullmatch(version) and "source" not in one:
            yield f"{name}=={version}"
