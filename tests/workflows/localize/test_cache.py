"""The cache under damage, competition and refusal: it never fails a ranking, it only forgets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.localize.cache import _TREES, IndexCache
from workflows.localize.index import Index
from workflows.localize.parsing.extraction import features_of
from workflows.localize.parsing.features import Features

(SAMPLE,) = features_of([("python", b"def open_box():\n    return box\n")])


def same(a: Features | None, b: Features) -> bool:
    return a is not None and a.to_bytes() == b.to_bytes()


def test_what_was_added_is_found_again(tmp_path: Path) -> None:
    IndexCache(tmp_path / "new").add_features({"k": SAMPLE})
    assert same(IndexCache(tmp_path / "new").features(["k", "other"])["k"], SAMPLE)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_flipped_byte_of_features_is_noticed(place: int, change: int) -> None:
    data = bytearray(SAMPLE.to_bytes())
    data[place % len(data)] ^= change
    assert Features.from_bytes(bytes(data)) is None


@given(st.integers(0, 10_000))
def test_a_cut_index_is_noticed(length: int) -> None:
    data = Index.build([SAMPLE]).to_bytes()
    assert Index.from_bytes(data[: length % len(data)]) is None


def test_a_damaged_database_is_begun_anew(tmp_path: Path) -> None:
    cache = IndexCache(tmp_path)
    cache.add_features({"k": SAMPLE})
    (file,) = tmp_path.glob("features-*.sqlite")
    file.write_bytes(b"not a database at all, but long enough to be taken for one" * 100)
    assert cache.features(["k"]) == {}
    cache.add_features({"k": SAMPLE})
    assert same(cache.features(["k"])["k"], SAMPLE)


def test_a_damaged_tree_is_absent_and_is_replaced(tmp_path: Path) -> None:
    cache = IndexCache(tmp_path)
    cache.add_index("t", Index.build([SAMPLE]))
    (file,) = tmp_path.glob("tree-*.npz")
    file.write_bytes(file.read_bytes()[:-30])
    assert cache.index("t") is None
    cache.add_index("t", Index.build([SAMPLE]))
    assert cache.index("t") is not None


def test_only_the_latest_trees_are_kept(tmp_path: Path) -> None:
    cache = IndexCache(tmp_path)
    for number in range(_TREES + 5):
        cache.add_index(str(number), Index.build([SAMPLE]))
    assert len(list(tmp_path.iterdir())) == _TREES
    assert cache.index(str(_TREES + 4)) is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_may_not_be_written_is_lived_with(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    cache = IndexCache(tmp_path)
    cache.add_features({"k": SAMPLE})
    cache.add_index("t", Index.build([SAMPLE]))
    assert cache.features(["k"]) == {}
    tmp_path.chmod(0o700)


def test_a_file_where_the_directory_should_be_is_lived_with(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("in the way")
    cache = IndexCache(tmp_path / "index")
    cache.add_features({"k": SAMPLE})
    cache.add_index("t", Index.build([SAMPLE]))
    assert cache.features(["k"]) == {}
    assert cache.index("t") is None


def test_several_processes_may_write_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from workflows.localize.cache import IndexCache;"
        "from workflows.localize.parsing.extraction import features_of;"
        "c = IndexCache(Path(sys.argv[1]));"
        "[c.add_features({f'{sys.argv[2]}-{n}': features_of([('python', b'def f(): ...')])[0]}) for n in range(20)]"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path), str(n)]) for n in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    keys = [f"{writer}-{n}" for writer in range(3) for n in range(20)]
    assert IndexCache(tmp_path).features(keys).keys() == set(keys)
