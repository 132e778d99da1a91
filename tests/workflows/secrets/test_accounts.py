"""Files of accounts are known by their form, hashes of passwords wherever they stand, and what is made up is none."""

from __future__ import annotations

import pytest

from workflows.secrets.accounts import hashes, in_accounts, of_statements
from workflows.secrets.named import Weight
from workflows.secrets.scan import secrets_in
from workflows.text.added_lines import AddedLine

WORD = "Kx93" + "plmQz7"
APR1 = "$apr1$Hx7rK2Lp$" + "9vQm3nTzY8wBc5dEf1gHj0"
BCRYPT = "$2y$05$" + "c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC"
SHA512 = (
    "$6$rounds=5000$some"
    + "silly$D4IrlXatmP7rx3P3InaxBeoomnAihCKRVQAR36tBaXQ8xM5Q6b8T1n8WcXc6R3b0hJpRQw5hIu2lC1y0vLZ2y."
)
YESCRYPT = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$" + "X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7"
SCRAM = "SCRAM-SHA-256$4096:Xk29fjKq01ls8dPq==$" + "aZ0b1C2d3E4f5G6h7I8j9K0l1M2n3O4p5Q6r7S8t9U0=:zY9x8W7v6U5t4S3r="
SSHA = "{SSHA}" + "Xk29fjKq01ls8dPqAbaZ0b1C2d3E4f5G"


def found(path: str, text: str) -> list[Weight]:
    return [one.weight for one in secrets_in([AddedLine(path, 1, text)])]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (".htpasswd", f"alice:{APR1}"),
        ("docker/htpasswd", f"alice:{BCRYPT}"),
        ("users.htpasswd", "bob:rqXex" + "S6ZhobKA"),
        ("etc/shadow", f"root:{SHA512}:19000:0:99999:7:::"),
        ("etc/gshadow", f"wheel:{YESCRYPT}::root"),
        ("mosquitto/passwd", f"bob:$7$101$Xk29fjKq01ls8dPq${APR1[-22:]}"),
        (".pgpass", f"db.acme.io:5432:app:app:{WORD}"),
        ("pgpass.conf", f"db.acme.io:*:*:postgres:{WORD}"),
        ("_netrc", f"  password {WORD}"),
        (".netrc", f"machine a.io login bob password {WORD}"),
        ("pg_hba.conf", f'host all all 10.0.0.1/32 ldap ldapbinddn="cn=a" ldapbindpasswd={WORD}'),
        ("pg_hba.conf", f'host all all 10.0.0.1/32 radius radiussecrets="{WORD}"'),
        ("web/wp-config.php", f"define( 'DB_PASSWORD', '{WORD}' );"),
        (".my.cnf", f"password = {WORD}"),
        ("userlist.txt", f'"app" "{WORD}"'),
        ("userlist.txt", f'"app" "{SCRAM}"'),
        ("redis.conf", f"requirepass {WORD}"),
        ("sentinel.conf", f"sentinel auth-pass main {WORD}"),
        ("users.acl", f"user alice on >{WORD} ~* +@all"),
        ("ppp/chap-secrets", f"bob * {WORD} *"),
        ("ipsec.secrets", f'1.2.3.4 : PSK "{WORD}"'),
        ("wpa_supplicant.conf", f'\tpsk="{WORD}"'),
        ("home.nmconnection", f"psk={WORD}"),
        ("smbpasswd", "bob:1000:" + "X" * 32 + ":8846F7EAEE8FB117AD06BDD830B7586C:[U ]:LCT-0:"),
        ("sasl_passwd", f"[smtp.acme.io]:587 bob@acme.io:{WORD}"),
        (".msmtprc", f"password {WORD}"),
        ("mgmt-users.properties", "admin=2a0923285184943425d1f53ddd58ec7a"),
        ("slapd.conf", f"rootpw {SSHA}"),
        ("users.ldif", f"userPassword: {SSHA}"),
        ("ks.cfg", f"rootpw --plaintext {WORD}"),
        ("preseed.cfg", f"d-i passwd/root-password password {WORD}"),
        ("snmpd.conf", f'createUser bob SHA "{WORD}" AES'),
    ],
)
def test_a_login_in_a_file_of_accounts_stops_the_push_and_is_a_doubt_in_tests(path: str, line: str) -> None:
    assert found(path, line) == [Weight.CERTAIN]
    assert found(f"tests/fixtures/{path}", line) in ([Weight.DOUBTFUL], [])
    assert found(f"tests/fixtures/{path}", line) or "$" in line or "{" in line
    assert [value for _, value in in_accounts(line, "notes.txt")] == []


