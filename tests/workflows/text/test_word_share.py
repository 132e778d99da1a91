"""Two short texts that ask for the same, and two that do not."""

from __future__ import annotations

import pytest

from workflows.text.word_share import ALIKE, share


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Please give every public function a docstring.", "Each public function needs a docstring, please.", True),
        ("Please give every public function a docstring.", "The name of this branch is rather long.", False),
        ("请给每个公开函数加上文档字符串。", "每个公开函数都要有文档字符串", True),
        ("请给每个公开函数加上文档字符串。", "这个分支的名字太长了", False),
        ("公開関数には必ずドキュメントを書いてください", "すべての公開関数にドキュメントを書くこと", True),
        ("모든 공개 함수에 설명을 써 주세요", "공개 함수에는 설명을 써야 합니다", True),
        ("fine", "fine", False),
    ],
)
def test_texts_are_alike_by_their_words_in_any_script(one: str, other: str, alike: bool) -> None:
    assert (share(one, other) >= ALIKE) is alike
