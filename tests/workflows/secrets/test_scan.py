"""What counts as a secret in an added line, and what does not."""

from __future__ import annotations

import base64

import pytest

from workflows.secrets.named import Weight
from workflows.secrets.scan import MOST_CHARACTERS, FoundSecret, secrets_in
from workflows.text.added_lines import AddedLine, added_lines

RANDOM = "k9Xw2" + "Qz7Lm4Pv8Rt1Ny6Bc3"
"""Put together here, so that no scanner stops this file."""
KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"


def scan(text: str, path: str = "src/app.py") -> list[str]:
    """What stops the push."""
    return [str(found) for found in weighed(text, path) if found.weight is Weight.CERTAIN]


def weighed(text: str, path: str = "src/app.py") -> list[FoundSecret]:
    return secrets_in(AddedLine(path, n, line) for n, line in enumerate(text.split("\n"), 1))


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


TOKEN = "ghp_" + RANDOM + RANDOM[:15]


@pytest.mark.parametrize(
    "text",
    [
        "token: " + base64.b64encode(TOKEN.encode()).decode(),
        "data: " + base64.urlsafe_b64encode(f"password: {TOKEN}\n".encode()).decode().rstrip("="),
        "t = '" + base64.b64encode(TOKEN.encode("utf-16-le")).decode() + "'",
        f"t = '{TOKEN.encode().hex()}'",
        f"t = '{TOKEN[:9]}' + '{TOKEN[9:]}'",
        f"t = '{TOKEN[:9]}' f'{TOKEN[9:]}'",
        f't = "{TOKEN[:9]}" . "{TOKEN[9:]}"',
        f"t = '\\x{ord(TOKEN[0]):02x}{TOKEN[1:]}'",
        f"t = '\\u{ord(TOKEN[0]):04x}{TOKEN[1:]}'",
        f"t = '%{ord(TOKEN[0]):02x}{TOKEN[1:]}'",
        f"<b>&#{ord(TOKEN[0])};{TOKEN[1:]}</b>",
        f"t = '{TOKEN[:9]}\u200b{TOKEN[9:]}'",
        "\0".join(f"t = '{TOKEN}'"),
        f't = "{TOKEN[:9]}" + "{TOKEN[9:20]}" + "{TOKEN[20:]}"',
        f't = "".join(["{TOKEN[:9]}", "{TOKEN[9:20]}", "{TOKEN[20:]}"])',
        f't = f"ghp_{{"{TOKEN[4:]}"}}"',
        f"t = `${{'ghp_'}}{TOKEN[4:]}`",
        f't = "ghp_".concat("{TOKEN[4:]}")',
        f't = "ghp_{{}}".format("{TOKEN[4:]}")',
        f't = "ghp_%s" % "{TOKEN[4:]}"',
        f"T='{TOKEN[:9]}'\"{TOKEN[9:]}\"",
        f't = "{TOKEN[::-1]}"[::-1]',
        "t = " + base64.b64encode(base64.b64encode(TOKEN.encode())).decode(),
        "t = " + base64.b32encode(TOKEN.encode()).decode(),
        "t = [" + ", ".join(str(ord(one)) for one in TOKEN) + "]",
        "char t[] = {" + ", ".join(hex(ord(one)) for one in TOKEN) + "};",
        "T=$'" + "".join(f"\\{ord(one):03o}" for one in TOKEN) + "'",
        "key: " + base64.b64encode(f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}\n".encode()).decode(),
    ],
)
def test_a_shape_is_known_in_its_disguises(text: str) -> None:
    assert scan(text), text
    assert [found.weight for found in weighed(text, "tests/test_a.py")][:1] == [Weight.DOUBTFUL]


@pytest.mark.parametrize("joint", ['"\n    "', '" +\n    "', '"\n    + "', '",\n    "', '" \\\n    "', '" .\n    "'])
def test_a_text_that_goes_on_over_lines_is_one(joint: str) -> None:
    text = f't = ("{TOKEN[:9]}{joint}{TOKEN[9:20]}{joint}{TOKEN[20:]}")'
    lines = [AddedLine("src/a.py", number, line) for number, line in enumerate(text.split("\n"), 1)]
    assert [(found.line, found.weight) for found in secrets_in(lines)] == [(3, Weight.CERTAIN)]
    apart = [AddedLine("src/a.py", 10 * number, line) for number, line in enumerate(text.split("\n"), 1)]
    assert secrets_in(apart) == []


