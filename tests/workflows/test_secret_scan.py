"""What counts as a secret in an added line, and what does not."""

from __future__ import annotations

import pytest

from workflows.added_lines import AddedLine, added_lines
from workflows.secret_scan import secrets_in

RANDOM = "k9Xw2" + "Qz7Lm4Pv8Rt1Ny6Bc3"
"""Put together here, so that no scanner stops this file."""
KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"


def scan(text: str, path: str = "src/app.py") -> list[str]:
    lines = text.split("\n")
    return [str(found) for found in secrets_in(AddedLine(path, n, line) for n, line in enumerate(lines, 1))]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("key = 'AKIA" + "Q3EGRIU2B4XY7ZT5'", "AWS Access Key"),
        ("t = 'ghp_" + RANDOM + RANDOM[:15] + "'", "GitHub token"),
        ("t = 'ghs_12345_" + "eyJhbGciOiJSUzI1NiJ9.Qz7Lm4Pv8Rt1Ny6Bc3k9Xw2w" + "'", "GitHub token"),
        ("t = 'github_pat_" + RANDOM * 3 + "'", "GitHub token"),
        ("k = 'sk-ant-" + RANDOM * 2 + "'", "Anthropic key"),
        ("url = 'https://hooks.slack.com/services/T0A1B2C3D/B4E5F6G7H/" + RANDOM + "'", "Slack Token"),
        (f"password = '{RANDOM}'", "Secret Keyword"),
        (f"access_token = '{RANDOM}{RANDOM[::-1]}'", "High Entropy String"),
        (f"url = 'postgres://app:{RANDOM}@db/app'", "Basic Auth Credentials"),
    ],
)
def test_a_secret_is_found_with_its_place_and_kind_and_without_its_value(text: str, kind: str) -> None:
    assert scan(f"import os\n{text}") == [f"src/app.py:2 ({kind})"]


def test_a_private_key_is_its_second_line() -> None:
    head = "-----BEGIN RSA " + "PRIVATE KEY-----"
    assert scan(f"{head}\n{KEY}") == ["src/app.py:2 (Private Key)"]
    assert scan(f'key = "{head}\\n{KEY}"') == ["src/app.py:1 (Private Key)"]
    assert scan(f'if text.startswith("{head}"):\n    return parse(text)') == []


@pytest.mark.parametrize(
    "text",
    [
        "aws = 'AKIAIOSFODNN7EXAMPLE'",
        "password = 'hunter2'",
        "password = os.environ['PASSWORD_OF_THE_DATABASE_1']",
        "password = get_secret('a1b2c3d4e5f6g7h8i9')",
        "api_key = '${API_KEY_FROM_THE_VAULT_1}'",
        "sha = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'",
        "integrity = 'sha512-Qz7Lm4Pv8Rt1Ny6Bc3k9Xw2Qz7Lm4Pv8Rt1Ny6Bc3k9Xw2=='",
        "token_id = '6f1c2a9e-3b47-4d0e-9f55-0a1b2c3d4e5f'",
        "max_tokens = 'batch_1_day_max_input_tokens'",
        "url = 'http://user:password@localhost/'",
    ],
)
def test_hashes_placeholders_and_look_ups_stop_nothing(text: str) -> None:
    assert scan(text) == []


def test_a_value_that_only_looks_random_counts_in_no_test_document_or_lock_file() -> None:
    for path in ("tests/test_login.py", "docs/login.md", "package-lock.json", "web/login.test.ts", "uv.lock"):
        assert scan(f"password = '{RANDOM}'", path) == []
    assert scan("t = 'ghp_" + RANDOM + RANDOM[:15] + "'", "tests/test_login.py"), "a token is one everywhere"


def test_a_comment_that_allows_a_secret_is_not_obeyed() -> None:
    assert scan(f"password = '{RANDOM}'  # pragma: allowlist secret")


def test_added_lines_have_their_file_and_their_number_afterwards() -> None:
    diff = (
        "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -3,3 +3,4 @@ def f():\n one\n-two\n+++ b/fake.txt\n"
        '+@@ -1 +1 @@\n three\ndiff --git "a/caf\\303\\251" "b/caf\\303\\251"\n--- /dev/null\n'
        '+++ "b/caf\\303\\251"\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n'
    )
    assert list(added_lines(diff)) == [
        AddedLine("a.txt", 4, "++ b/fake.txt"),
        AddedLine("a.txt", 5, "@@ -1 +1 @@"),
        AddedLine("café", 1, "x"),
    ]
