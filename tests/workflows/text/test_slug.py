"""Names from titles in any script."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.steps.branch_names import branch_name
from workflows.text.slug import slug
from workflows.values import Issue


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Slugs break on 2 dots...", "slugs-break-on-2-dots"),
        ("Ölmühle in Čeština", "olmuhle-in-cestina"),
        ("straße ø", "strasse-o"),
        ("Исправить вход", "ispravit-vhod"),
        ("Σφάλμα σύνδεσης", "sfalma-syndesis"),
        ("로그인 실패", "rogeuin-silpae"),
        ("ログ", "rogu"),
        ("ＡＢＣ", "abc"),
        ("登录失败", "e4343921"),
        ("修复 API 错误", "api-2954b5bb"),
        ("", ""),
    ],
)
def test_a_title_in_any_script_gives_a_name(title: str, name: str) -> None:
    assert slug(title) == name


def test_titles_that_cannot_be_spelt_do_not_share_a_branch() -> None:
    titles = ["登录失败", "登录太慢", "修复 API 错误", "修复 API 超时", "🔥", "💥", "تسجيل", "יומן"]
    assert len({branch_name(Issue(0, title, "")) for title in titles}) == len(titles)


@given(st.text(max_size=300))
def test_a_name_is_short_plain_and_there(title: str) -> None:
    name = slug(title)
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", name)
    assert len(name) <= 40
    assert bool(name) == bool(title.strip())
