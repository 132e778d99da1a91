from __future__ import annotations

import pytest

from workflows.reports.package_scripts import body_of


def test_a_script_is_found_by_its_name() -> None:
    assert body_of("test", b'{"scripts": {"test": "jest --ci", "lint": "eslint ."}}') == "jest --ci"


@pytest.mark.parametrize(
    "package_json",
    [
        b"",
        b"no json",
        b"\xff\xfe",
        b"[1]",
        b"null",
        b'{"scripts": ["test"]}',
        b'{"scripts": {"other": "jest"}}',
        b'{"scripts": {"test": null}}',
        b'{"scripts": {"test": ["jest"]}}',
        b"[" * 200_000,
    ],
    ids=lambda text: text[:30].decode(errors="replace") or "empty",
)
def test_where_there_is_no_such_script_there_is_no_body(package_json: bytes) -> None:
    assert body_of("test", package_json) is None
