"""Which files of a change are tests: by what the runners' reports name, and by their paths where those say nothing.

A folder called `test` may hold code (django/test, numpy/testing): it is one of tests where a runner
found some in it, and not merely in a further folder of tests below. A file whose own name is a test's is always one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator

from workflows.policy.check_files import is_test

_DOTTED = re.compile(r"(?<![\w.])(?:\w+\.)+\w+(?![\w.])")
_MOST_NAMES = 50_000
_MOST_MATCHES = 20
_BY_CLASS = ("java", "kt", "scala", "groovy", "cs", "fs", "vb", "php", "swift")
_TEST_AND_CLASS = 2


def which_tests(paths: Collection[str], named: Collection[str]) -> Callable[[str], bool]:
    """Tells of a path whether it is a test. `named` are names of tests as reports have them, or their files."""
    files = frozenset(_files(paths, named))
    homes = {home for file in files for home in _homes(file)[-1:]}

    def tells(path: str) -> bool:
        if path in files:
            return True
        above = _homes(path)
        if not is_test(path) or not files or not above or is_test(path.rpartition("/")[2]):
            return is_test(path)
        return any(home in homes for home in above)

    return tells


def _homes(path: str) -> list[str]:
    """The folders above a path that are called as those of tests are, the outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: at + 1]) for at, part in enumerate(parts) if is_test(f"{part}/x")]


def _files(paths: Collection[str], named: Collection[str]) -> Iterator[str]:
    known = frozenset(paths)
    by_module: dict[str, list[str]] = defaultdict(list)
    for path in known:
        by_module[path.rpartition("/")[2].partition(".")[0]].append(path)
    for name in list(named)[:_MOST_NAMES]:
        if name in known:
            yield name
        else:
            for dotted in _DOTTED.findall(name):
                yield from _modules(dotted, by_module)


def _modules(dotted: str, by_module: dict[str, list[str]]) -> Iterator[str]:
    """The files that a name such as `package.module.Class.test` may lie in: of the longest beginning that is one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        end = "/".join(parts[:length])
        places = by_module.get(parts[length - 1], [])[:_MOST_MATCHES]
        found = [path for path in places if f"/{path}".rpartition(".")[0].endswith(f"/{end}")]
        found = [path for path in found if _may_hold(path, len(parts) - length)]
        if found:
            yield from found
            return


def _may_hold(path: str, behind: int) -> bool:
    """Whether a file may be meant where `behind` parts of a test's name come after it.

    Such names have the module in Python, and the test's own class right before the test where classes have files of
    their own. Elsewhere they have the package, as `uuid.TestParse` in Go, or what is tested, as `semver.parse`: a file
    of code that is called so is none of tests.
    """
    suffix = path.rpartition(".")[2]
    return is_test(path) or suffix == "py" or (suffix in _BY_CLASS and behind < _TEST_AND_CLASS)
