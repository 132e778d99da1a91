"""Each kind of secret that is known by its shape or its place: found when it is one, passed over when it is none.

The samples are made here from pieces, at random but always the same, so that no scanner stops this file.
"""

from __future__ import annotations

import base64
import random
import string

import pytest

from sandbox.journal import FileAction, FileChange
from tests.workflows.secrets.test_scan import scan, weighed
from workflows.policy.change_rules import DiffBounds, Proposed, judge
from workflows.policy.config.repo_config import RepoConfig
from workflows.secrets.redaction import MARK, Redactor

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + string.digits
LOWER = string.ascii_lowercase + string.digits
_SETS = {
    "a": ALNUM,
    "h": HEX,
    "U": UPPER,
    "l": LOWER,
    "d": string.digits,
    "w": ALNUM + "_",
    "B": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "A": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}

SHAPES = {
    # kind: pieces; a pair (set, length) is random
    "Hugging Face token": ["hf", "_", ("a", 34)],
    "DigitalOcean token": ["dop", "_v1_", ("h", 64)],
    "DigitalOcean token (oauth)": ["doo", "_v1_", ("h", 64)],
    "DigitalOcean token (refresh)": ["dor", "_v1_", ("h", 64)],
    "Vault token": ["hv", "s.", ("w", 90)],
    "Vault token (batch)": ["hv", "b.", ("w", 140)],
    "Vault token (recovery)": ["hv", "r.", ("w", 24)],
    "Twilio key": ["S", "K", ("h", 32)],
    "Twilio account": ["A", "C", ("h", 32)],
    "Mailgun key": ["key", "-", ("h", 32)],
    "Mailgun key (new)": [("h", 32), "-", ("h", 8), "-", ("h", 8)],
    "Stripe Access Key": ["sk", "_live_", ("a", 24)],
    "Stripe Access Key (restricted)": ["rk", "_live_", ("a", 99)],
    "Stripe webhook secret": ["wh", "sec_", ("a", 32)],
    "SendGrid API Key": ["S", "G.", ("w", 22), ".", ("w", 43)],
    "npm token": ["np", "m_", ("a", 36)],
    "PyPI token": ["py", "pi-AgEIcHlwaS5vcmc", ("w", 80)],
    "GitLab token": ["gl", "pat-", ("w", 20)],
    "GitLab token (runner)": ["gl", "rt-", ("w", 20)],
    "Slack Token": ["xo", "xb-", ("d", 12), "-", ("d", 12), "-", ("a", 24)],
    "Slack Token (app)": ["xa", "pp-1-A", ("U", 10), "-", ("d", 13), "-", ("h", 64)],
    "Square token": ["sq", "0atp-", ("w", 22)],
    "Shopify token": ["shp", "at_", ("h", 32)],
    "Databricks token": ["da", "pi", ("h", 32)],
    "Doppler token": ["dp", ".pt.", ("a", 43)],
    "Linear key": ["lin", "_api_", ("a", 40)],
    "Notion token": ["nt", "n_", ("d", 11), ("a", 35)],
    "Notion token (old)": ["sec", "ret_", ("a", 43)],
    "Postman key": ["PM", "AK-", ("h", 24), "-", ("h", 34)],
    "Grafana token": ["gl", "sa_", ("a", 32), "_", ("h", 8)],
    "Grafana token (cloud)": ["gl", "c_", ("a", 60)],
    "Atlassian token": ["AT", "ATT3xFfGF0", ("w", 180), "=", ("U", 8)],
    "Azure storage key": ["Account", "Key=", ("a", 86), "=="],
    "Azure client secret": [("a", 3), "8", "Q~", ("a", 34)],
    "AWS Access Key": ["AK", "IA", ("U", 16)],
    "Google API key": ["AI", "za", ("w", 35)],
    "Google OAuth secret": ["GOC", "SPX-", ("w", 28)],
    "age key": ["AGE-", "SECRET-KEY-1", ("A", 58)],
    "Telegram Bot Token": [("d", 10), ":", "AA", ("w", 33)],
    "Discord Bot Token": ["M", ("a", 23), ".", ("a", 6), ".", ("w", 27)],
    "OpenAI key": ["sk", "-proj-", ("w", 100)],
    "OpenAI key (old)": ["sk", "-", ("a", 20), "T3Blbk", "FJ", ("a", 20)],
    "Anthropic key": ["sk", "-ant-api03-", ("w", 93)],
    "GitHub token": ["gh", "p_", ("a", 36)],
    "GitHub token (fine)": ["github", "_pat_", ("w", 82)],
    "Pulumi token": ["pu", "l-", ("h", 40)],
    "Terraform token": [("a", 14), ".atlas", "v1.", ("w", 64)],
    "Docker token": ["dckr", "_pat_", ("w", 27)],
    "New Relic key": ["NR", "AK-", ("U", 27)],
    "Dynatrace token": ["dt0", "c01.", ("A", 0), "ABCDEFGH" * 0, "B7" * 12, ".", "Q5XZ7" * 0, ("A", 0), "K2WQ7ZPL" * 8],
    "Mailchimp key": [("h", 32), "-us", "12"],
    "Brevo key": ["xkey", "sib-", ("h", 64), "-", ("a", 16)],
    "Airtable token": ["pa", "t", ("a", 14), ".", ("h", 64)],
    "Figma token": ["fig", "d_", ("w", 40)],
    "Supabase token": ["sb", "p_", ("h", 40)],
    "PlanetScale token": ["pscale", "_tkn_", ("w", 43)],
    "Sentry token": ["sntr", "yu_", ("h", 64)],
    "SonarQube token": ["sq", "p_", ("h", 40)],
    "Groq key": ["gs", "k_", ("a", 52)],
    "Replicate token": ["r8", "_", ("a", 37)],
    "Tailscale key": ["ts", "key-auth-", ("a", 12), "CNTRL-", ("a", 32)],
    "RubyGems token": ["ruby", "gems_", ("h", 48)],
    "1Password key": ["A", "3-", ("U", 6), "-", ("U", 11), "-", ("U", 5), "-", ("U", 5), "-", ("U", 5)],
    "OpenAI key (plain)": ["sk", "-", ("a", 46), "7x"],
    "DeepSeek key": ["sk", "-", ("h", 32)],
    "Together key": ["tg", "p_v1_", ("w", 43)],
    "NVIDIA key": ["nv", "api-", ("w", 64)],
    "ElevenLabs key": ["s", "k_", ("h", 48)],
    "Tavily key": ["tv", "ly-dev-", ("a", 32)],
    "Firecrawl key": ["f", "c-", ("h", 32)],
    "E2B key": ["e2", "b_", ("h", 40)],
    "CircleCI token": ["CCI", "PAT_", ("a", 22), "_", ("h", 40)],
    "Buildkite token": ["bk", "ua_", ("h", 40)],
    "Render key": ["rn", "d_", ("a", 32)],
    "Neon key": ["na", "pi_", ("l", 64)],
    "Dropbox token": ["s", "l.", ("w", 140)],
    "Honeycomb key": ["hc", "aik_", ("l", 58)],
    "New Relic key (ingest)": [("h", 36), "NR", "AL"],
    "Azure SAS": ["https://a.blob.core.windows.net/c?sv=2020&", "sig=", ("a", 43), "%3D"],
    "extended private key": ["xp", "rv9s2", ("B", 104)],
    "GitLab token (workspace)": ["gl", "wt-", ("w", 20)],
    "Vercel token": ["vc", "p_", ("a", 56)],
    "Cloudflare key": ["cf", "ut_", ("a", 40), ("h", 8)],
    "Google OAuth token": ["1//", "0g", ("w", 60)],
    "Google API key (new)": ["AQ.", "Ab8R", ("w", 47)],
    "AWS key (bedrock)": ["bedrock", "-api-key-", ("a", 120)],
    "Azure storage key (alone)": [("a", 76), "+A", "St", ("a", 6)],
    "Azure Functions key": [("a", 44), "Az", "Fu", ("a", 6)],
    "Azure search key": [("a", 42), "Az", "Se", ("a", 6)],
    "Azure AI key": [("a", 52), "JQQ", "J99", ("a", 26)],
    "Tencent key": ["AK", "ID", ("a", 32)],
    "Baidu key": ["bce-v3/", "ALTAK-", ("a", 21), "/", ("h", 40)],
    "Yandex token": ["y0", "_", ("w", 55)],
    "Yandex token (IAM)": ["t1.", "9eu", ("w", 100), ".", ("w", 86)],
    "Kubernetes token": ["--token", " ", ("l", 6), ".", ("l", 16)],
    "k3s token": ["K1", "0", ("h", 64), "::server:", ("h", 32)],
    "Docker Swarm token": ["SWM", "TKN-1-", ("l", 50), "-", ("l", 25)],
    "Cloudflare tunnel": ["eyJ", "hIjoi", ("a", 150)],
    "Snyk token": ["snyk", "_uat.", ("h", 8), ".", ("w", 30)],
    "Elastic key": ["es", "su_", ("a", 80)],
    "Okta token": ["SS", "WS 00", ("w", 40)],
    "Xata key": ["xa", "u_", ("a", 38)],
    "Stytch secret": ["sec", "ret-live-", ("w", 36), "="],
    "Statsig secret": ["sec", "ret-", ("a", 43)],
    "Datadog key": ["dd", "app_", ("a", 34)],
    "MailerSend token": ["ml", "sn.", ("h", 64)],
    "Twitch token": ["oa", "uth:", ("l", 30)],
    "Brevo key (SMTP)": ["xsmtp", "sib-", ("h", 64), "-", ("a", 16)],
    "Stripe Access Key (organization)": ["sk", "_org_live_", ("a", 90)],
    "Paddle key": ["pdl", "_live_apikey_", ("l", 26), "_", ("a", 22), "_", ("a", 3)],
    "Polar token": ["pol", "ar_oat_", ("a", 43)],
    "Alchemy key": ["https://eth-mainnet.g.alch", "emy.com/v2/", ("w", 32)],
    "Infura key": ["https://mainnet.inf", "ura.io/v3/", ("h", 32)],
    "ClickUp token": ["pk", "_", ("d", 7), "_", ("U", 32)],
    "Trello token": ["AT", "TA", ("h", 72)],
    "Salesforce token": ["00", "D", ("a", 12), "!", ("w", 96)],
    "Segment token": ["sg", "p_", ("a", 64)],
    "LinkedIn secret": ["WPL", "_AP1.", ("a", 16), ".", ("a", 8), "=="],
    "Instagram token": ["IG", "QVJ", ("a", 150)],
    "LaunchDarkly key": ["sd", "k-", ("h", 8), "-", ("h", 4), "-", ("h", 4), "-", ("h", 4), "-", ("h", 12)],
    "Zhipu key": [("h", 32), ".", ("a", 13), "A7b"],
    "Modal secret": ["a", "s-", ("a", 19), "A7b"],
    "RunPod key": ["rp", "a_", ("U", 42), ("l", 6)],
    "Cursor key": ["ke", "y_", ("h", 64)],
    "Jina key": ["ji", "na_", ("a", 32), ("w", 28)],
    "TeamCity token": ["eyJ0eXAi", "OiAiVENWMiJ9.", ("a", 36), ".", ("a", 48)],
    "Packagist token": ["pack", "agist_ort_", ("h", 68)],
    "Slack Token (browser)": ["xo", "xc-", ("d", 12), "-", ("d", 12), "-", ("h", 64)],
}
PLACES = {
    "Basic Auth Credentials": [
        "https://deploy:{}@git.acme.io/x.git",
        "redis://:{}@cache.acme.io:6379/0",
        "amqp://worker:{}@mq.acme.io/vhost",
        "mongodb+srv://app:{}@cluster0.ab1cd.mongodb.net/x?retryWrites=true",
        "postgres://svc:{}@10.2.0.4:5432/app",
        "mysql+pymysql://svc:{}@db.acme.io/app?charset=utf8",
    ],
    "Database password": [
        "jdbc:postgresql://db.acme.io:5432/app?user=svc&password={}",
        "jdbc:sqlserver://db.acme.io:1433;databaseName=a;user=svc;password={};encrypt=true",
        "jdbc:oracle:thin:svc/{}@//db.acme.io:1521/xe",
        "Server=tcp:db.acme.io,1433;Initial Catalog=a;User ID=svc;Password={};Encrypt=True;",
        "Data Source=db.acme.io;Database=a;Uid=svc;Pwd={};",
        "host=db.acme.io port=5432 dbname=a user=svc password={} sslmode=require",
    ],
}