def test_what_is_encoded_and_is_no_secret_stops_nothing() -> None:
    for data in (b"an innocent line of text, which is long enough", bytes(range(256)), b"\0" * 99, TOKEN[:12].encode()):
        assert not weighed(f"x = '{base64.b64encode(data).decode()}' {data.hex()}")
    assert not weighed(
        "path = 'a' + 'b' + \"c\" + '%20' + '\\x41' + '&#65;' + '\\u{110000}' + '&#9999999;' + '\\ud800'"
    )


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
        told = [found.kind for found in weighed(f"password = '{RANDOM}'", path)]
        assert told == (["Secret Keyword"] if "test" in path else []), path
    assert scan("t = 'ghp_" + RANDOM + RANDOM[:15] + "'", "tests/test_login.py"), "a token is one everywhere"


def test_a_password_of_a_test_is_a_doubt_and_no_stop() -> None:
    for text in (
        "password = 'hunter" + "2xyz'",
        'login(user="a", password="s0mm' + 'erPw9")',
        "{'db_pass': 'q7" + "zzkPl2'}",
    ):
        assert [(f.kind, f.weight) for f in weighed(text, "tests/test_login.py")] == [("Password", Weight.DOUBTFUL)]
    for text in (
        "password = 'password1'",
        "password = os.environ['PW_1']",
        "password = 'correct-horse'",
        "passed = 'a1b2c3'",
    ):
        assert weighed(text, "tests/test_login.py") == []


def test_a_password_that_opens_only_this_machine_is_a_doubt_and_a_placeholder_is_nothing() -> None:
    url = "postgres://app:" + "k3Xw9Qz7@{}/db"
    assert scan(url.format("db.acme.io")) == ["src/app.py:1 (Basic Auth Credentials)"]
    for host in ("localhost", "127.0.0.1:5432", "[::1]:5432", "host.docker.internal", "db.local"):
        assert [found.weight for found in weighed(url.format(host))] == [Weight.DOUBTFUL], host
    assert [found.weight for found in weighed(url.format("db.acme.io"), "tests/test_db.py")] == [Weight.DOUBTFUL]
    assert weighed(url.format("db.example.com"), "docs/db.md") == []


def test_the_gravest_of_a_line_is_told() -> None:
    line = "a = 'redis://:k3Xw9" + "Qz7@localhost'; b = 'ghp_" + RANDOM + RANDOM[:15] + "'"
    assert [(found.kind, found.weight) for found in weighed(line)] == [("GitHub token", Weight.CERTAIN)]


def test_a_secret_is_found_wherever_it_stands_in_a_long_line_and_what_is_not_looked_at_is_told() -> None:
    token = "ghp_" + RANDOM + RANDOM[:15]
    for before in (0, 15_300, 16_380, 40_000, 199_000):
        assert scan("x " * (before // 2) + token + " y" * 20_000), before
    far = AddedLine("a.py", 1, "x" * MOST_CHARACTERS + " " + token)
    assert [found.weight for found in secrets_in([far, AddedLine("b.py", 7, "")])] == [Weight.UNSEEN] * 2
    assert [found.weight for found in secrets_in([AddedLine("a.bin", 3, "", whole=False)])] == [Weight.UNSEEN]


@pytest.mark.parametrize(
    "unit",
    [
        "sk-",
        "http://a:b",
        "a-",
        "password = ",
        'api_key = "abc1 ',
        "eyJ.",
        "AKIA",
        "'a' ",
        "?password=",
        "\\x41",
        "' + '",
        "QUJD",
        "41",
        "'a', ",
        "65, ",
        "<password>",
        "x-api-key: ",
        "mysql -p",
        "abandon ",
        "\\101",
        "docker login ",
        "A" * 32 + " ",
    ],
)
def test_no_line_makes_the_search_slow(unit: str) -> None:
    """A hundred thousand characters: one pattern that tries twice what it saw once would take minutes."""
    weighed((unit * 100_000)[:100_000])
    weighed((unit * 100_000)[:100_000], "a.yml")


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
