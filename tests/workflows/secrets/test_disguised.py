"""What a line reads as without its encodings, escapes and sums."""

from __future__ import annotations

import base64
import codecs

import pytest

from workflows.secrets.disguised import readings

HIDDEN = "secret-value-1234567890"
CODED = base64.b64encode(HIDDEN.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        "secret\u200b-value-\u202e1234567890",
        "secret\u00ad-value-1234567890\ufeff",
        HIDDEN.replace("e", "\\x65"),
        HIDDEN.replace("e", "\\u0065"),
        HIDDEN.replace("e", "\\u{65}"),
        HIDDEN.replace("e", "\\U00000065"),
        HIDDEN.replace("e", "%65"),
        HIDDEN.replace("e", "\\145"),
        HIDDEN.replace("e", "&#101;"),
        HIDDEN.replace("e", "&#x65;"),
        "'secret-value' + '-1234567890'",
        "'secret-value' '-1234567890'",
        '"secret-value" . "-1234567890"',
        '"secret-value" <> "-1234567890"',
        "join('secret-value', '-1234567890')",
        '"{}-1234567890".format("x")'.replace('"{}', '"secret-value{}').replace('"x"', '""'),
        "${'secret-value'}-1234567890",
        f"data: {CODED}",
        f"data: {base64.urlsafe_b64encode(HIDDEN.encode()).decode().rstrip('=')}",
        f"data: {base64.b64encode(CODED.encode()).decode()}",
        f"data: {base64.b64encode(HIDDEN.encode('utf-16-le')).decode()}",
        f"data: {base64.b32encode((HIDDEN + '  ').encode()).decode()}",
        f"data: {HIDDEN.encode().hex()}",
        f"bytes([{', '.join(str(ord(c)) for c in HIDDEN)}])",
        f"bytes([{','.join(hex(ord(c)) for c in HIDDEN)}])",
        f"'{HIDDEN[::-1]}'[::-1]",
        f"codecs.decode('{codecs.encode(HIDDEN, 'rot13')}', 'rot13')",
        f'echo {CODED[:20]}""{CODED[20:]}',
    ],
)
def test_what_is_hidden_is_in_one_of_the_readings(text: str) -> None:
    assert HIDDEN not in text
    assert any(HIDDEN in reading for reading in readings(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain words",
        "x = 'one text'",
        "\\ud800",
        "\\u{110000}",
        "%00 \\x00 &#0;",
        "0" * 15,
        "-" * 24,
        "ä" * 40,
        "[1, 2, 3]",
    ],
)
def test_a_line_that_hides_nothing_has_no_other_reading(text: str) -> None:
    assert list(readings(text)) == []


def test_what_is_coded_and_no_text_is_no_reading() -> None:
    assert not list(readings(base64.b64encode(bytes(range(128, 160))).decode()))
    assert not list(readings(bytes(range(128, 160)).hex()))


@pytest.mark.parametrize(
    "unit", ["\\x41", '"a"+', "A", "97, ", '"', '{"', "YWJj", "61", "MFRG", "%41", "\u200b", "reversed ", "'a'"]
)
def test_a_line_of_any_size_is_read(unit: str) -> None:
    size = 60_000
    assert sum(map(len, readings(unit * (size // len(unit))))) < 8 * size
