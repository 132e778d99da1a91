"""What a file's bytes are as text, and how a text becomes bytes of the same kind again.

Encoding, mark at the beginning and line ends are the file's: whoever edits a line decides about
that line alone. Where the encoding cannot be known, only what is the same in all of them is written.
"""

from __future__ import annotations

import codecs
import difflib
import re
from dataclasses import dataclass, replace

from workflows.agent.tools.calls import BadCall

MOST_BYTES = 4 * 1024 * 1024
"""Files beyond this are for shell commands."""
_LOOKED_AT = 8192
_MOST_COMPARED = 4000
"""Lines; longer texts are compared at their beginning and end alone."""

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8", "UTF-8 with a mark (BOM)"),
    (b"\xff\xfe\0\0", "utf-32-le", "UTF-32"),
    (b"\0\0\xfe\xff", "utf-32-be", "UTF-32"),
    (b"\xff\xfe", "utf-16-le", "UTF-16"),
    (b"\xfe\xff", "utf-16-be", "UTF-16"),
)
_DECLARED = (
    re.compile(rb"\A(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)"),  # PEP 263, also Ruby and Emacs
    re.compile(rb"\A\s*<\?xml[^>\n]{0,200}?encoding\s*=\s*[\"']([-\w.]+)"),
    re.compile(rb"\A(?s:.{0,2000}?)<meta[^>]{0,200}?charset\s*=\s*[\"']?([-\w.]+)", re.IGNORECASE),
    re.compile(rb"\A@charset\s+\"([-\w.]+)\""),
)
_CODECS = re.compile(r"(iso8859|latin|cp\d|gb|big5|shift_jis|euc|koi8|mac-|johab|tis|hp-roman|ptcp|kz1048|cp|ascii)")
_BREAK = re.compile(r"\r\n|\n")
_OLD_BREAK = re.compile(r"\r\n|\n|\r")
_CONTROLS = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file's text, without its mark and with its line ends as they are.

    `encoding` is a codec's name, "" where it cannot be known: then bytes that are not ASCII stand
    as halves of surrogate pairs. `called` is the encoding as people call it.
    """

    text: str
    encoding: str = "utf-8"
    mark: bytes = b""
    called: str = "UTF-8"

    @property
    def ends(self) -> str:
        """The line end that most lines have; "" where there is none, or no majority."""
        windows = self.text.count("\r\n")
        unix, mac = self.text.count("\n") - windows, self.text.count("\r") - windows
        if windows != unix and (windows or unix):
            return "\r\n" if windows > unix else "\n"
        return "\r" if mac and not windows and not unix else ""

    @property
    def is_mixed(self) -> bool:
        windows = self.text.count("\r\n")
        return 0 < windows < self.text.count("\n")

    @property
    def lines(self) -> list[str]:
        """Without their ends."""
        return _lines(self.plain)

    @property
    def plain(self) -> str:
        """The text with LF for each line end. A bare CR is one only where there is no other."""
        return self.text.replace("\r", "\n") if self.ends == "\r" else self.text.replace("\r\n", "\n")

    def bytes_with(self, text: str, path: str) -> bytes:
        """Another text as a file of this kind; BadCall where it cannot be one."""
        try:
            return self.mark + text.encode(self.encoding or "utf-8", "strict" if self.encoding else "surrogateescape")
        except UnicodeEncodeError as error:
            what = text[error.start : error.end][:20]
            if 0xD800 <= ord(what[0]) <= 0xDFFF:
                raise BadCall("The text holds half of a surrogate pair, which no file can hold.") from None
            raise BadCall(
                f"{path} is {self.called}, which has no {what!r}: write it otherwise, as an escape or in ASCII."
            ) from None

    def after(self, text: str, *, new: bool = False) -> TextFile:
        """The file with another text: in the encoding that its text declares, where that changed with it.

        A `new` file has the one that it declares; one without a declaration keeps what it had.
        """
        before, said = (_declared(one[:4096].encode("ascii", "replace")) for one in (self.text, text))
        if self.mark or not self.encoding or (said == before and not new):
            return replace(self, text=text)
        return TextFile(text, said, b"", said) if said else TextFile(text)

    def refuse_unknown(self, new: str, old: str, path: str) -> None:
        """BadCall where `new` has what `old` has not, and nobody knows how the file would write that."""
        there = set(old)
        if self.encoding or all(character <= "\x7f" or character in there for character in new):
            return
        what = next(character for character in new if character > "\x7f" and character not in there)
        raise BadCall(
            f"{path} is not UTF-8, and it does not say in which encoding it is, so {what!r} cannot be written into it:"
            " write it in ASCII, or have a shell command convert the text (python with encoding=..., iconv)."
        )


def decoded(path: str, data: bytes) -> TextFile:
    """What a file holds as text; BadCall where it is none, or too large."""
    if len(data) > MOST_BYTES:
        raise BadCall(f"{path} is larger than {MOST_BYTES // 1024 // 1024} MB: use shell commands (head, grep, sed).")
    for mark, codec, called in _MARKS:
        if data.startswith(mark):
            try:
                return TextFile(data[len(mark) :].decode(codec), codec, mark, called)
            except UnicodeDecodeError:
                break
    if b"\0" in data[:_LOOKED_AT]:
        raise BadCall(f"{path} is {_binary(data)} ({len(data)} bytes): use shell commands.")
    declared = _declared(data)
    try:
        text = data.decode("utf-8")
        if not declared or not data.isascii():
            return TextFile(text)
    except UnicodeDecodeError:
        pass
    for codec in (declared,) if declared else ():
        try:
            text = data.decode(codec)
            if text.encode(codec) == data:
                return TextFile(text, codec, b"", codec)
        except UnicodeError:
            pass
    if len(_CONTROLS.findall(data[:_LOOKED_AT])) > len(data[:_LOOKED_AT]) // 50:
        raise BadCall(f"{path} is a binary file ({len(data)} bytes): use shell commands.")
    return TextFile(data.decode("utf-8", "surrogateescape"), "", b"", "not UTF-8")


def replaced(file: TextFile, at: int, old: str, new: str) -> str:
    """The file's text with `old` (as it stands in `plain` at `at`) made `new`; all other line ends stay as they are."""
    start, stop = _raw(file, at), _raw(file, at + len(old))
    ends = file.ends or _nearest(file.text, start) or "\n"
    return file.text[:start] + rebroken(file.text[start:stop], new, ends) + file.text[stop:]


