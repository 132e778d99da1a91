"""Tokens and keys that their shape gives away, wherever they stand.

Each pattern begins where no word is under way and repeats nothing without a bound that could be
tried again further on, so that a text is searched in time linear in its length. Most have a
`hint`, without which the pattern is not even tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workflows.secrets.placeholders import is_example

_BEGIN = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))"
_END = r"(?![A-Za-z0-9])"


@dataclass(frozen=True, slots=True)
class Shape:
    """`hint` is a text that every match holds, in its own case. A group holds what is random in it."""

    kind: str
    hint: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Shaped:
    """Where in a text such a secret stands."""

    kind: str
    start: int
    end: int


def shaped(text: str) -> Iterator[Shaped]:
    """The secrets of a known shape in a text, kind by kind; made-up ones are passed over."""
    for shape in SHAPES:
        if shape.hint in text:
            for match in shape.pattern.finditer(text):
                if not is_example(match[match.lastindex or 0]):
                    yield Shaped(shape.kind, *match.span())


def _shape(kind: str, hint: str, pattern: str, *, whole: bool = True) -> Shape:
    return Shape(kind, hint, re.compile(_BEGIN + pattern + (_END if whole else "")))


_HEX, _WORD, _WIDE = "[a-f0-9]", r"[\w-]", "[A-Za-z0-9+/_-]"
_UUID = rf"{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}"

SHAPES: tuple[Shape, ...] = (
    # forges and registries
    _shape("GitHub token", "gh", r"gh[pousr]_([A-Za-z0-9]{36,255})"),
    _shape("GitHub token", "ghs_", r"ghs_\w{1,40}_(ey[\w.\-]{30,2000})", whole=False),
    _shape("GitHub token", "github_pat_", r"github_pat_(\w{60,255})"),
    _shape("GitLab token", "gl", r"gl(?:pat|dt|rt|ft|wt|imt|oas|soat|cbt|ffct|agent)-((?:\w{1,5}_)?[\w.-]{20,100})"),
    _shape("GitLab token", "glptt-", rf"glptt-({_HEX}{{40}})"),
    _shape("GitLab token", "GR1348941", rf"GR1348941({_WORD}{{20,50}})"),
    _shape("Bitbucket token", "AT", r"AT(?:BB|CTT3)([A-Za-z0-9_=-]{24,250})", whole=False),
    _shape("Atlassian token", "ATATT3", r"ATATT3([\w=-]{60,300})", whole=False),
    _shape("npm token", "npm_", r"npm_([A-Za-z0-9]{36})"),
    _shape("npm token", "_authToken", r"_authToken\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_+/.=-]{30,300})", whole=False),
    _shape("PyPI token", "pypi-", rf"pypi-(Ag[A-Za-z0-9]{{8}}{_WORD}{{50,1000}})", whole=False),
    _shape("RubyGems token", "rubygems_", rf"rubygems_({_HEX}{{48}})"),
    _shape("NuGet key", "oy2", r"oy2([a-z0-9]{43})"),
    _shape("Clojars token", "CLOJARS_", r"CLOJARS_([a-z0-9]{60})"),
    _shape("Docker token", "dckr_", rf"dckr_[po]at_({_WORD}{{27,40}})"),
    _shape("crates.io token", "cio", r"cio([A-Za-z0-9]{32})"),
    _shape("Artifactory token", "AKCp", r"AKCp([A-Za-z0-9]{69})"),
    _shape("Artifactory token", "cmVmdGtu", r"cmVmdGtu([A-Za-z0-9]{56})"),
    # clouds
    _shape("AWS Access Key", "A", r"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)([A-Z0-9]{16})"),
    _shape("AWS key", "ABSK", r"ABSK([A-Za-z0-9+/]{109,269}={0,2})", whole=False),
    _shape("Google API key", "AIza", r"AIza([\w\-]{35})"),
    _shape("Google OAuth secret", "GOCSPX-", r"GOCSPX-([\w-]{28})"),
    _shape("Google OAuth token", "ya29.", r"ya29\.([\w-]{60,1000})"),
    _shape("Azure storage key", "AccountKey", r"AccountKey\s{0,3}=\s{0,3}([A-Za-z0-9+/]{86}==)", whole=False),
    _shape(
        "Azure access key",
        "SharedAccess",
        r"SharedAccess(?:Key|Signature)\s{0,3}=\s{0,3}([A-Za-z0-9+/%]{42,90}=)",
        whole=False,
    ),
    _shape("Azure client secret", "Q~", r"[A-Za-z0-9_~.]{3}\dQ~([A-Za-z0-9_~.-]{31,34})(?![\w~.-])"),
    _shape("Azure DevOps token", "AZDO", r"([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})"),
    _shape("Alibaba key", "LTAI", r"LTAI([A-Za-z0-9]{17,21})"),
    _shape("Yandex key", "AQVN", rf"AQVN({_WORD}{{35,38}})"),
    _shape("DigitalOcean token", "_v1_", rf"do[opr]_v1_({_HEX}{{64}})"),
    _shape("Heroku key", "HRKU-", rf"HRKU-({_WORD}{{36,70}})"),
    _shape("Fly.io token", "fo1_", rf"fo1_({_WORD}{{43}})"),
    _shape("Fly.io token", "fm", r"fm[12][ar]?_([A-Za-z0-9+/]{100,2000}={0,3})", whole=False),
    _shape("Cloudflare key", "v1.0-", rf"v1\.0-({_HEX}{{24}}-{_HEX}{{146}})"),
    _shape("Netlify token", "nf", r"nf[pcoub]_([A-Za-z0-9]{36})"),
    _shape("Vercel token", "vercel_blob_rw_", r"vercel_blob_rw_(\w{30,80})"),
    _shape("Scalingo token", "tk-us-", rf"tk-us-({_WORD}{{48}})"),
    _shape("OpenShift token", "sha256~", rf"sha256~({_WORD}{{43}})"),
    _shape("Tailscale key", "tskey-", r"tskey-\w{2,20}-([A-Za-z0-9]{8,30}-[A-Za-z0-9]{20,60})"),
    _shape("Vercel token", "vc", r"vc[pickra]_([A-Za-z0-9]{24,64})"),
    _shape("Cloudflare key", "cf", rf"cf(?:ut|at|k)_([A-Za-z0-9]{{40}}{_HEX}{{8}})"),
    _shape("Google OAuth token", "1//0", r"1//0([\w-]{40,150})", whole=False),
    _shape("Google API key", "AQ.Ab8R", r"AQ\.Ab8R([\w-]{40,60})", whole=False),
    _shape("AWS key", "bedrock-api-key-", r"bedrock-api-key-([A-Za-z0-9+/_-]{30,2000})", whole=False),
    *(
        # what Azure's services mark their keys with, and how long what stands before and behind it is
        _shape(
            f"Azure {service} key", mark, rf"([A-Za-z0-9+/_-]{{{before}}}{re.escape(mark)}[A-Za-z0-9+/_-]{{{behind}}})"
        )
        for service, mark, before, behind in (
            ("storage", "+ASt", 76, 6),
            ("Batch", "+ABa", 76, 6),
            ("Cosmos", "ACDb", 76, 6),
            ("container registry", "+ACR", 42, 6),
            ("Service Bus", "+ASb", 33, 6),
            ("Event Hubs", "+AEh", 33, 6),
            ("IoT", "AIoT", 33, 6),
            ("Functions", "AzFu", 44, 6),
            ("search", "AzSe", 42, 6),
            ("Redis", "AzCa", 33, 6),
            ("AI", "JQQJ99", 52, 26),
        )
    ),
    _shape("Tencent key", "AKID", r"AKID([A-Za-z0-9]{32})"),
    _shape("Baidu key", "bce-v3/", rf"bce-v3/ALTAK-[A-Za-z0-9]{{21}}/({_HEX}{{40}})"),
    _shape("Yandex token", "y0_", r"y0_([\w-]{50,60})"),
    _shape("Yandex token", "t1.9eu", r"t1\.9eu([\w-]{60,300}={0,2}\.[\w-]{86})", whole=False),
    # secrets and infrastructure
    _shape("Kubernetes token", "--token", r"--token[ =]{1,3}([a-z0-9]{6}\.[a-z0-9]{16})"),
    _shape("k3s token", "K10", rf"K10({_HEX}{{64}}::[\w-]{{1,20}}:{_HEX}{{16,64}})"),
    _shape("Docker Swarm token", "SWMTKN-1-", r"SWMTKN-1-([a-z0-9]{45,50}-[a-z0-9]{20,25})"),
    _shape("Cloudflare tunnel", "eyJhIjoi", r"eyJhIjoi([A-Za-z0-9+/]{100,400})", whole=False),
    _shape("Private Key", "<D>", r"<D>([A-Za-z0-9+/]{80,1000}={0,2})</", whole=False),
    _shape("Snyk token", "snyk_", rf"snyk_[us]at\.{_HEX}{{8}}\.([\w.-]{{20,300}})"),
    _shape("Elastic key", "essu_", r"essu_([A-Za-z0-9+/]{40,200})", whole=False),
    _shape("Okta token", "SSWS", r"SSWS[ +]{1,3}(00[\w-]{40})"),
    _shape("Xata key", "xau_", r"xau_([A-Za-z0-9]{36,44})"),
    _shape("Stytch secret", "secret-", r"secret-(?:live|test)-([\w-]{36}=)", whole=False),
    _shape("Statsig secret", "secret-", r"secret-([A-Za-z0-9]{43})"),
    _shape("Vault token", "hv", rf"hv[sbr]\.({_WORD}{{24,300}})"),
    _shape("Terraform token", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.([\w=-]{60,70})"),
    _shape("Pulumi token", "pul-", rf"pul-({_HEX}{{40}})"),
    _shape("Doppler token", "dp.", r"dp\.(?:pt|st|sa|ct|scim|audit)\.((?:[\w-]{1,40}\.)?[A-Za-z0-9]{40,44})"),
    _shape("1Password key", "A3-", r"A3-([A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3})"),
    _shape("1Password token", "ops_ey", r"ops_(ey[A-Za-z0-9+/]{240,2000}={0,3})", whole=False),
    _shape("age key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1([QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})"),
    _shape("Databricks token", "dapi", rf"dapi({_HEX}{{32}}(?:-\d)?)"),
    _shape("PlanetScale token", "pscale_", r"pscale_(?:tkn|pw|oauth)_([\w=.-]{32,64})"),
    _shape("Supabase token", "sbp_", rf"sbp_({_HEX}{{40}})"),
    _shape("Supabase key", "sb_secret_", rf"sb_secret_({_WORD}{{30,50}})"),
    _shape("Prefect key", "pnu_", r"pnu_([A-Za-z0-9]{36})"),
    _shape("Octopus key", "API-", r"API-([A-Z0-9]{26})"),
    _shape("Harness token", "at.", rf"[ps]at\.{_WORD}{{22}}\.({_HEX}{{24}}\.[A-Za-z0-9]{{20}})"),
    _shape("Sourcegraph token", "sgp_", rf"sgp_(?:(?:{_HEX}{{16}}|local)_)?({_HEX}{{40}})"),
    # watching
    _shape("Datadog key", "dd", r"dd(?:app|pat)_([A-Za-z0-9]{34,40})"),
    _shape("Grafana token", "glsa_", r"glsa_([A-Za-z0-9]{32}_[A-Fa-f0-9]{8})"),
    _shape("Grafana token", "glc_", r"glc_([A-Za-z0-9+/]{32,400}={0,3})", whole=False),
    _shape("Grafana key", "eyJrIjoi", r"eyJrIjoi([A-Za-z0-9]{70,400}={0,3})", whole=False),
    _shape("New Relic key", "NR", r"NR(?:AK|RA|II|JS)-([A-Za-z0-9-]{19,40})"),
    _shape("Dynatrace token", "dt0", r"dt0[a-z]\d\d\.[A-Z2-7]{24}\.([A-Z2-7]{64})"),
    _shape("Sentry token", "sntry", rf"sntry(?:u_({_HEX}{{64}})|s_(ey[\w+/=-]{{60,400}}))", whole=False),
    _shape("SonarQube token", "sq", rf"sq[pau]_({_HEX}{{40}})"),
    _shape("PostHog key", "phx_", r"phx_([A-Za-z0-9]{43})"),
    # messages and mail
    _shape("MailerSend token", "mlsn.", rf"mlsn\.({_HEX}{{64}})"),
    _shape("Twitch token", "oauth:", r"oauth:([a-z0-9]{30})"),
    _shape("Slack Token", "xox", r"xox[abcdeoprs]-((?:\d{1,20}-){0,4}[A-Za-z0-9%-]{10,250})"),
    _shape("Slack Token", "xapp-", r"xapp-\d-([A-Z0-9]{6,20}-\d{6,20}-[a-z0-9]{20,100})"),
    _shape(
        "Slack Token", "hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/]{40,60})"
    ),
    _shape("Telegram Bot Token", ":A", r"\d{8,10}:(A[\w-]{34})(?!-)"),
    _shape("Discord Bot Token", ".", r"[MNO][\w-]{23,25}\.[\w-]{6}\.(?=[A-Za-z_-]{0,37}\d)([\w-]{27,38})"),
    _shape("Discord webhook", "/api/webhooks/", rf"discord(?:app)?\.com/api/webhooks/\d{{17,20}}/({_WORD}{{60,80}})"),
    _shape(
        "Teams webhook",
        ".webhook.office.com/",
        rf"webhook\.office\.com/webhookb2/.{{70,90}}/IncomingWebhook/({_HEX}{{32}})/",
    ),
    _shape("Twilio key", "SK", r"SK([a-f0-9]{32})"),
    _shape("Twilio account", "AC", r"AC([a-f0-9]{32})"),
    _shape("SendGrid API Key", "SG.", r"SG\.([\w-]{22}\.[\w-]{43})"),
    _shape("Mailgun key", "key-", rf"(?:pub)?key-({_HEX}{{32}})"),
    _shape("Mailgun key", "-", rf"({_HEX}{{32}}-{_HEX}{{8}}-{_HEX}{{8}})(?!-)"),
    _shape("Mailchimp key", "-us", rf"({_HEX}{{32}})-us\d{{1,2}}"),
    _shape("Brevo key", "sib-", rf"x(?:key|smtp)sib-({_HEX}{{64}}-[A-Za-z0-9]{{16}})"),
    _shape("Postmark or Resend key", "re_", r"re_([A-Za-z0-9]{8}_[A-Za-z0-9]{24})"),
    # money and shops
    _shape("Paddle key", "_apikey_", r"pdl_(?:live|sdbx)_apikey_[a-z0-9]{26}_([A-Za-z0-9]{22})_[A-Za-z0-9]{3}"),
    _shape("Polar token", "polar_", r"polar_(?:oat|pat|whs)_([A-Za-z0-9_]{30,60})"),
    _shape("Alchemy key", ".alchemy.com/v2/", r"g\.alchemy\.com/v2/([\w-]{32})"),
    _shape("Infura key", "infura.io/", rf"infura\.io/(?:ws/)?v3/({_HEX}{{32}})"),
    _shape("Stripe Access Key", "k_", r"[rs]k_(?:org_)?(?:live|prod|test)_([A-Za-z0-9]{20,247})"),
    _shape("Stripe webhook secret", "whsec_", r"whsec_([A-Za-z0-9+/]{32,64}=?)", whole=False),
    _shape("Square token", "sq0", rf"sq0(?:atp|csp|idp)-({_WORD}{{22,43}})"),
    _shape("Square token", "EAAA", rf"EAAA({_WORD}{{60}})"),
    _shape("Shopify token", "shp", r"shp(?:at|ca|pa|ss|ua|tka)_([a-fA-F0-9]{32})"),
    _shape("Braintree token", "access_token$", rf"access_token\$production\$[a-z0-9]{{16}}\$({_HEX}{{32}})"),
    _shape("Amazon MWS token", "amzn.mws.", rf"amzn\.mws\.({_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}})"),
    _shape(
        "Plaid token",
        "access-",
        rf"access-(?:sandbox|development|production)-({_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}})",
    ),
    _shape("Flutterwave key", "FLWSECK", r"FLWSECK(?:_TEST)?-([a-h0-9]{32})-X"),
    _shape("Shippo token", "shippo_", rf"shippo_(?:live|test)_({_HEX}{{40}})"),
    _shape("EasyPost key", "EZ", r"EZ[AT]K([A-Za-z0-9]{54})"),
    _shape("Duffel token", "duffel_", r"duffel_(?:test|live)_([\w=-]{43})"),
    _shape("Razorpay key", "rzp_live_", r"rzp_live_([A-Za-z0-9]{14,24})"),
    # work and documents
    _shape("ClickUp token", "pk_", r"pk_\d{6,9}_([A-Z0-9]{32})"),
    _shape("Trello token", "ATTA", r"ATTA([a-f0-9]{64}[A-Fa-f0-9]{8})"),
    _shape("Salesforce token", "00D", r"00D[A-Za-z0-9]{12,15}!([\w.]{80,260})", whole=False),
    _shape("Segment token", "sgp_", r"sgp_([A-Za-z0-9]{64})"),
    _shape("LinkedIn secret", "WPL_AP", r"WPL_AP[01]\.([A-Za-z0-9]{16}\.[A-Za-z0-9+/]{6,12})", whole=False),
    _shape("Instagram token", "IGQ", r"IGQ[VW][A-Z]([\w-]{80,300})"),
    _shape("Linear key", "lin_", r"lin_(?:api|oauth)_([A-Za-z0-9]{32,64})"),
    _shape("Notion token", "ntn_", r"ntn_(\d{11}[A-Za-z0-9]{35})"),
    _shape("Notion token", "secret_", r"secret_([A-Za-z0-9]{43})"),
    _shape("Postman key", "PMAK-", rf"PMAK-({_HEX}{{24}}-{_HEX}{{34}})"),
    _shape("Airtable token", "pat", rf"pat[A-Za-z0-9]{{14}}\.({_HEX}{{64}})"),
    _shape("HubSpot token", "pat-", rf"pat-(?:na|eu)\d-({_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}})"),
    _shape("Figma token", "fig", rf"fig[duor]{{1,2}}_({_WORD}{{40,50}})"),
    _shape("Contentful token", "CFPAT-", rf"CFPAT-({_WORD}{{43}})"),
    _shape("Typeform token", "tfp_", r"tfp_([\w=.-]{40,59})"),
    _shape("ReadMe key", "rdme_", r"rdme_([a-z0-9]{70})"),
    _shape("Adobe secret", "p8e-", r"p8e-([a-zA-Z0-9]{32})"),
    _shape("Mapbox token", "sk.eyJ", r"sk\.(eyJ[\w-]{40,300}\.[\w-]{16,60})"),
    _shape("Facebook token", "EAA", r"EAA[MCG]([A-Za-z0-9]{100,400})"),
    _shape("Infracost key", "ico-", r"ico-([A-Za-z0-9]{32})"),
    _shape("LaunchDarkly key", "api-", rf"api-({_UUID})"),
    _shape("LaunchDarkly key", "sdk-", rf"sdk-({_UUID})"),
    # models
    _shape(
        "Zhipu key",
        ".",
        rf"(?<!\.)({_HEX}{{32}}\.(?=[a-z0-9]{{0,15}}[A-Z])(?=[A-Za-z]{{0,15}}\d)[A-Za-z0-9]{{16}})(?![.\w])",
    ),
    _shape("Modal secret", "as-", r"as-(?=[a-z0-9]{0,21}[A-Z])(?=[A-Za-z]{0,21}\d)([A-Za-z0-9]{22})"),
    _shape("RunPod key", "rpa_", r"rpa_([A-Za-z0-9]{46,50})"),
    _shape("Cursor key", "key_", rf"key_({_HEX}{{64}})"),
    _shape("Jina key", "jina_", r"jina_([\w-]{50,70})"),
    _shape("Hugging Face token", "hf_", r"hf_([A-Za-z0-9]{30,40})"),
    _shape("Hugging Face token", "api_org_", r"api_org_([A-Za-z0-9]{34})"),
    _shape("Anthropic key", "sk-ant-", r"sk-ant-([\w\-]{40,200})"),
    _shape("OpenAI key", "sk-", r"sk-(?:proj|svcacct|admin|None)-([\w\-]{40,250})"),
    _shape("OpenAI key", "T3BlbkFJ", r"sk-([A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})"),
    _shape("OpenRouter key", "sk-or-", rf"sk-or-v1-({_HEX}{{64}})"),
    _shape("Groq key", "gsk_", r"gsk_([A-Za-z0-9]{52})"),
    _shape("xAI key", "xai-", r"xai-([A-Za-z0-9]{80})"),
    _shape("Perplexity key", "pplx-", r"pplx-([A-Za-z0-9]{40,56})"),
    _shape("Replicate token", "r8_", r"r8_([A-Za-z0-9]{37})"),
    _shape("LangSmith key", "lsv2_", rf"lsv2_(?:pt|sk)_({_HEX}{{32}}_{_HEX}{{10}})"),
    _shape("Pinecone key", "pcsk_", r"pcsk_([A-Za-z0-9]{5,6}_[A-Za-z0-9]{60,64})"),
    _shape("E2B or Cerebras key", "csk-", r"csk-([a-z0-9]{48})"),
    _shape("OpenAI key", "sk-", r"sk-(?=[a-zA-Z]{0,40}\d)([A-Za-z0-9]{48})"),
    _shape("DeepSeek key", "sk-", rf"sk-({_HEX}{{32}})"),
    _shape("Together key", "tgp_v1_", rf"tgp_v1_({_WORD}{{40,50}})"),
    _shape("Fireworks key", "fw_", r"fw_(?=[a-zA-Z]{0,20}\d)([A-Za-z0-9]{22,24})"),
    _shape("NVIDIA key", "nvapi-", rf"nvapi-({_WORD}{{60,70}})"),
    _shape("ElevenLabs key", "sk_", rf"sk_({_HEX}{{48}})"),
    _shape("Voyage key", "pa-", r"pa-(?=[\w-]{0,40}\d)([A-Za-z0-9_-]{43})"),
    _shape("Tavily key", "tvly-", r"tvly-(?:dev-|prod-)?([A-Za-z0-9]{32})"),
    _shape("Firecrawl key", "fc-", rf"fc-({_HEX}{{32}})"),
    _shape("Langfuse key", "sk-lf-", rf"sk-lf-({_UUID})"),
    _shape("E2B key", "e2b_", rf"e2b_({_HEX}{{40}})"),
    _shape("Kaggle token", "KGAT_", rf"KGAT_({_HEX}{{32}})"),
    # builds, data, and others
    _shape("TeamCity token", "eyJ0eXAiOiAiVENWMiJ9", r"eyJ0eXAiOiAiVENWMiJ9\.([\w-]{36}\.[\w-]{48})"),
    _shape("Packagist token", "packagist_", rf"packagist_(?:[a-z]{{3}}_)?({_HEX}{{40,80}})"),
    _shape("CircleCI token", "CCIP", rf"CCIP(?:AT|RJ)_[A-Za-z0-9]{{20,24}}_({_HEX}{{40}})"),
    _shape("Buildkite token", "bk", rf"bk(?:ua|aj)_({_HEX}{{40}})"),
    _shape("Render key", "rnd_", r"rnd_([A-Za-z0-9]{28,32})"),
    _shape("Neon key", "napi_", r"napi_([a-z0-9]{60,70})"),
    _shape("X bearer token", "AAAAAAAAAAAAAAAAAAAAA", r"A{19,22}([A-Za-z0-9%]{60,120})"),
    _shape("Dropbox token", "sl.", rf"sl\.(?:u\.)?({_WORD}{{130,1500}})"),
    _shape("Asana token", ":", rf"[12]/\d{{13,20}}(?:/\d{{13,20}})?:({_HEX}{{32}})"),
    _shape("Intercom token", "dG9rO", r"dG9rO([A-Za-z0-9+/]{40,100}={0,2})", whole=False),
    _shape("Honeycomb key", "hc", r"hc[abx][im]k_([a-z0-9]{58})"),
    _shape("New Relic key", "NRAL", rf"({_HEX}{{36}})NRAL"),
    _shape("Lob key", "live_", rf"live_({_HEX}{{35}})"),
    _shape("Azure SAS", "sig=", r"(?<=[?&])sig=([A-Za-z0-9%+/_-]{43,90}(?:%3[dD]|=)?)", whole=False),
    _shape("Make webhook", ".make.com/", r"hook\.[a-z]{2}\d\.make\.com/([a-z0-9]{32})"),
    _shape("Zapier webhook", "hooks.zapier.com/", r"hooks\.zapier\.com/hooks/catch/(\d{5,12}/[a-z0-9]{6,12})"),
    _shape("IFTTT key", "maker.ifttt.com/", rf"maker\.ifttt\.com/trigger/\w{{1,60}}/with/key/({_WORD}{{22,43}})"),
    _shape(
        "one-time password seed",
        "otpauth://",
        r"otpauth://\w{4}/[^\s\"'?]{1,100}\?(?:[\w=%-]{1,60}&){0,5}secret=([A-Z2-7]{16,64})",
    ),
    _shape("Laravel key", "APP_KEY", r"APP_KEY\s{0,3}[=:]\s{0,3}[\"']?base64:([A-Za-z0-9+/]{43}=)", whole=False),
    _shape("extended private key", "prv", r"[xyzt]prv([1-9A-HJ-NP-Za-km-z]{107})"),
    _shape("Private Key", "RWRTY0Iy", r"RWRTY0Iy([A-Za-z0-9+/]{150,250}={0,2})", whole=False),
    _shape("Private Key", "RWRCS", r"RWRCS([A-Za-z0-9+/]{130,140}={0,2})", whole=False),
)
