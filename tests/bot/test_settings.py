"""Settings: where they come from, and what is said about one that cannot be used."""

import os
import stat
from pathlib import Path

import pytest

from bot.addresses import is_local
from bot.settings import Settings
from bot.settings_source import load
from bot.setup.manifest_flow import make_setup
from workflows.errors import ConfigError, UserError


def test_a_variable_beats_the_file_and_the_file_beats_the_default(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('model = "openai/a"\nmax_cost = 5\n')
    settings = load({"PULLWRIGHT_CONFIG": str(file), "PULLWRIGHT_MODEL": "openai/b", "PULLWRIGHT_DATA": "/d"})
    assert (settings.model, settings.max_cost, settings.max_minutes) == ("openai/b", 5.0, 60.0)


def test_an_unknown_variable_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(ConfigError, match=r"no setting PULLWRIGHT_MODLE.*Did you mean PULLWRIGHT_MODEL\?"):
        load({"PULLWRIGHT_MODLE": "x"})


def test_an_unknown_key_of_the_file_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('# mine\nmodel = "a"\nmax_costs = 3\n')
    with pytest.raises(
        ConfigError, match=r"settings\.toml:3: There is no setting 'max_costs'\. Did you mean max_cost\?"
    ):
        load({"PULLWRIGHT_CONFIG": str(file)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_COST", "-1"),
        ("MAX_COST", "much"),
        ("MAX_COST", "inf"),
        ("PRICE", "1"),
        ("SANDBOX", "none"),
        ("STRICT", "perhaps"),
        ("AUTHOR_NAME", "a\nb"),
        ("AUTHOR_NAME", "\x1b[31mred"),
        ("MODEL", "openai/\x1b[31m"),
        ("MODEL", "/gpt"),
        ("MODEL", "openai/"),
        ("MODELS", "openai/a,open ai/b"),
        ("MODELS", "openai/a,openai/http://10.0.0.1/v1"),
        ("API_KEY", "sk\nsecond: line"),
        ("API_KEY", "sk two"),
        ("HOST", "0.0.0.0:80"),
        ("HOST", "[::1]"),
        ("HOST", "ho st"),
        ("LABEL", "a\nb"),
        ("DATABASE", "sqlite:///"),
        ("DATABASE", "sqlite:///:memory:"),
        ("DATABASE", "postgresql+psycopg://u:p@h:port/x"),
        ("OTLP_HEADERS", "authorization"),
        ("ASSIGNEE", "\u0661"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_its_place(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"PULLWRIGHT_{name}: "):
        load({f"PULLWRIGHT_{name}": value})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PLACES", "two", "places must be a whole number. Write it like 2."),
        ("PLACES", "1.5", "places must be a whole number."),
        ("KEEP_DAYS", "9d", "keep_days must be a number. Write it like 15 or 0.5, without a unit."),
        ("STRICT", "perhaps", "strict must be true or false."),
    ],
)
def test_a_value_of_another_kind_is_refused_in_plain_words(name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load({f"PULLWRIGHT_{name}": value})
    assert f"PULLWRIGHT_{name}: {words}" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "::"),
        ("HOST", "fe80::1%eth0"),
        ("DATABASE", "postgresql+psycopg://u:p[a@h:5432/x"),
        ("DATABASE", "postgresql+psycopg:///x?host=/run/postgresql"),
        ("DATABASE", "sqlite:////var/lib/x.db"),
        ("MODEL", "hosted_vllm//data/model"),
    ],
)
def test_odd_values_that_are_right_are_taken(name: str, value: str) -> None:
    assert getattr(load({f"PULLWRIGHT_{name}": value}), name.lower()) == value


def test_a_wrong_value_in_the_file_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('\nsandbox = "none"\n')
    with pytest.raises(ConfigError, match=r"settings\.toml:2: sandbox"):
        load({"PULLWRIGHT_CONFIG": str(file)})


def test_a_file_that_is_missing_or_not_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: .*cannot be read"):
        load({"PULLWRIGHT_CONFIG": str(tmp_path / "none.toml")})
    (tmp_path / "bad.toml").write_text("model = ")
    with pytest.raises(ConfigError, match=r"bad\.toml: This is not TOML"):
        load({"PULLWRIGHT_CONFIG": str(tmp_path / "bad.toml")})


def test_a_key_is_never_shown() -> None:
    settings = load({"PULLWRIGHT_API_KEY": "sk-secret", "PULLWRIGHT_DATA": "/d"})
    assert "sk-secret" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    with pytest.raises(ConfigError) as refused:
        load({"PULLWRIGHT_API_KEY": "sk-secret", "PULLWRIGHT_MAX_COST": "no"})
    assert "sk-secret" not in str(refused.value)