def unbroken(file: TextFile, text: str) -> str:
    """A text of the model with LF for each line end, as `plain` has it."""
    text = text.replace("\r\n", "\n")
    return text.replace("\r", "\n") if file.ends == "\r" else text


def rebroken(before: str, after: str, ends: str) -> str:
    """`after` (with LF) in which lines that stand in `before` keep their line ends, and all others have `ends`."""
    old, new = _pieces(before, _OLD_BREAK if ends == "\r" else _BREAK), _pieces(after, _BREAK)
    kept: dict[int, str] = {}
    for first, second, size in _matches([line for line, _ in old], [line for line, _ in new]):
        kept.update({second + n: old[first + n][1] for n in range(size) if old[first + n][1]})
    return "".join(line + (kept.get(n, ends) if end else "") for n, (line, end) in enumerate(new))


def _matches(old: list[str], new: list[str]) -> list[tuple[int, int, int]]:
    if len(old) <= _MOST_COMPARED and len(new) <= _MOST_COMPARED:
        return [(m.a, m.b, m.size) for m in difflib.SequenceMatcher(None, old, new).get_matching_blocks()]
    least = min(len(old), len(new))
    head = next((n for n in range(least) if old[n] != new[n]), least)
    tail = next((n for n in range(least - head) if old[-1 - n] != new[-1 - n]), least - head)
    return [(0, 0, head), (len(old) - tail, len(new) - tail, tail)]


def _pieces(text: str, breaks: re.Pattern[str]) -> list[tuple[str, str]]:
    """Lines with their ends; the last one has none."""
    pieces, at = [], 0
    for found in breaks.finditer(text):
        pieces.append((text[at : found.start()], found[0]))
        at = found.end()
    return [*pieces, (text[at:], "")]


def _raw(file: TextFile, at: int) -> int:
    """Where a place in `plain` is in the text itself."""
    if "\r\n" not in file.text:
        return at
    raw = plain = 0
    while True:
        found = file.text.find("\r\n", raw)
        if found < 0 or plain + (found - raw) >= at:
            return raw + (at - plain)
        plain += found - raw + 1
        raw = found + 2


def _nearest(text: str, at: int) -> str:
    """The line end that follows a place, else the one before it."""
    following = _BREAK.search(text, at)
    if following:
        return following[0]
    before = text.rfind("\n", 0, at)
    return "" if before < 0 else "\r\n" if text[before - 1 : before] == "\r" else "\n"


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _declared(data: bytes) -> str:
    """The codec that a file says it is in, where it is one for texts that is not UTF-8; else ""."""
    for pattern in _DECLARED:
        if found := pattern.search(data[:4096]):
            try:
                name = codecs.lookup(found[1].decode("ascii", "replace")).name
            except (LookupError, ValueError):
                return ""
            return name if _CODECS.match(name) else ""
    return ""


def _binary(data: bytes) -> str:
    sample = data[: _LOOKED_AT - _LOOKED_AT % 2]
    halves = len(sample) // 2 or 1
    if max(sample[::2].count(0), sample[1::2].count(0)) > halves * 0.4 and 0 in (
        sample[::2].count(0),
        sample[1::2].count(0),
    ):
        return "UTF-16 text without a mark (BOM)"
    return "a binary file"
