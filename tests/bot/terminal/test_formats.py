"""Runs, one run and the audit log in every form: the same facts, and harmless wherever they are read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.api.forms import brief, whole
from bot.cli import inspect_commands
from bot.settings import Settings
from bot.terminal.formats import audit_as, runs_as, show_as
from bot.view.documents import Document, DocumentPart, Format, Table, as_csv, as_html, as_markdown
from sandbox.errors import UserError
from tests.fakes.finished_run import RUN, FinishedRun, finished_run
from workflows.ports import Usage
from workflows.store import audit
from workflows.store.run_rows import runs, spending
from workflows.store.web import run_search
from workflows.store.web.run_search import Filter

EVIL = '=1+1"\n|<script>alert(1)</script> @octo fixes #1 `x` \u202e![a](http://x/y.png)'


@pytest.fixture
def done(tmp_path: Path) -> Iterator[FinishedRun]:
    with finished_run(tmp_path) as finished:
        finished.store.write_now(lambda db: runs.update_run(db, RUN, error_text=EVIL, title=EVIL))
        finished.store.write_now(audit.note, EVIL, "github", EVIL, RUN, {"refused": EVIL})
        yield finished


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found = list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]


@pytest.mark.parametrize("form", list(Format))
def test_each_form_tells_of_each_thing_without_acting(done: FinishedRun, form: Format) -> None:
    settings: Settings = done.settings
    texts = [runs_as(settings, form, 10), show_as(settings, RUN, form), audit_as(settings, form, 10, "")]
    texts.append(audit_as(settings, form, 10, RUN[:5]))
    for text in texts:
        assert "\u202e" not in text or form in (Format.CSV, Format.JSON)
        if form is Format.HTML:
            assert {"script", "img"}.isdisjoint(_Tags(text).found)
        if form is Format.MARKDOWN:
            assert "<script>" not in text
            assert "@octo" not in text.replace("@\u200bocto", "")
            assert "![a](http" not in text
        if form is Format.JSON:
            json.loads(text)
        if form is Format.CSV:
            rows = list(csv.reader(io.StringIO(text)))
            assert len({len(row) for row in rows}) == 1
            assert not [one for row in rows for one in row if one.startswith(("=", "+", "-", "@"))]
    assert all("alert(1)" in text for text in (texts[0], texts[2]))


@pytest.mark.parametrize(("prices", "told"), [((), "0.0000"), ((None,), ""), ((0.25, None), "0.2500")])
def test_what_a_run_cost_is_told_as_far_as_prices_are_known(
    done: FinishedRun, prices: tuple[float | None, ...], told: str
) -> None:
    for price in prices:
        usage = Usage(1, 1, usd=price, seconds=1.0)
        done.store.write_now(lambda db, usage=usage: spending.book(db, RUN, "plan", "p", "m", usage, 1.0))
    (row,) = csv.DictReader(io.StringIO(runs_as(done.settings, Format.CSV, 10)))
    assert row["usd"] == told
    (line,) = done.store.read_now(run_search.search, Filter(), 10).lines
    assert brief(line).usd == whole(done.store.read_now(runs.snapshot, RUN)).usd == (float(told) if told else None)


def test_a_table_is_a_table_in_every_form() -> None:
    table = Table(("a", "b"), [("1", "x|y\nz"), ("-2", '"q"')])
    page = Document(
        "T & <t>", "Well.", [("Name", "v<b>")], [DocumentPart("Rows", table), DocumentPart("Text", "``` x")]
    )
    assert as_csv(table) == 'a,b\n1,"x|y\nz"\n\'-2,"""q"""\n'
    assert "| 1 | x\\|y z |" in as_markdown(page)
    assert "<td>x|y\nz</td>" in as_html(page)
    assert "T &amp; &lt;t&gt;" in as_html(page)


def test_two_forms_at_once_and_forms_that_are_none_are_refused(
    done: FinishedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspect_commands, "prepared", lambda: done.settings)
    with pytest.raises(UserError, match="two forms"):
        inspect_commands.runs(True, 5, "csv")
    with pytest.raises(UserError, match="There are: text, json"):
        inspect_commands.show(RUN, False, None, output=False, form="pdf")
    with pytest.raises(UserError, match="There is no run"):
        inspect_commands.audit("csv", 5, "none")