def test_none_lifts_a_bound_and_what_was_asked_for_wins() -> None:
    settings = load({"PULLWRIGHT_MAX_COST": "none", "PULLWRIGHT_MAX_MINUTES": "5"})
    assert settings.bounds().usd is None
    assert settings.bounds(max_cost=0.5).usd == 0.5
    assert settings.bounds(max_minutes=0).minutes == 0


def test_an_empty_variable_is_as_none() -> None:
    assert load({"PULLWRIGHT_MODEL": " ", "PULLWRIGHT_FOO": ""}).model == ""


def test_lists_come_from_one_variable() -> None:
    settings = load({"PULLWRIGHT_TOOLCHAINS": "/opt/a:/opt/b", "PULLWRIGHT_PRICE": "1.25,10"})
    assert settings.toolchains == (Path("/opt/a"), Path("/opt/b"))
    assert settings.price == (1.25, 10.0)


def test_hosts_of_a_set_up_are_exact_names_with_or_without_a_port() -> None:
    assert load({"PULLWRIGHT_SETUP_HOSTS": "pypi.org, mirror.example.org:8443"}).setup_hosts == (
        "pypi.org",
        "mirror.example.org:8443",
    )


@pytest.mark.parametrize(
    "host", ["*.example.org", "https://a.example.org", "10.0.0.1", "a:b", "a.org:0", "a.org:99999", "[::1]", "a b"]
)
def test_what_is_no_host_s_name_is_refused_with_the_way_to_write_it(host: str) -> None:
    with pytest.raises(ConfigError, match=r"PULLWRIGHT_SETUP_HOSTS: .*write it like"):
        load({"PULLWRIGHT_SETUP_HOSTS": host})


def test_databases_lie_in_the_data_directory_unless_it_is_postgres(tmp_path: Path) -> None:
    plain = Settings(data=tmp_path)
    assert plain.database_url == f"sqlite:///{tmp_path}/app.sqlite"
    assert plain.engine_url == f"sqlite:///{tmp_path}/engine.sqlite"
    assert Settings(data=tmp_path, database="postgresql+psycopg://h/d").engine_url == "postgresql+psycopg://h/d"


@pytest.mark.parametrize("url", ["nonsense", "mysql://h/d", "postgresql://h/d", "postgres://me:p4ss@h/d"])
def test_a_database_that_is_neither_is_refused_with_the_way_to_write_it(url: str) -> None:
    with pytest.raises(ConfigError, match=r"PULLWRIGHT_DATABASE: .*postgresql\+psycopg://USER") as refused:
        load({"PULLWRIGHT_DATA": "/d", "PULLWRIGHT_DATABASE": url})
    assert "p4ss" not in str(refused.value)


def test_the_data_directory_is_ours_alone_and_so_are_its_databases(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "a" / "b")
    settings.prepare()
    mode = stat.S_IMODE(settings.data.stat().st_mode)
    assert mode == (0o711 if os.geteuid() == 0 else 0o700)
    assert stat.S_IMODE((settings.data / "app.sqlite").stat().st_mode) == 0o600
    settings.prepare()


def test_a_data_directory_that_cannot_be_written_is_said_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot be written: .*PULLWRIGHT_DATA"):
        Settings(data=tmp_path / "file" / "data").prepare()


def test_a_missing_key_is_named_where_the_provider_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    settings = Settings(data=tmp_path)
    assert settings.missing_key("openai/x") == "OPENAI_API_KEY"
    assert settings.missing_key("gpt-5") == "OPENAI_API_KEY"
    assert settings.missing_key("ollama/x") == ""
    monkeypatch.setenv("OPENAI_API_KEY", "sk")
    assert settings.missing_key("openai/x") == ""