def sample(kind: str, pieces: list[object], number: int) -> str:
    chance = random.Random(f"{kind} {number}")
    made = (p if isinstance(p, str) else "".join(chance.choices(_SETS[p[0]], k=p[1])) for p in pieces)  # type: ignore[index]
    return "".join(made)


def made_up(pieces: list[object]) -> str:
    """The same form as a document shows it: one letter over and over."""
    return "".join(p if isinstance(p, str) else _SETS[p[0]][-1] * p[1] for p in pieces)  # type: ignore[index]


def password(number: int) -> str:
    return "".join(random.Random(f"password {number}").choices(ALNUM, k=9 + number)) + "7x"


@pytest.mark.parametrize("kind", SHAPES)
def test_a_token_of_a_known_shape_is_found_everywhere(kind: str) -> None:
    name = kind.partition(" (")[0]
    for number, line in enumerate(('value = "{}"', "  x: {}", "<p>see {}</p>")):
        token = sample(kind, SHAPES[kind], number)
        assert scan(line.format(token), "tests/test_x.py") == [f"tests/test_x.py:1 ({name})"], token
        assert Redactor()(line.format(token)).count(MARK) >= 1
        assert token not in Redactor()(line.format(token))


@pytest.mark.parametrize("kind", SHAPES)
def test_what_is_made_up_or_only_like_it_is_none(kind: str) -> None:
    pieces = SHAPES[kind]
    if any(isinstance(piece, tuple) and piece[1] for piece in pieces):
        assert weighed(f"see {made_up(pieces)}", "docs/x.md") == []
    token = sample(kind, pieces, 1)
    assert weighed(f"see {token[:12]}", "docs/x.md") == []
    assert weighed(f"see {token[:4]}EXAMPLE", "docs/x.md") == []


