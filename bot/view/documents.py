"""What is shown as a value of its own, whatever it is drawn as: a table, or a page of facts and parts."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from workflows.text.escape import block, cell, line, plain, visible

_MOST = 2000
"""Characters of a cell of Markdown."""
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNSEEN = " \u00a0\u200b\u200c\u200d\u2060\ufeff"
"""What a spreadsheet may pass over in front of one."""


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as there are columns. Cells are text as it came."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A part of a page: a table, or text on lines of its own."""

    title: str
    body: Table | str


@dataclass(frozen=True, slots=True)
class Document:
    """A page: its title, a sentence, facts with their names, and parts."""

    title: str
    sentence: str = ""
    facts: Sequence[tuple[str, str]] = ()
    parts: Sequence[DocumentPart] = ()


def as_csv(table: Table) -> str:
    """With a head, and with no cell that a spreadsheet takes for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([csv_cell(one) for one in row] for row in table.rows)
    return out.getvalue()


def csv_cell(text: str) -> str:
    """Text that a spreadsheet shows as it is: https://owasp.org/www-community/attacks/CSV_Injection"""
    return f"'{text}" if text.lstrip(_UNSEEN).startswith(_FORMULAS) else text


def as_markdown(page: Document) -> str:
    """As GitHub reads it; nothing in it mentions, closes or loads anything."""
    parts = [f"# {line(page.title)}"]
    if page.sentence:
        parts.append(plain(page.sentence))
    if page.facts:
        parts.append("\n".join(f"- **{name}**: {line(value, _MOST)}" for name, value in page.facts))
    for part in page.parts:
        parts.append(f"## {line(part.title)}")
        parts.append(_markdown_table(part.body) if isinstance(part.body, Table) else block(visible(part.body)))
    return "\n\n".join(parts) + "\n"


def as_html(page: Document) -> str:
    """A whole page that needs nothing else, and runs nothing."""
    facts = "".join(f"<dt>{_escaped(name)}</dt><dd>{_escaped(value)}</dd>" for name, value in page.facts)
    parts = "".join(f"<h2>{_escaped(part.title)}</h2>{_html(part.body)}" for part in page.parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{_escaped(page.title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{_escaped(page.title)}</h1>{f'<p>{_escaped(page.sentence)}</p>' if page.sentence else ''}"
        f"{f'<dl>{facts}</dl>' if facts else ''}{parts}</body></html>\n"
    )


_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:1rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}"
    "td,th{border:1px solid #8888;padding:.25rem .5rem;text-align:left;vertical-align:top}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:0 1rem}dd{margin:0}pre{white-space:pre-wrap}"
)


def _html(body: Table | str) -> str:
    if isinstance(body, str):
        return f"<pre>{_escaped(body)}</pre>"
    head = "".join(f"<th>{_escaped(one)}</th>" for one in body.columns)
    rows = "".join(f"<tr>{_cells(row)}</tr>" for row in body.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(row: Iterable[str]) -> str:
    return "".join(f"<td>{_escaped(one)}</td>" for one in row)


def _markdown_table(table: Table) -> str:
    lines = [f"| {' | '.join(table.columns)} |", f"|{'---|' * len(table.columns)}"]
    lines += [f"| {' | '.join(cell(line(one, _MOST)) for one in row)} |" for row in table.rows]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return html.escape(visible(text))
