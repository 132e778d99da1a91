"""A diff as rows of a table."""

from __future__ import annotations

from bot.admin.diffs import DiffRow, files_of

DIFF = """diff --git a/a.py b/a.py
index 1..2 100644
--- a/a.py
+++ b/a.py
@@ -3,3 +3,4 @@ def f():
 same
-old
+new
+--- not a header
 last
diff --git a/b c.txt b/d e.txt
similarity index 90%
rename from b c.txt
rename to d e.txt
diff --git a/x.bin b/x.bin
new file mode 100644
Binary files /dev/null and b/x.bin differ
"""


def test_each_row_has_its_number_on_each_side() -> None:
    files, cut = files_of(DIFF)
    assert not cut
    first = files[0]
    assert (first.name, first.added, first.removed) == ("a.py", 2, 1)
    assert first.rows == [
        DiffRow("hunk", 0, 0, "@@ -3,3 +3,4 @@ def f():"),
        DiffRow("same", 3, 3, "same"),
        DiffRow("del", 4, 0, "old"),
        DiffRow("add", 0, 4, "new"),
        DiffRow("add", 0, 5, "--- not a header"),
        DiffRow("same", 5, 6, "last"),
    ]


def test_what_has_no_lines_says_what_became_of_it() -> None:
    _, moved, binary = files_of(DIFF)[0]
    assert (moved.name, [row.text for row in moved.rows]) == ("d e.txt", ["rename from b c.txt", "rename to d e.txt"])
    assert [row.text for row in binary.rows] == ["new file mode 100644", "Binary files /dev/null and b/x.bin differ"]


def test_a_line_that_looks_like_the_next_file_is_a_line() -> None:
    (only,), _ = files_of("diff --git a/a b/a\n@@ -1 +1 @@\n-diff --git a/b b/b\n+diff --git a/c b/c\n")
    assert [row.text for row in only.rows[1:]] == ["diff --git a/b b/b", "diff --git a/c b/c"]


def test_a_name_that_git_quotes_is_read() -> None:
    (only,), _ = files_of('diff --git "a/\\303\\244 \\"q\\".py" "b/\\303\\244 \\"q\\".py"\n@@ -1 +1 @@\n-a\n+b\n')
    assert only.name == 'ä "q".py'


def test_a_diff_without_end_is_cut_and_that_is_said() -> None:
    files, cut = files_of("diff --git a/a b/a\n@@ -0,0 +1,9000 @@\n" + "+x\n" * 9000)
    assert cut
    assert sum(len(one.rows) for one in files) < 9000
    (long,), _ = files_of("diff --git a/a b/a\n@@ -0,0 +1 @@\n+" + "x" * 9000 + "\n")
    assert long.rows[1].text.endswith(" …")
    assert len(long.rows[1].text) < 2100
