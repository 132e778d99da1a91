"""Values that stand where a secret would, and which of them are none."""

from __future__ import annotations

import pytest

from workflows.secrets.placeholders import (
    entropy,
    is_example,
    is_identifier,
    is_jumbled,
    is_placeholder,
    is_random,
    is_template,
    is_wordy,
)


@pytest.mark.parametrize(
    "value",
    ["${PASS}", "$PASS", "{{ pass }}", "<your pass>", "%(pass)s", "%s", "...", "…", "****", "#{pass}", "{}", "[pass]"],
)
def test_what_something_else_is_filled_in_for_is_a_template(value: str) -> None:
    assert is_template(value)
    assert is_placeholder(value)


@pytest.mark.parametrize("value", ["pa$$word1", "100%sure", "a..b", "x*y", "{a", "p%dq"])
def test_a_sign_within_a_password_makes_no_template_of_it(value: str) -> None:
    assert not is_template(value)


@pytest.mark.parametrize(
    "value",
    ["", "x", "abc", "aaaaaaaa", "changeme", "Your-Password-123", "12345678", "ABCDEFGH", "my_secret_token", "foobar1"],
)
def test_what_nobody_keeps_for_a_password_is_a_placeholder(value: str) -> None:
    assert is_placeholder(value)


def test_the_name_of_the_user_is_no_password_of_theirs() -> None:
    assert is_placeholder("Deploy-Me9", "deploy-me9")
    assert not is_placeholder("Deploy-Me9", "another")


@pytest.mark.parametrize("value", ["hunter2", "Tr0ub4dor&3", "kQ-vX!mB-zRt", "пароль-мой", "9f3Kq0Lz"])
def test_what_somebody_may_have_chosen_is_none(value: str) -> None:
    assert not is_placeholder(value)


@pytest.mark.parametrize("value", ["EXAMPLEKEY", "xxxxxxxxxxxx", "Zk0000Qp9vLmXr", "2345678901", "abababababab"])
def test_sequences_and_one_letter_over_and_over_are_made_up(value: str) -> None:
    assert is_example(value)


def test_names_of_programs_read_as_such_and_no_number_within_makes_them_random() -> None:
    for name in ("user_name", "app.settings.prod", "a-b-c_2", "_private_", "handle/pass/event"):
        assert is_identifier(name), name
        assert not is_random(name, 1.0, 1), name
    for value in ("a1b2", "9lives", "x" * 10 + "1"):
        assert not is_identifier(value), value
    assert is_wordy("handlePassEvent1")
    assert not is_wordy("hGkPqEvZ1")


def test_letters_and_digits_that_are_no_word_are_random_from_their_length_on() -> None:
    value = "k9Xq2vLp0Zr4"
    assert is_random(value, 3.0, 12)
    assert not is_random(value, 3.0, 13)
    assert not is_random(value, 4.0, 12)
    for other in (
        "k9Xq 2vLp0Zr4",
        "onlyletterswithoutanumber",
        "42ffcc91-707e-46de-b63b-5c99fc397837",
        "k9X$2vLp0Zr4",
    ):
        assert not is_random(other, 1.0, 8), other


def test_jumbled_letters_are_told_from_words_by_what_stands_within() -> None:
    for value in ("BweXoOuynRKZzmQ", "kQ-vX!mB-zRt"):
        assert is_jumbled(value), value
    for value in ("getUserPassword", "correct-horse-battery", "PASSWORD_FIELD", "BweXoO", "alllowercase"):
        assert not is_jumbled(value), value


def test_entropy_is_in_bits_for_each_character() -> None:
    assert (entropy(""), entropy("aaaa"), entropy("abab"), entropy("abcd")) == (0, 0, 1, 2)
