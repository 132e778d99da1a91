"""Comparing listings: everything that differs is said once, and what was said leads from one to the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.git.changes import compare
from sandbox.git.objects import Listing
from sandbox.journal import FileAction, FileChange

_items = st.tuples(st.sampled_from(["100644", "100755", "120000"]), st.sampled_from(["a" * 40, "b" * 40, "c" * 40]))
_listings = st.dictionaries(st.sampled_from(["x", "y", "d/x", "d/y", "e/f/g", "\udcff"]), _items)


@given(_listings, _listings)
def test_the_changes_lead_from_one_listing_to_the_other_and_back(before: Listing, after: Listing) -> None:
    changes = compare(before, after)
    there, back = dict(before), dict(after)
    for change in changes:
        there.pop(change.old_path or change.path, None)
        back.pop(change.path, None)
    for change in changes:
        if change.after_blob:
            there[change.path] = (change.after_mode, change.after_blob)
        if change.before_blob:
            back[change.old_path or change.path] = (change.before_mode, change.before_blob)
    assert there == after
    assert back == before
    assert changes == sorted(changes, key=lambda change: change.path)


def test_each_kind_of_change_has_its_name() -> None:
    one, two = "1" * 40, "2" * 40
    before = {"same": ("100644", one), "mode": ("100644", one), "edit": ("100644", one), "old": ("100644", two)}
    after = {"same": ("100644", one), "mode": ("100755", one), "edit": ("100644", two), "sub/new": ("100755", two)}
    assert compare(before, after) == [
        FileChange("edit", FileAction.MODIFIED, "100644", "100644", one, two),
        FileChange("mode", FileAction.MODE, "100644", "100755", one, one),
        FileChange("sub/new", FileAction.RENAMED, "100644", "100755", two, two, "old"),
    ]


def test_of_several_files_with_the_same_content_the_one_of_the_same_name_was_moved() -> None:
    one = "1" * 40
    before = {"a/x": ("100644", one), "a/y": ("100644", one)}
    after = {"b/y": ("100644", one)}
    assert [(c.path, c.action, c.old_path) for c in compare(before, after)] == [
        ("a/x", FileAction.DELETED, ""),
        ("b/y", FileAction.RENAMED, "a/y"),
    ]


def test_a_file_does_not_become_a_symlink_by_renaming() -> None:
    one = "1" * 40
    changes = compare({"file": ("100644", one)}, {"link": ("120000", one)})
    assert [change.action for change in changes] == [FileAction.DELETED, FileAction.CREATED]
