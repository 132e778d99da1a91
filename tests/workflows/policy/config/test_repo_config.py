"""The repository's configuration: what it says, and what is refused with file, line and remedy."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.mutations import damaged, disfigured
from workflows.errors import ConfigError
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import RepoConfig
from workflows.values import ApprovalRules, FailureRules, Then

FULL = """\
# everything that can be said
setup:
  - pip install -e .
test: pytest -q
lint: false
types: [mypy pkg, pyright]
checks:
  docs: make docs
network: [Registry.Example.org, mirror.example.org:8443]
base: develop
approve: true
max_cost: 1.5
max_minutes: 30
verify_rounds: 0
model: openai/gpt-x
triggers:
  assigned: true
  opened: false
label: please-fix
protected_paths_allowed: .github/labels.yml
limits:
  memory: 2g
  minutes: 5
workflows:
  issue_to_pr:
    on_failure: wait
    steps: {verify: retry, prepare: skip}
    retries: 3
    pause: 10
approval:
  role: maintain
  not_requester: true
  days: 2
  unanswered: keep
  remind: false
"""


def test_everything_that_can_be_said_is_read() -> None:
    config = parse(FULL)
    assert config.setup == ("pip install -e .",)
    assert config.test == ("pytest -q",)
    assert config.lint is False
    assert config.types == ("mypy pkg", "pyright")
    assert config.checks == {"docs": "make docs"}
    assert config.network == ("registry.example.org", "mirror.example.org:8443")
    assert (config.base, config.approve, config.max_cost, config.max_minutes) == ("develop", True, 1.5, 30)
    assert (config.verify_rounds, config.model, config.label) == (0, "openai/gpt-x", "please-fix")
    assert (config.triggers.assigned, config.triggers.opened, config.triggers.mention) == (True, False, None)
    assert config.protected_paths_allowed == (".github/labels.yml",)
    assert (config.limits.memory, config.limits.minutes) == (2 * 1024**3, 5)
    assert config.failure_rules("issue_to_pr") == FailureRules(
        Then.WAIT, {"verify": Then.RETRY, "prepare": Then.SKIP}, 3, 10
    )
    assert config.approval_rules() == ApprovalRules("maintain", True, 2, "keep", False)
    assert (config.line_of("types"), config.line_of("checks", "docs")) == (6, 8)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n"])
def test_an_empty_file_says_nothing(text: str) -> None:
    assert parse(text) == RepoConfig()
    assert parse(text).failure_rules("issue_to_pr") == FailureRules()
    assert parse(text).approval_rules() == ApprovalRules()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tests: pytest", "1: There is no key 'tests'. Did you mean 'test'?"),
        ("a: 1", "1: There is no key 'a'. Known keys: setup, test, "),
        (
            "triggers:\n  label: true\n  mentoin: true",
            "3: There is no key 'mentoin' in triggers. Did you mean 'mention'?",
        ),
        ("test: 3", "1: test is neither a command nor false. Write a command, a list of commands, or false."),
        ("setup:\n - a\n - b: c", "3: setup.1 is neither a command nor false."),
        ("test: true", "1: test is neither a command nor false."),
        ("network:\n - a.org\n - https://x.org", "3: network.1: 'https://x.org' is not a host name"),
        ("network: '*.example.org'", "1: network: '*.example.org' is not a host name"),
        ("network: 10.0.0.1", "1: network: '10.0.0.1' is not a host name"),
        ("network: localhost", "1: network: 'localhost' is not a host name"),
        ("network: '[::1]:443'", "1: network: '[::1]:443' is not a host name"),
        ("network: 127.0.0.1:8443", "1: network: '127.0.0.1:8443' is not a host name"),
        ("network: a.example.org:22", "1: network: 'a.example.org:22' has a port that no set-up may reach"),
        ("network: a.example.org:80", "1: network: 'a.example.org:80' has a port that no set-up may reach"),
        ("network: 'a.example.org:'", "1: network: 'a.example.org:' has a port that no set-up may reach"),
        ("network: a.example.org:70000", "1: network: 'a.example.org:70000' has a port that no set-up may reach"),
        ("network: a.example.org:08443", "1: network: 'a.example.org:08443' has a port that no set-up may reach"),
        ("network: a.example.org:8٤٤٣", "1: network: 'a.example.org:8٤٤٣' has a port that no set-up may reach"),
        ("limits: {memory: ٤g}", "1: limits.memory: '٤g' is not a size"),
        ("limits: {minutes: 1e-9}", "1: limits.minutes: input should be greater than or equal to 0.01. It is 1e-09."),
        ("base: -x", "1: base: '-x' is not a branch name."),
        ("base: a..b", "1: base: 'a..b' is not a branch name."),
        ("max_cost: 0", "1: max_cost: input should be greater than 0. It is 0."),
        ("max_cost: .inf", "1: max_cost: input should be less than"),
        ("verify_rounds: 99", "1: verify_rounds: input should be less than or equal to 10. It is 99."),
        ("limits:\n\n  memory: lots", "3: limits.memory: 'lots' is not a size; write it like 4g or 512m."),
        ("limits: {memory: 1k}", "1: limits.memory: input should be greater than"),
        ("protected_paths_allowed: ../x", "1: protected_paths_allowed: '../x' is not a path of the repository"),
        ("test: a\nlint: b\ntest: c", "3: 'test' stands here twice, first in line 1. Keep one."),
        ("- a", "1: The file must be a mapping of keys."),
        ("test: [", "1: This is not YAML: "),
        ("test: &a [b]\nlint: *a", "1: Anchors and aliases are not read here."),
        ("a: 1\n---\nb: 2", "2: There is more than one document."),
        ("test: !!python/object:os.system x", "1: The tag tag:yaml.org,2002:python/object:os.system is not read here."),
        ("? [a]\n: b", "1: A key must be a plain word."),
        ("test: 'a\x07'", "1: This is not YAML: "),
        ("test: " + "[" * 50 + "]" * 50, "1: The file is nested too deeply."),
        ("checks:\n  'a/b': x", "2: checks.a/b: "),
        (
            "workflows:\n  issue_to_pull: {}",
            "2: There is no key 'issue_to_pull' in workflows. Did you mean 'issue_to_pr'?",
        ),
        (
            "workflows:\n  issue_to_pr:\n    on_fail: retry",
            "3: There is no key 'on_fail' in workflows.issue_to_pr. Did you mean 'on_failure'?",
        ),
        (
            "workflows:\n  issue_to_pr:\n    steps:\n      verify: again",
            "4: workflows.issue_to_pr.steps.verify: input should be 'retry', 'skip', 'abort', 'wait', "
            "'rollback soft' or 'rollback hard'. It is 'again'.",
        ),
        (
            "workflows: {issue_to_pr: {retries: 99}}",
            "1: workflows.issue_to_pr.retries: input should be less than or equal to 10. It is 99.",
        ),
        ("approval:\n  role: boss", "2: approval.role: input should be 'write', 'maintain' or 'admin'. It is 'boss'."),
        ("approval:\n  rolle: admin", "2: There is no key 'rolle' in approval. Did you mean 'role'?"),
        ("approval: {days: 0}", "1: approval.days: input should be greater than or equal to 0.04. It is 0."),
    ],
)
def test_what_is_wrong_is_refused_with_its_place_and_a_remedy(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value).startswith(f".github/pullwright.yml:{message}")
    assert caught.value.remedy


def test_the_highest_of_several_problems_is_told_and_the_others_are_counted() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("test: pytest\nmax_cost: -1\nlnt: x\nbase: ' '\n")
    assert str(caught.value).startswith(".github/pullwright.yml:2: max_cost")
    assert str(caught.value).endswith("There are 2 more problems in the file.")


def test_a_file_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(ConfigError, match="longer than 64 KB"):
        parse("# " + "x" * 70_000)


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))
    with pytest.raises(ConfigError, match="Anchors and aliases"):
        parse(f"a0: &a0 x\n{levels}\n")


WORDS = st.sampled_from(
    [*FULL.split(), "\n", "  ", "- ", ": ", "&a", "*a", "{", "}", "!!x", "|", ">", "'", '"', "\t", "?"]
)


@given(st.text(max_size=200) | st.lists(WORDS, max_size=30).map("".join) | st.lists(WORDS, max_size=30).map(" ".join))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    with suppress(ConfigError):
        parse(text)


REAL = b"""test: pytest -q
setup: [pip install -e ., make]
checks: {docs: make docs}
network: registry.example.org
approval:
  role: write
  days: 3