@pytest.mark.parametrize("value", [APR1, BCRYPT, SHA512, YESCRYPT, SCRAM, SSHA, APR1.replace("$", "$$")])
def test_a_hash_of_a_password_elsewhere_is_for_a_person_to_look_at(value: str) -> None:
    for path, line in (("seed.sql", f"VALUES (1, 'admin', '{value}');"), ("app/settings.py", f'ADMIN = "{value}"')):
        assert found(path, line) == [Weight.DOUBTFUL]
        assert found(f"docs/{path}", line) == found(f"tests/{path}", line) == []


@pytest.mark.parametrize(
    "value",
    [
        "pbkdf2_sha256$600000$Xk29fjKq01ls8dPqAb$" + "aZ0b1C2d3E4f5G6h7I8j9K0l1M2n3O4p5Q6r7S8t9U0=",
        "pbkdf2:sha256:600000$Xk29fjKq$" + "3f786850e387550fdab836ed7e6dc881de23001b3f786850e387550fdab836ed",
        "scrypt:32768:8:1$Xk29fjKq$" + "3f786850e387550fdab836ed7e6dc881de23001b3f786850e387550fdab836ed",
        "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRkZnNk$" + "RdescudvJCsgt3ub+b27Lq9s0Zk3Vv1Qe2Rt5Yu8Io0",
    ],
)
def test_hashes_of_frameworks_are_known(value: str) -> None:
    assert len(list(hashes(f"x = '{value}'"))) == 1


@pytest.mark.parametrize(
    ("statement", "is_one"),
    [
        (f"CREATE USER app WITH PASSWORD '{WORD}';", True),
        (f"alter role app password '{WORD}'", True),
        (f"CREATE USER 'a'@'%' IDENTIFIED BY '{WORD}';", True),
        (f"CREATE LOGIN app WITH PASSWORD = '{WORD}'", True),
        ("CREATE USER app WITH PASSWORD '${DB_PASSWORD}';", False),
        ("CREATE USER app WITH PASSWORD 'password';", False),
        ("CREATE USER app WITH PASSWORD :'pw';", False),
        ("SELECT password FROM users WHERE name = 'Kx93plmQz7'", False),
    ],
)
def test_a_password_that_a_statement_gives_somebody_is_told(statement: str, is_one: bool) -> None:
    assert bool(list(of_statements(statement))) is is_one
    assert found("init.sql", statement) == ([Weight.DOUBTFUL] if is_one else [])


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (".htpasswd", "# user:password"),
        ("etc/shadow", "daemon:*:19000:0:99999:7:::"),
        ("etc/shadow", "bin:!!:19000:0:99999:7:::"),
        (".pgpass", "localhost:*:*:postgres:password"),
        (".netrc", "machine a.io login bob password $TOKEN"),
        ("pg_hba.conf", "host all all 127.0.0.1/32 scram-sha-256"),
        ("userlist.txt", '"alice" "bob"'),
        ("wp-config.php", "define( 'DB_PASSWORD', getenv('DB_PASSWORD') );"),
        ("wp-config-sample.php", "define( 'DB_PASSWORD', 'password_here' );"),
        ("redis.conf", "# requirepass foobared"),
        (".msmtprc", "passwordeval gpg -d ~/.x.gpg"),
        ("app.go", 'fmt.Sprintf("$2a$%d$", cost)'),
        ("run.sh", 'echo "$1$2$3" "$y$x"'),
        ("a.ts", "`${1}$5${abcdefghijklmnopqrstuvwxyz}`"),
        ("snmpd.conf", "rocommunity public"),
        ("ks.cfg", "rootpw --lock"),
        ("users.ldif", "userPassword: @PASSWORD@"),
    ],
)
def test_what_opens_nothing_is_passed_over(path: str, line: str) -> None:
    assert found(path, line) == []


@pytest.mark.parametrize(
    "unit", ["$1$", "$6$a$", "{SSHA}", "IDENTIFIED BY '", "USER PASSWORD ", "scrypt:1$", "a:b:", "$$2y$$"]
)
def test_a_line_of_any_size_is_read(unit: str) -> None:
    line = unit * (20_000 // len(unit))
    for path in (".pgpass", "pg_hba.conf", "ipsec.secrets", "users.acl", ".netrc", "ks.cfg"):
        assert len(list(in_accounts(line, path))) <= 1
    assert len(list(hashes(line))) + len(list(of_statements(line))) < 5_000
