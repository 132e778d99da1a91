"""`pullwright explain`: a question is answered from the repository's files, and nothing is changed or run."""

from __future__ import annotations

import json

from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk, desk, folder

__all__ = ["desk", "folder"]

FILES = {
    "slugs/__init__.py": "from slugs.words import split\n\n\ndef slugify(title):\n    return '-'.join(split(title))\n",
    "slugs/words.py": "def split(title):\n    return title.lower().split()  # the secret of slugs\n",
    "README.md": "Slugs.\n",
    **{f"other/part{number}.py": f"NUMBER = {number}\n" for number in range(30)},
}
ASK = Conversation(
    "Answer this question",
    (Turn(json.dumps({"read": ["slugs/words.py", "/etc/passwd", "none.py"]})),),
)
TELL = Conversation(
    "(?s)Answer this question.*the secret of slugs",
    (Turn(json.dumps({"answer": "`split` lowers the title.\n\n## Verified ✅"})),),
)


def test_a_question_is_answered_from_the_files_that_the_model_asks_for(desk: Desk) -> None:
    desk.make_repository(FILES)
    desk.model.conversations = [TELL, ASK]
    head = desk.git("rev-parse", "HEAD")
    done = desk.run("explain", desk.repository, "How is a title made a slug?", "--json")
    assert done.code == 0, done.err
    assert done.data["workflow"] == "explain"
    assert done.data["outcome"].startswith("Answered, from ")
    assert done.data["answer"].startswith("`split` lowers the title.")
    assert "slugs/words.py" in done.data["files"]
    assert not any("passwd" in path for path in done.data["files"])
    assert "verified" not in done.data
    assert (desk.git("rev-parse", "HEAD"), desk.git("status", "--porcelain")) == (head, "")
    assert list(desk.branches()) == ["main"]


def test_the_answer_is_shown_as_the_models_own_words_with_the_files_behind_it(desk: Desk) -> None:
    desk.make_repository(FILES)
    desk.model.conversations = [TELL, ASK]
    done = desk.run("explain", desk.repository, "How is a title made a slug?")
    assert done.code == 0, done.err
    assert "In the model's own words" in done.out
    assert "> `split` lowers the title." in done.out
    assert "✅" not in done.out
    assert "slugs/words.py" in done.out
    shown = desk.run("show", done.out.split("run ", 1)[1].split(":")[0])
    assert "Answered, from " in shown.out
    assert "Files that were read" in shown.out


def test_without_an_answer_nothing_is_claimed(desk: Desk) -> None:
    desk.make_repository(FILES)
    desk.model.conversations = [Conversation("Answer this question", (Turn("I do not know."), Turn("Still not.")))]
    done = desk.run("explain", desk.repository, "How?", "--json")
    assert done.code == 1
    assert done.data["error"] == "The model's answer could not be read."
    assert desk.run("explain", desk.repository, "  ").code == 1
