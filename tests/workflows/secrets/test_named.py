"""Values whose name says that they are secret. All values are made here, at random but always the same."""

from __future__ import annotations

import random
import string

import pytest

from workflows.secrets.named import Place, Weight, named

_RANDOM = random.Random(7)
TOKEN = "".join(_RANDOM.choices(string.ascii_letters + string.digits, k=32))
HEX = "".join(_RANDOM.choices("0123456789abcdef", k=40))
UUID = "-".join(HEX[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))
WORDS = "apple bread chair dance eagle fence grape house ivory jolly knife lemon"


def place(path: str = "a.py", *, tests: bool = False, configuration: bool = False) -> Place:
    return Place(path, tests, False, False, configuration)


def kinds(text: str, where: Place | None = None) -> list[tuple[str, Weight]]:
    return list(dict.fromkeys(named(text, where or place())))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f'api_key = "{TOKEN}"', "Secret Keyword"),
        (f"DB_PASSWORD: str = '{TOKEN}'", "Secret Keyword"),
        (f'config["secret"] = `{TOKEN}`', "Secret Keyword"),
        (f'"clientSecret": "{TOKEN}",', "Secret Keyword"),
        (f'set_password("{TOKEN}")', "Secret Keyword"),
        (f'if "{TOKEN}" == request.api_key', "Secret Keyword"),
        (f"<apiKey>{TOKEN}</apiKey>", "Secret Keyword"),
        (f'<add key="Some.ApiKey" value="{TOKEN}"/>', "Secret Keyword"),
        (f"<key>apiKey</key><string>{TOKEN}</string>", "Secret Keyword"),
        (f'"X-Api-Key": "{TOKEN}"', "Secret Keyword"),
        (f'auth_token = "{TOKEN}"', "High Entropy String"),
        (f'api_key = "{HEX}"', "Secret Keyword"),
        (f'{{"kty": "oct", "k": "{TOKEN}{TOKEN}"}}', "JSON Web Key"),
    ],
)
def test_a_random_value_under_such_a_name_is_a_secret_and_in_tests_a_doubt(text: str, kind: str) -> None:
    assert (kind, Weight.CERTAIN) in kinds(text)
    assert (kind, Weight.DOUBTFUL) in kinds(text, place(tests=True))
    assert (kind, Weight.CERTAIN) not in kinds(text, place(tests=True))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('password = "horse7Battery"', "Password"),
        (f'api_key = "{UUID}"', "Secret Keyword"),
        (f'mnemonic = "{WORDS}"', "words of a wallet"),
        (f"eyJ{TOKEN}.eyJ{TOKEN}.{TOKEN}{TOKEN}", "JSON Web Token"),
    ],
)
def test_what_may_be_one_is_a_doubt(text: str, kind: str) -> None:
    assert kinds(text) == [(kind, Weight.DOUBTFUL)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        f'colour = "{TOKEN}"',
        'password = "changeme"',
        'password = "${DB_PASSWORD}"',
        'password = "{{ vault.password }}"',
        'password = os.environ["PASSWORD"]',
        'password = ""',
        'api_key = "aaaaaaaaaaaaaaaaaaaaaaaa"',
        'secret = "https://h.io/a/b/c/secret/path"',
        'token_file = "path/to/some/token.json"',
        f'token_digest = "{HEX}"',
        f"api_key = {TOKEN}",
        'mnemonic = "one one one one one one one one one one one one"',
        f'{{"k": "{TOKEN}{TOKEN}"}}',
    ],
)
def test_what_is_none_is_passed_over(text: str) -> None:
    assert kinds(text) == []


def test_a_value_without_quotes_counts_in_files_of_settings_only() -> None:
    assert kinds(f"api_key={TOKEN}", place(".env", configuration=True)) == [("Secret Keyword", Weight.CERTAIN)]
    assert kinds(f"api_key: {TOKEN} # x", place("a.yml", configuration=True)) == [("Secret Keyword", Weight.CERTAIN)]
    assert kinds(f"api_key=f({TOKEN})", place(".env", configuration=True)) == []


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("config/master.key", HEX[:32], "key file"),
        ("config/credentials/production.key", HEX[:32], "key file"),
        ("config/other.key", HEX[:32], ""),
    ],
)
def test_a_file_of_one_value_is_known_by_its_name(path: str, text: str, kind: str) -> None:
    assert kinds(text, place(path)) == ([(kind, Weight.CERTAIN)] if kind else [])


@pytest.mark.parametrize(
    "unit",
    [
        *('password = "', "token", "<key>token</key><string>", "x-api-key: ", 'set_password("', '"abcdefgh" == token '),
        *('key="a" value="', "seed phrase: abc ", "eyJ", '"d":"a" "kty":"', "password: ", "_pass" * 3),
    ],
)
def test_a_line_of_any_size_is_searched(unit: str) -> None:
    assert len(list(named(unit * (20_000 // len(unit)), place("a.yml", configuration=True)))) < 5_000