@pytest.mark.parametrize(("kind", "form"), [(kind, form) for kind, forms in PLACES.items() for form in forms])
def test_a_password_in_an_address_is_found_and_a_placeholder_is_none(kind: str, form: str) -> None:
    for number in range(3):
        line = f'URL = "{form.format(password(number))}"'
        assert scan(line) == [f"src/app.py:1 ({kind})"], line
        assert password(number) not in Redactor()(line)
        assert [found.weight for found in weighed(line, "tests/test_app.py")] == ["doubtful"]
    for none in (
        "${DB_PASSWORD}",
        "<password>",
        "{password}",
        "password",
        "changeme",
        "your-password",
        "%s",
        "xxxx",
        "$PASS",
        "****",
    ):
        line = f'URL = "{form.format(none)}"'
        assert weighed(line) == [], line
        assert Redactor()(line) == line


def test_a_header_a_command_and_a_machine_are_places_of_passwords() -> None:
    basic = base64.b64encode(f"deploy:{password(1)}".encode()).decode()
    for line in (
        f'headers["Authorization"] = "Bearer {password(20)}"',
        f"Authorization: Basic {basic}",
        f"curl -u deploy:{password(2)} https://acme.io",
        f"machine acme.io login deploy password {password(3)}",
        f'conn.setPassword("{password(12)}")',
    ):
        assert scan(line), line
    for line in (
        'headers["Authorization"] = f"Bearer {token}"',
        "Authorization: Bearer <your-token>",
        "Authorization: Basic " + base64.b64encode(b"user:password").decode(),
        "curl -u user:password https://acme.io",
        "machine example.com login user password secret",
    ):
        assert weighed(line) == [], line