limits: {memory: 4g, minutes: 10}
workflows: {issue_to_pr: {on_failure: ask, steps: {plan: retry}}}
"""


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(damaged(REAL).map(lambda data: data.decode("utf-8", "replace")) | disfigured(["a"]).map(repr))
def test_any_file_is_a_configuration_or_an_error_of_ours(text: str) -> None:
    try:
        found = parse(text)
    except ConfigError:
        return
    assert isinstance(found, RepoConfig)


@pytest.mark.parametrize(
    "text",
    [
        *("[" * 60_000, "a: " * 20_000, "- " * 30_000, "? " * 30_000, "{a: " * 15_000, "x" * 65_000, "'" * 60_000),
        *("a:\n " * 10_000, "!!" * 30_000, "9" * 60_000, "test: {a: " + "9" * 50_000 + "}", "max_cost: 1e999"),
        *("max_cost: .nan", "approve: 0x" + "f" * 9_000, "max_minutes: " + "9" * 5_000),
    ],
)
def test_what_explodes_elsewhere_is_an_error_here(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("max_cost: true", "max_cost: it must be a number. It is true."),
        ("limits: {minutes: true}", "limits.minutes: it must be a number."),
        ("limits: {memory: true}", "limits.memory: it must be a number."),
        ("verify_rounds: true", "verify_rounds: it must be a number."),
        ("workflows: {review_pr: {inline: false}}", "it must be a number."),
        ("test: no", "test is neither a command nor false."),
        ("lint: [ruff check, off]", "is neither a command nor false."),
        ("checks: {docs: no}", "checks.docs: it is neither a command nor false."),
        ("test: []", "test is neither a command nor false."),
        ("required: {tests: true}", "there is no check 'tests'. Did you mean 'test'?"),
        ("checks: {docs: x}\nrequired: {doc: true}", "yml:2: required: there is no check 'doc'. Did you mean 'docs'?"),
        ("base: refs/heads/main", "write it like main"),
        ("base: HEAD", "write it like main"),
        ("base: \u202emain", "is not a branch name"),
        ("branch_prefix: refs/heads/", "cannot stand before a branch name"),
        ("limits: [4g]", "limits must be a mapping of keys."),
        ("checks: make docs", "checks must be a mapping of keys."),
        ("secrets_allowed: {a: b}", "secrets_allowed must be a text or a list of texts."),
        ("signoff: maybe", "signoff must be true or false."),
        ("label: 7", "label must be a text. Put it in quotes."),
        ("limits: {minutes: 1h}", "limits.minutes must be a number. Write it like 15 or 0.5, without a unit."),
        ("bots: '@renovate'", "write it like renovate[bot], without @"),
        ("checks: {'a/b': x}", "checks.a/b: 'a/b' is not a name"),
    ],
)
def test_an_odd_value_is_refused_in_plain_words(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text)
    said = str(refused.value)
    assert words in said
    assert said.startswith(".github/pullwright.yml:")
    for foreign in ("valid dictionary", "instance of", "match pattern", "parse string", "^["):
        assert foreign not in said


@pytest.mark.parametrize(
    "key", ["limits", "triggers", "approval", "workflows", "checks", "required", "network", "ready"]
)
def test_a_key_with_nothing_behind_it_says_nothing(key: str) -> None:
    assert parse(f"{key}:\n").model_dump() == RepoConfig().model_dump()
    assert parse(f"test: x\n{key}: null").model_dump() == parse("test: x").model_dump()


def test_a_key_that_there_is_not_is_refused_with_nothing_behind_it_too() -> None:
    with pytest.raises(ConfigError, match="There is no key 'tests'"):
        parse("tests:\n")
