"""`pullwright explain`: a question is answered from the repository's files, and nothing is changed or run."""

from __future__ import annotations

import json

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk, answers, desk, edit, finish, folder
from tests.stories.github_desk import REPO, github_desk
from tests.stories.samples import PYTHON
from tests.stories.test_killed import crash

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


@pytest.mark.at_length
@pytest.mark.parametrize("step", ["fetch", "find", "answer"])
@pytest.mark.parametrize("moment", ["begun", "done"])
def test_killed_at_any_step_it_goes_on_and_asks_the_model_once_more_at_most(desk: Desk, step: str, moment: str) -> None:
    desk.make_repository(FILES)
    desk.model.conversations = [TELL, ASK]
    crash(desk, step, moment, "explain", desk.repository, "How is a title made a slug?")
    done = desk.run("resume", "--json")
    assert done.code == 0, done.err
    assert done.data["answer"].startswith("`split` lowers the title.")
    assert len(desk.model.requests) <= 4


def test_without_an_answer_nothing_is_claimed(desk: Desk) -> None:
    desk.make_repository(FILES)
    desk.model.conversations = [Conversation("Answer this question", (Turn("I do not know."), Turn("Still not.")))]
    done = desk.run("explain", desk.repository, "How?", "--json")
    assert done.code == 1
    assert done.data["error"] == "The model's answer could not be read."
    assert desk.run("explain", desk.repository, "  ").code == 1


@pytest.mark.at_length
def test_on_github_the_answer_is_one_comment_and_stands_in_no_ones_way(github: GitHub, desk: Desk) -> None:
    told = Conversation("Answer this question", (Turn(json.dumps({"answer": "`add` takes two numbers."})),))
    desk.model.conversations = [told, *answers([edit("adder.py", "a - b", "a + b"), finish()])]
    hub = github_desk(github, desk, PYTHON)
    with hub.serving():
        number = hub.issue()
        hub.say(number, "/explain What does add take?", by=hub.bob)
        hub.wait("bob is told no", lambda: [one for one in hub.ours(number) if "takes the role *write*" in one["body"]])
        hub.say(number, "/explain")
        hub.wait("it asks what", lambda: [one for one in hub.ours(number) if "What is the question?" in one["body"]])
        hub.say(number, "/explain What does add take?")
        hub.wait("it answers", lambda: [one for one in hub.progress(number) if "### Answered, from " in one["body"]])
        hub.say(number, "/fix")
        pull = hub.finished(number)
        hub.say(pull["number"], "/explain And now?")
        hub.wait(
            "it answers there", lambda: [one for one in hub.progress(pull["number"]) if "### Answered" in one["body"]]
        )
        (answer,) = [one["body"] for one in hub.progress(number) if "### Answered" in one["body"]]
        assert "> `add` takes two numbers." in answer
        assert "In the model's own words" in answer
        assert "erified" not in answer
        (fix,) = [run["run"] for run in hub.runs() if run["workflow"] == "issue_to_pr"]
        for place in (number, pull["number"]):
            hub.say(place, "/status")
            hub.wait(
                "the fix is meant",
                lambda where=place: [one for one in hub.ours(where) if f"Run `{fix}`" in one["body"]],
            )
        assert [run["workflow"] for run in hub.runs()].count("explain") == 2
    assert hub.alice.get(f"{REPO}/pulls/{pull['number']}").json()["state"] == "open"