def test_keys_of_every_writing_are_found() -> None:
    body = base64.b64encode(random.Random("key").randbytes(180)).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    for head, words in (
        ("-----BEGIN OPENSSH " + "PRIVATE KEY-----", []),
        ("-----BEGIN PGP " + "PRIVATE KEY BLOCK-----", ["Version: GnuPG v2", ""]),
        ("-----BEGIN RSA " + "PRIVATE KEY-----", ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,6B6C", ""]),
        ("---- BEGIN SSH2 ENCRYPTED " + "PRIVATE KEY ----", ['Comment: "me"']),
        ("PuTTY-User-" + "Key-File-3: ssh-ed25519", ["Encryption: none", "Comment: me", "Public-Lines: 2"]),
    ):
        assert [one.rpartition(" (")[2] for one in scan("\n".join([head, *words, *lines]))] == ["Private Key)"], head
    account = '  "type": "service_account", "private_key": "' + "-----BEGIN " + f"PRIVATE KEY-----\\n{lines[0]}\\n"
    assert scan(account) == ["src/app.py:1 (Private Key)"]


NAMED = {
    "JENKINS_API_TOKEN={}": ("h", 34),
    "AZURE_OPENAI_KEY={}": ("h", 32),
    'machineKey validationKey="{}"': ("h", 64),
    "PresharedKey = {}": ("a", 42),
    "define('DB_PASSWORD', '{}');": ("a", 20),
    'os.environ.setdefault("API_KEY", "{}")': ("a", 32),
    'storePassword "{}"': ("a", 20),
    '<Pass encoding="base64">{}</Pass>': ("a", 20),
    "keystore.pass={}": ("a", 20),
    "auth=('admin', '{}')": ("a", 20),
    "headers={{'Authorization': 'Token {}'}}": ("h", 40),
    "az login --service-principal -u x -p {}": ("a", 34),
    "wget --password={} https://acme.io": ("a", 14),
    'ConvertTo-SecureString "{}" -AsPlainText -Force': ("a", 14),
    "sqlplus app/{}@db.acme.io/orcl": ("a", 14),
    "mongosh --host db.acme.io --password {}": ("a", 14),
    "sqlcmd -S db.acme.io -U app -P {}": ("a", 14),
    "ldapsearch -D cn=app -w {} -b dc=acme": ("a", 14),
    "keytool -list -storepass {}": ("a", 14),
    "openssl rsa -in k.pem -passin pass:{}": ("a", 14),
    "TWILIO_AUTH_TOKEN={}": ("h", 32),
    "CLOUD_TOKEN={}": ("h", 64),
    "AZURE_DEVOPS_EXT_PAT={}": ("l", 52),
    "algolia_admin_key: {}": ("h", 32),
    "Ocp-Apim-Subscription-Key: {}": ("h", 32),
    "SERVICE_ROLE_KEY: {}": ("a", 40),
    'curl -H "X-Api-Key: {}" https://api.acme.io': ("a", 40),
    "<password>{}</password>": ("a", 20),
    '<add key="ApiSecret" value="{}"/>': ("a", 40),
    "<key>apiSecret</key><string>{}</string>": ("a", 40),
    'SESSION_TOKEN = "{}"': ("a", 400),
    '{{"kty": "OKP", "crv": "Ed25519", "d": "{}"}}': ("a", 42),
    "sshpass -p {} ssh root@h1": ("a", 14),
    "mysql -h db.acme.io -u app -p{} app": ("a", 14),
    "redis-cli -h cache.acme.io -a {} ping": ("a", 20),
    "docker login -u app -p {}": ("a", 20),
    "git clone https://{}@github.com/acme/x": ("h", 40),
}


@pytest.mark.parametrize("form", NAMED)
def test_what_its_name_or_its_command_makes_a_secret_is_found(form: str) -> None:
    line = form.format(sample(form, [NAMED[form], "7"] if NAMED[form][0] == "a" else [NAMED[form]], 1))
    assert [found.weight for found in weighed(line, "deploy/x.yml")] == ["certain"], line
    assert {found.weight for found in weighed(line, "tests/x.yml")} <= {"doubtful"}


def test_a_login_in_base64_and_the_salts_of_wordpress_are_found() -> None:
    login = base64.b64encode(f"app:{password(4)}".encode()).decode()
    assert scan(f'{{"auths": {{"r.acme.io": {{"auth": "{login}"}}}}}}', "docker/config.json")
    assert weighed('{"auth": "dXNlcjpwYXNzd29yZA=="}', "docker/config.json") == []
    salt = "".join(random.Random("salt").choices(ALNUM + "!@#$%^&*(){}[]<> |", k=64))
    assert scan(f"define('SECURE_AUTH_KEY',  '{salt}');", "wp-config.php")
    assert weighed("define('SECURE_AUTH_KEY',  'put your unique phrase here');", "wp-config.php") == []


def test_a_password_without_digits_is_a_doubt_where_its_letters_are_no_words() -> None:
    for value in ("BweXoOuynRKZzmQ", "kQ-vX!mB-zRt", "RzKqTvBnWx"):
        assert [found.weight for found in weighed(f'password = "{value}"')] == ["doubtful"], value
    for value in ("getUserPassword", "UserPasswordField", "correct-horse-battery", "PASSWORD_FIELD", "ohsoeasytoguess"):
        assert weighed(f'password = "{value}"') == [], value


@pytest.mark.parametrize(
    "line",
    [
        '"resetPasswordTitle": "ResetYourPasswordNow2024"',
        '["password", "passwordConfirmation2"]',
        "on('pass', 'handlePassEvent1')",
    ],
)
def test_words_with_a_number_behind_them_are_a_doubt_at_most(line: str) -> None:
    assert scan(line, "src/app.js") == []


def test_a_static_key_of_openvpn_is_a_private_key() -> None:
    lines = [random.Random(f"vpn {number}").randbytes(16).hex() for number in range(16)]
    text = "\n".join(["-----BEGIN OpenVPN " + "Static key V1-----", *lines])
    assert [one.rpartition(" (")[2] for one in scan(text, "client.ovpn")] == ["Private Key)"]


@pytest.mark.parametrize(
    "line",
    [
        '["token", "identifier"], ["secret", "hidden field"]',
        'form.add("password", "PasswordField")',
        "auth=('user', 'password')",
        'openssl rsa -passin pass:"$PASS"',
        "sqlplus scott/tiger@db.acme.io/orcl",
        "wget --password=$PASSWORD https://acme.io",
        "<pass>See the documents</pass>",
        "pass: continue_with_next",
        "cache-key-0123456789abcdef.js",
        "'NasmObjdumpLexer': ('pygments.lexers.asm', 'objdump-nasm', ('objdump-nasm',), ('*.objdump-intel',)),",
        "chunk." + "d41d8cd98f00b204e9800998ecf8427e" + ".Ab12cd34ef56gh78.js",
        "cache_key: 3f786850e387550fdab836ed7e6dc881de23001b",
        "image: acme/app@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "token_hash = 3f786850e387550fdab836ed7e6dc881de23001b",
        "tokenizer: 9cb42bfb62123ca7a3bf28d9e59b2eeb",
        "uses: actions/checkout@8f4b7f84864484a7bf31766abe9204da3cbe65b3",
        "<password>${db.password}</password>",
        'curl -H "X-Api-Key: $API_KEY" https://api.acme.io',
        "mysql -u root -p app",
        "docker login -u app -p $PASSWORD",
        "dsn: https://0123456789abcdeffedcba9876543210@o1.ingest.sentry.io/1",
        "codes = [104, 101, 108, 108, 111, 32, 119, 111, 114, 108, 100, 32, 104, 101, 108, 108, 111, 33]",
        'words = ["alpha", "beta", "gamma"]',
        '{"kty": "RSA", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx", "e": "AQAB"}',
        "mnemonic: test test test test test test test test test test test junk",
    ],
)
def test_digests_references_and_public_keys_are_none(line: str) -> None:
    assert weighed(line, "deploy/x.yml") == []


def test_a_uuid_is_a_doubt_where_its_name_says_that_it_is_secret() -> None:
    value = "42ffcc91-707e-46de-b63b-5c99fc397837"
    assert [found.weight for found in weighed(f"SNYK_TOKEN={value}", ".env")] == ["doubtful"]
    assert weighed(f"PROJECT_ID={value}", ".env") == []


def test_a_web_token_is_a_doubt_but_for_that_of_the_documents() -> None:
    head, body = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "eyJyb2xlIjoic2VydmljZV9yb2xlIn0"
    assert [found.weight for found in weighed(f"x({head}.{body}.{sample('jwt', [('a', 43)], 1)})")] == ["doubtful"]
    assert weighed(f"x({head}.{body}.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c)") == []


def test_a_secret_in_the_name_of_a_file_stops_the_push() -> None:
    path = f"keys/gh{'p_'}{sample('name', [('a', 36)], 1)}.txt"
    change = FileChange(path, FileAction.CREATED, after_mode="100644", after_blob="1")
    refused = judge(Proposed([change], "", 1), DiffBounds(), RepoConfig()).refused
    assert refused is not None
    assert "in its name" in refused.reason
