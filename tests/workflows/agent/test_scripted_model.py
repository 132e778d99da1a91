"""The scripted model: what the other tests and the demonstration rely on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.fakes.scripted_model import Call, Conversation, Fault, ScriptedModel, Turn, call, load

ROOT = Path(__file__).parents[3]


def ask(server: ScriptedModel, *messages: tuple[str, str], key: str = "k") -> httpx.Response:
    body = {"model": "scripted", "messages": [{"role": role, "content": text} for role, text in messages]}
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.post(f"{server.url}/chat/completions", json=body, headers=headers, timeout=5)


def text_of(response: httpx.Response) -> str:
    text: str = response.json()["choices"][0]["message"]["content"]
    return text


def test_the_answer_follows_from_the_request_and_not_from_its_place_in_time() -> None:
    plan = Conversation("the plan", (Turn("plan"),))
    work = Conversation("the work", (Turn("one"), Turn("two")))
    with ScriptedModel([plan, work]) as server:
        assert text_of(ask(server, ("user", "the work"), ("assistant", "one"), ("user", "go on"))) == "two"
        assert text_of(ask(server, ("system", "the plan"), ("user", "x"))) == "plan"
        assert text_of(ask(server, ("user", "the work"))) == "one"
        assert text_of(ask(server, ("user", "the work"), ("user", "the plan"))) == "one"


def test_a_request_that_is_not_in_the_script_says_so() -> None:
    with ScriptedModel([Conversation("work", (Turn("one"),))]) as server:
        assert "no conversation" in ask(server, ("user", "other")).text
        answer = ask(server, ("user", "work"), ("assistant", "one"))
        assert answer.status_code == 400
        assert "no turn 1" in answer.text


def test_the_last_turn_can_answer_for_ever() -> None:
    with ScriptedModel([Conversation("work", (Turn("one"),), repeat_last=True)]) as server:
        assert text_of(ask(server, ("user", "work"), *[("assistant", "one")] * 5)) == "one"


def test_faults_come_before_the_answer_one_per_request() -> None:
    faults = (Fault(status=429, retry_after=3), Fault(cut=True), Fault(garbage=True), Fault(hang=0.05))
    with ScriptedModel([Conversation("work", (Turn("one", faults=faults),))]) as server:
        limited = ask(server, ("user", "work"))
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")
        with pytest.raises(httpx.RemoteProtocolError):
            ask(server, ("user", "work"))
        assert "<html>" in ask(server, ("user", "work")).text
        with pytest.raises(httpx.RemoteProtocolError):
            ask(server, ("user", "work"))
        assert text_of(ask(server, ("user", "work"))) == "one"
        assert len(server.requests) == 5


def test_it_can_insist_on_a_key() -> None:
    with ScriptedModel([Conversation("work", (Turn("one"),))], key="right") as server:
        assert ask(server, ("user", "work"), key="wrong").status_code == 401
        assert ask(server, ("user", "work"), key="right").status_code == 200
        assert httpx.get(f"{server.url}/models", headers={"Authorization": "Bearer right"}).json()["data"]


SCRIPT = {
    "conversations": [
        {
            "match": "work",
            "turns": [
                {"text": "hi", "calls": [{"name": "shell", "arguments": {"command": "ls"}}]},
                {"calls": [{"name": "shell", "arguments": "{broken"}], "faults": [{"status": 500}]},
            ],
        }
    ]
}


def test_a_script_can_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text(json.dumps(SCRIPT))
    assert load(path) == [
        Conversation(
            "work",
            (
                Turn("hi", (call("shell", command="ls"),)),
                Turn(calls=(Call("shell", "{broken"),), faults=(Fault(status=500),)),
            ),
        )
    ]


def test_it_runs_by_itself_and_prints_its_url_first(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text(json.dumps(SCRIPT))
    command = [sys.executable, "-m", "tests.fakes.scripted_model", str(path), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            body = {"model": "scripted", "messages": [{"role": "user", "content": "work"}]}
            answer = httpx.post(f"{url}/chat/completions", json=body, timeout=5).json()["choices"][0]
            assert answer["finish_reason"] == "tool_calls"
            assert json.loads(answer["message"]["tool_calls"][0]["function"]["arguments"]) == {"command": "ls"}
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