def test_the_databases_password_counts_as_a_secret() -> None:
    environ = {"PULLWRIGHT_DATA": "/d", "PULLWRIGHT_DATABASE": "postgresql+psycopg://me:p%40ssw0rd@db/x"}
    assert "p@ssw0rd" in load(environ).secrets()


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("PUBLIC_URL", "pullwright.example.org", "https://pullwright.example.org"),
        ("PUBLIC_URL", "bot.example.org:8443/x", "https://bot.example.org:8443/x"),
        ("PUBLIC_URL", "//bot.example.org", "https://bot.example.org"),
        ("PUBLIC_URL", "ftp://bot.example.org", "https://pullwright.example.org"),
        ("PUBLIC_URL", "https://", "https://pullwright.example.org"),
        ("PUBLIC_URL", "https://bot.example.org/?a=b", "https://pullwright.example.org"),
        ("PUBLIC_URL", "https://me:secret@bot.example.org", "https://pullwright.example.org"),
        ("PUBLIC_URL", "https://bot example org", "https://pullwright.example.org"),
        ("PUBLIC_URL", "https://bot.example.org:port", "https://pullwright.example.org"),
        ("PUBLIC_URL", "https://bot..example.org", "https://pullwright.example.org"),
        ("PUBLIC_URL", "https://bot.example.org/webhook", "write https://bot.example.org"),
        ("PUBLIC_URL", "https://example.org/bot/webhook/", "write https://example.org/bot"),
        ("GITHUB_URL", "https://api.github.com", "write https://github.com"),
        ("GITHUB_URL", "http://github.com", "write https://github.com"),
        ("GITHUB_URL", "https://uploads.github.com", "write https://github.com"),
        ("GITHUB_URL", "https://codeload.github.com", "write https://github.com"),
        ("GITHUB_URL", "https://www.github.com", "write https://github.com"),
        ("GITHUB_URL", "github.com", "https://github.com"),
        ("GITHUB_URL", "https://github.com/acme", "write https://github.com"),
        ("GITHUB_URL", "https://github.example.com/api/v3", "write https://github.example.com"),
        ("GITHUB_URL", "https://api.acme.ghe.com", "write https://acme.ghe.com"),
        ("GITHUB_URL", "git@github.com:acme/x", "https://"),
        ("PUBLIC_URL", "https//bot.example.org", "write it like https://bot.example.org."),
        ("PUBLIC_URL", "https:/bot.example.org", "write it like https://bot.example.org."),
        ("OTLP_URL", "localhost:4318", "write it like http://localhost:4318."),
        ("OTLP_URL", "grpc://collector:4317", "http://collector.example.org:4318"),
        ("OTLP_URL", "http://me:secret@collector", "http://collector.example.org:4318"),
        ("TELEGRAM_URL", "api.telegram.org", "write it like http://api.telegram.org."),
        ("TELEGRAM_URL", "http://here:8081/bot1", "write http://here:8081."),
        ("API_BASE", "localhost:11434", "write it like http://localhost:11434."),
        ("API_BASE", "127.0.0.1:8000/v1", "write it like http://127.0.0.1:8000/v1."),
        ("API_BASE", "http://here/v1/chat/completions", "write http://here/v1."),
        ("API_BASE", "htp://here", "http://127.0.0.1:8000/v1"),
        ("API_BASE", "http://here:port/v1", "write it like"),
        ("MODEL", "https://here/v1", "PULLWRIGHT_API_BASE"),
        ("MODEL", "'openai/gpt-5'", "without quotes"),
        ("FALLBACK_MODEL", "gpt 5", "without quotes or spaces"),
        ("PRICE", "3", "like 1.25,10"),
        ("PRICE", "1,2,3", "like 1.25,10"),
        ("AUTHOR_EMAIL", "Bot <bot@example.org>", "like bot@example.org"),
        ("AUTHOR_EMAIL", "bot", "like bot@example.org"),
        ("AUTHOR_NAME", "Bot <bot@example.org>", "the name alone"),
        ("ASSIGNEE", "https://github.com/octocat", "like octocat"),
        ("ADMINS", "alice, https://github.com/octocat", "like octocat"),
        ("ADMINS", "alice:me", "octocat:583231"),
        ("ADMINS", "alice:0", "octocat:583231"),
    ],
)
def test_an_address_that_is_wrong_is_told_with_what_to_write(name: str, value: str, right: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load({"PULLWRIGHT_DATA": "/d", f"PULLWRIGHT_{name}": value})
    assert right in str(refused.value)
    assert "pattern" not in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("value", ["https://bot.example.org", "http://127.0.0.1:8080/", "https://a.b/c", ""])
def test_an_address_that_is_right_is_taken(value: str) -> None:
    assert load({"PULLWRIGHT_DATA": "/d", "PULLWRIGHT_PUBLIC_URL": value}).public_url == value
    assert load({"PULLWRIGHT_DATA": "/d", "PULLWRIGHT_GITHUB_URL": "https://ghe.acme.test/"}).github_url


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("http://localhost:8080", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:80", True),
        ("http://192.168.1.3", True),
        ("http://buildbox", True),
        ("http://box.local", True),
        ("https://bot.example.org", False),
        ("https://8.8.8.8", False),
    ],
)
def test_what_only_this_network_reaches_is_known(address: str, local: bool) -> None:
    assert is_local(address) is local


def test_an_app_whose_webhooks_would_lead_nowhere_is_not_set_up(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot reach http://localhost"):
        make_setup(Settings(data=tmp_path, public_url="http://localhost:8080"))
    make_setup(Settings(data=tmp_path, public_url="http://localhost:8080", github_url="http://127.0.0.1:3000"))
