"""Public names that break, on real repositories; and sources that want to be more than sources."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sandbox.git.history import History
from tests.fakes.real_repository import commit, git, make_repository
from workflows.release_notes.python_names.broken import SAID, NamesRead, packages_of, read_names

BEFORE = """\
__version__ = "1"
LIMIT = 3

class Slug:
    def join(self, parts, sep="-"): ...
    def _own(self): ...

def slugify(text, lower=True, *, words=3): ...
def gone(): ...
def with_default(a, b=1): ...
def by_place(a, b=0, c=0): ...
"""
AFTER = """\
LIMIT = "three"

class Slug:
    def join(self, parts, *, sep="-"): ...

def slugify(text, lower=False, *, marks, words=3): ...
def with_default(a, b): ...
def by_place(a, c=0, b=0): ...
def new(): ...
"""


def compared(
    folder: Path, before: dict[str, str | bytes], after: dict[str, str | bytes], waived: tuple[str, ...] = ()
) -> NamesRead:
    """What breaks from one to the other, in a repository of these files."""
    place = folder / "r"
    make_repository(place, before)
    first = git(place, "rev-parse", "HEAD").strip()
    for path in before:
        if path not in after:
            (place / path).unlink()
    commit(place, after, "After")
    history = History(place / ".git")
    return read_names(history, first, history.resolve("HEAD"), waived)


def told(read: NamesRead) -> list[str]:
    return [f"{one.name} {SAID[one.what].replace('*', ', '.join(one.of))} ({one.path})" for one in read.broken]


def test_what_breaks_is_told_with_its_file_and_what_does_not_is_not(tmp_path: Path) -> None:
    found = compared(tmp_path, {"src/slugs/__init__.py": BEFORE}, {"src/slugs/__init__.py": AFTER})
    assert sorted(told(found)) == [
        "slugs.Slug.join takes sep otherwise, by position or by name (src/slugs/__init__.py)",
        "slugs.by_place takes b, c at another place (src/slugs/__init__.py)",
        "slugs.gone is gone (src/slugs/__init__.py)",
        "slugs.slugify has to be given marks, which is new (src/slugs/__init__.py)",
        "slugs.with_default has to be given b (src/slugs/__init__.py)",
    ]


def test_names_that_the_repository_waives_are_counted_alone(tmp_path: Path) -> None:
    files = {"slugs/__init__.py": BEFORE}
    found = compared(tmp_path, files, {"slugs/__init__.py": AFTER}, ("slugs.Slug.*", "slugs.b?_place"))
    assert (len(found.broken), found.waived) == (3, 2)
    assert read_names(History(tmp_path / "r/.git"), "HEAD~1", "HEAD", ("*",)) == NamesRead()


def test_a_package_that_is_gone_is_broken_and_one_that_is_new_is_not(tmp_path: Path) -> None:
    found = compared(tmp_path, {"old/__init__.py": "def f(): ...\n"}, {"new/__init__.py": "def f(): ...\n"})
    assert told(found) == ["old is gone (old)"]


@pytest.mark.parametrize(
    "source",
    [
        b"def f(): ...\nimport pathlib; pathlib.Path('{ran}').write_text('ran')\n",
        b"__all__ = [__import__('pathlib').Path('{ran}').write_text('ran')]\ndef f(): ...\n",
        b"class C(__import__('pathlib').Path('{ran}').touch()): ...\ndef f(x=open('{ran}', 'w')): ...\n",
        b"import ran_when_imported\nfrom ran_when_imported import *\ndef f(): ...\n",
    ],
)
def test_nothing_of_what_is_compared_is_run(tmp_path: Path, source: bytes) -> None:
    ran = tmp_path / "ran"
    touch = f"open({str(ran)!r}, 'w')\n"
    before: dict[str, str | bytes] = {
        "p/__init__.py": source.replace(b"{ran}", str(ran).encode()) + b"def g(): ...\n",
        "ran_when_imported.py": touch,
        "sitecustomize.py": touch,
        "p/ran_when_imported/__init__.py": touch,
        "p/x.pth": f"import pathlib; pathlib.Path({str(ran)!r}).touch()\n",
    }
    after = {**before, "p/__init__.py": source.replace(b"{ran}", str(ran).encode())}
    assert told(compared(tmp_path, before, after)) == ["p.g is gone (p/__init__.py)"]
    assert not ran.exists()


@pytest.mark.parametrize(
    "source",
    [
        b"x = " + b"(" * 100_000,
        b"x = " + b"-" * 200_000 + b"1\n",
        b"def f(:\n",
        b"\xff\xfe\0\0",
        b"# coding: no-such-thing\nx = 1\n",
        b"class A(A): ...\nfrom . import A as A\nfrom p import *\n",
    ],
)
def test_what_cannot_be_read_is_told_or_breaks_nothing(tmp_path: Path, source: bytes) -> None:
    good: dict[str, str | bytes] = {"p/__init__.py": "def f(): ...\n"}
    found = compared(tmp_path, good, {"p/__init__.py": source})
    assert found.unread == ["p"] or all(one.name.startswith("p") for one in found.broken)


def test_a_module_that_cannot_be_read_is_told_and_its_names_are_not_taken_for_gone(tmp_path: Path) -> None:
    before: dict[str, str | bytes] = {"p/__init__.py": "def f(): ...\n", "p/new.py": "def g(): ...\n"}
    found = compared(tmp_path, before, {"p/__init__.py": "", "p/new.py": "def g[: ...\n"})
    assert (told(found), found.unread) == (["p.f is gone (p/__init__.py)"], ["p.new"])


PAD = b"# " + b"x" * 998 + b"\n"
ONE = {"p/__init__.py": "def f(): ...\n"}
INNER = {"p/__init__.py": "", "p/m.py": "def f(): ...\n"}
STARS = {"p/__init__.py": "from .m import *\n", "p/m.py": "def f(): ...\n"}


@pytest.mark.parametrize(
    ("before", "after", "unread"),
    [
        (STARS, {**STARS, "p/m.py": "def f(: ...\n"}, ["p", "p.m"]),
        (STARS, {**STARS, "p/m.py": "from .n import *\n", "p/n.py": "def f(: ...\n"}, ["p", "p.m", "p.n"]),
        (INNER, {**INNER, "p/m.py": b"def f(): ...\n" + 2_100 * PAD}, ["p.m"]),
        (STARS, {**STARS, "p/m.py": b"def f(): ...\n" + 2_100 * PAD}, ["p", "p.m"]),
        (ONE, {"p/__init__.py": "def __getattr__(name): ...\n"}, ["p"]),
        (ONE, {"p/__init__.py": "from q import *\n"}, ["p"]),
        (ONE, {"p/__init__.py": "try:\n    from .fast import *\nexcept ImportError:\n    pass\n"}, ["p"]),
        (INNER, {**INNER, "p/m.py": "from ..q import *\n"}, ["p.m"]),
        (INNER, {"p/__init__.py": "", "p/m.pyx": "def f(): ...\n"}, ["p.m"]),
        (INNER, {"p/__init__.py": "", "p/m.cpython-313-x86_64-linux-gnu.so": "ELF"}, ["p.m"]),
        (ONE, {"p.py": "def f(): ...\n"}, ["p"]),
        ({**ONE, "p/m.pyi": "def f(): ...\n"}, {**ONE, "p/m.pyi": "def f[: ...\n"}, ["p.m"]),
        ({**ONE, "p/m.pyi": "def f(): ...\n"}, {**ONE, "p/m.pyi": "def __getattr__(name: str): ...\n"}, ["p.m"]),
        ({**ONE, "p/m/__init__.py": ""}, {"p/m/__init__.py": ""}, ["p"]),
    ],
)
def test_what_a_module_lacks_whose_names_are_not_all_read_is_not_called_gone(
    tmp_path: Path, before: dict[str, str | bytes], after: dict[str, str | bytes], unread: list[str]
) -> None:
    found = compared(tmp_path, before, after)
    assert (told(found), list(found.unread)) == ([], unread)


def test_a_module_that_is_a_link_by_now_is_not_called_gone(tmp_path: Path) -> None:
    place = tmp_path / "r"
    make_repository(place, {**INNER, "p/n.py": "def f(): ...\n"})
    (place / "p/m.py").unlink()
    (place / "p/m.py").symlink_to("n.py")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "Link")
    found = read_names(History(place / ".git"), "HEAD~1", "HEAD")
    assert (told(found), found.unread) == ([], ["p.m"])


@pytest.mark.parametrize(
    "path", ["x" * 300 + ".py", "/".join(["x" * 200] * 30) + "/a.py", "\udcff.py", "a\n# b.py", "a-b.py"]
)
def test_a_module_that_nobody_can_name_or_lay_is_passed_over(tmp_path: Path, path: str) -> None:
    repository = tmp_path / "r"
    git(tmp_path, "init", "-q", "--bare", str(repository))
    quoted = "".join(chr(one) if 32 < one < 127 else f"\\{one:03o}" for one in os.fsencode(f"p/{path}"))
    commits = [f"commit refs/heads/main\ncommitter a <a@b> {at} +0000\ndata 1\nx\n" for at in (1, 2)]
    files = f'M 100644 inline p/__init__.py\ndata 0\n\nM 100644 inline "{quoted}"\ndata 13\ndef f(): ...\n\n'
    gone = f'D "{quoted}"\nM 100644 inline p/other.py\ndata 0\n\n'
    subprocess.run(
        ["git", "fast-import", "--quiet"],
        cwd=repository,
        input=(commits[0] + files + commits[1] + gone).encode(),
        check=True,
    )
    found = read_names(History(repository), "main~1", "main")
    assert (told(found), found.unread) == ([], [])


@pytest.mark.parametrize(
    "after",
    [
        "if old:\n    def f(a): ...\nelse:\n    def f(b): ...\n",
        "try:\n    from q import f\nexcept ImportError:\n    def f(a): ...\n",
        "def f(a): ...\nif old:\n    def f(b): ...\n",
        "class C:\n    if old:\n        def g(self, a): ...\n    else:\n        def g(self, b): ...\ndef f(a): ...\n",
    ],
)
def test_a_name_that_branches_define_in_several_ways_is_not_called_broken(tmp_path: Path, after: str) -> None:
    before: dict[str, str | bytes] = {"p/__init__.py": "class C:\n    def g(self, a): ...\ndef f(a): ...\n"}
    after += "" if "class C" in after else "class C:\n    def g(self, a): ...\n"
    assert told(compared(tmp_path, before, {"p/__init__.py": after})) == []


def test_what_is_gone_beside_such_a_module_is_told(tmp_path: Path) -> None:
    before: dict[str, str | bytes] = {**STARS, "p/__init__.py": "from q import *\nclass C:\n    def g(self): ...\n"}
    after: dict[str, str | bytes] = {"p/__init__.py": "from q import *\nclass C: ...\n", "p/m.py": "x = 1\n"}
    assert told(compared(tmp_path, before, after)) == ["p.C.g is gone (p/__init__.py)", "p.m.f is gone (p/m.py)"]


def test_links_and_paths_that_lead_elsewhere_are_not_laid(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("def secret(): ...\n")
    place = tmp_path / "r"
    make_repository(place, {"p/__init__.py": "def f(): ...\n"})
    (place / "p/linked.py").symlink_to(tmp_path / "secret.py")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "Link")
    (place / "p/linked.py").unlink()
    commit(place, {"p/other.py": "x = 1\n"}, "Unlink")
    assert told(read_names(History(place / ".git"), "HEAD~1", "HEAD")) == []


def test_packages_are_those_that_others_use_and_a_monorepo_s_are_chosen_by_the_tag(tmp_path: Path) -> None:
    paths = [
        "src/slugs/__init__.py",
        "src/slugs/inner/__init__.py",
        "src/slugs/tests/__init__.py",
        "tests/__init__.py",
        "docs/conf/__init__.py",
        "packages/web-part/web_part/__init__.py",
        "scripts/run.py",
        "bad-name/__init__.py",
    ]
    place = tmp_path / "r"
    make_repository(place, dict.fromkeys(paths, ""))
    files = History(place / ".git").files("HEAD")
    assert {name: root for name, (root, _) in packages_of(files).items()} == {
        "slugs": "src/slugs",
        "web_part": "packages/web-part/web_part",
    }
    assert list(packages_of(files, "web-part@")) == ["web_part"]
    assert list(packages_of(files, "release-")) == ["web_part", "slugs"]
    assert [one.path for one in packages_of(files)["slugs"][1]] == [
        "src/slugs/__init__.py",
        "src/slugs/inner/__init__.py",
    ]
