"""Secrets are found in every form in which they could leave."""

from __future__ import annotations

import base64
import codecs
import io
import logging
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.secrets.redaction import MARK, RedactingFilter, Redactor
from workflows.text.escape import line, plain

SECRET = 's3cr+t/ value?&with=odd%ch"rs'
TOKEN = "ghs_12345_" + "eyJhbGciOi.J9" * 30


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        SECRET.encode().hex(),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(f"x-access-token:{SECRET}".encode()).decode(),
        base64.encodebytes(f"user:{SECRET} and a rest that makes it longer than one line".encode()).decode(),
    ],
)
def test_a_secret_is_found_in_each_of_its_forms(form: str) -> None:
    cleaned = Redactor(SECRET)(f"it is {form}, there")
    assert MARK in cleaned
    assert cleaned.startswith("it is ")
    assert cleaned.endswith(", there")


RAW = SECRET.encode()
TWICE = base64.b64encode(b"a" + base64.b64encode(b"key=" + RAW + b" end") + b"zz").decode()


@pytest.mark.parametrize(
    "form",
    [
        SECRET[::-1],
        codecs.encode(SECRET, "rot13"),
        base64.b32encode(RAW).decode(),
        base64.b32encode(b"key " + RAW + b" more").decode().lower(),
        TWICE,
        base64.encodebytes(base64.b64encode(RAW)).decode(),
        "".join(f"\\x{byte:02x}" for byte in RAW),
        "".join(f"\\u{byte:04x}" for byte in RAW),
        "".join(f"\\u{byte:04X}" for byte in RAW),
        "".join(f"&#{byte};" for byte in RAW),
        "".join(f"&#x{byte:x};" for byte in RAW),
        "".join(f"%{byte:02x}" for byte in RAW),
        RAW.hex(" "),
        RAW.hex(":").upper(),
        str(list(RAW)),
        ", ".join(map(hex, RAW)),
    ],
)
def test_a_key_is_found_in_forms_in_which_it_is_only_written_to_get_it_out(form: str) -> None:
    assert MARK in Redactor(SECRET)(f"it is {form}, there")


@given(st.text(min_size=8, max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_found_wherever_it_begins_in_an_encoded_text(secret: str, before: str, after: str) -> None:
    encoded = base64.b64encode((before + secret.strip() + after).encode()).decode()
    if len(secret.strip()) >= 8 and "\n" not in secret.strip() and "\r" not in secret.strip():
        assert MARK in Redactor(secret)(encoded)


def test_a_secret_is_found_in_text_that_was_made_harmless_or_laid_out() -> None:
    secret = "tok@en#12-fixes#3<b>X9"
    redact = Redactor(secret)
    assert line(secret) != secret
    assert redact(f"a {line(secret)} b") == redact(f"a {plain(secret)} b") == f"a {MARK} b"
    assert redact("a: >\n    tok@en#12-\n    fixes#3<b>X9\n") == f"a: >\n    {MARK}\n"


def test_a_long_token_goes_by_its_value_and_by_its_shape() -> None:
    assert Redactor(TOKEN)(f"a {TOKEN} b") == f"a {MARK} b"
    assert Redactor()(f"a {TOKEN} b") == f"a {MARK} b"
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
    assert Redactor()(f"a\n{key}\nb") == f"a\n{MARK}\nb"


def test_each_line_of_a_key_is_a_secret_and_short_values_are_not() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"
    redact = Redactor(key, "abc")
    assert redact("leaked: hkiG9w0BAQEFAASC") == f"leaked: {MARK}"
    assert redact("abc of it") == "abc of it"


def test_old_tokens_are_forgotten_and_keys_are_not() -> None:
    redact = Redactor("the-lasting-key")
    for number in range(2000):
        redact.add(f"token-number-{number}")
    assert redact("token-number-1999 the-lasting-key") == f"{MARK} {MARK}"
    assert redact("token-number-0.") == "token-number-0."


def test_no_secret_reaches_a_log_in_message_argument_or_traceback() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(RedactingFilter(Redactor(SECRET)))
    log = logging.Logger("test")
    log.addHandler(handler)
    log.warning("token %s", SECRET)
    try:
        raise ValueError(f"refused: {SECRET}")
    except ValueError:
        log.exception("failed")
    assert SECRET not in out.getvalue()
    assert out.getvalue().count(MARK) == 2
