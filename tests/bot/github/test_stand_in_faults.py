"""The stand-in misbehaves as it is told to: limits, errors, resets, hangs."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.fakes.github.scene import REPO, Scene

Json = Any


# --- faults


@pytest.mark.parametrize("status", [401, 403, 404, 422, 500, 502])
def test_a_planned_status_is_answered_as_often_as_planned(scene: Scene, status: int) -> None:
    number = scene.issue()
    scene.github.fault(f"{REPO}/issues/.*", status=status, times=2)
    answers = [scene.bot.get(f"{REPO}/issues/{number}").status_code for _ in range(3)]
    assert answers == [status, status, 200]


def test_limits_say_when_to_come_back(scene: Scene) -> None:
    scene.github.fault(REPO, kind="secondary", seconds=7)
    scene.github.fault(REPO, kind="rate", seconds=60)
    secondary, primary = scene.bot.get(REPO), scene.bot.get(REPO)
    assert (secondary.status_code, secondary.headers["retry-after"]) == (403, "7")
    assert "secondary rate limit" in secondary.json()["message"]
    assert (primary.status_code, primary.headers["x-ratelimit-remaining"]) == (403, "0")
    assert 0 < int(primary.headers["x-ratelimit-reset"]) - time.time() <= 61


def test_a_reset_breaks_the_connection(scene: Scene) -> None:
    scene.github.fault(REPO, kind="reset")
    with pytest.raises(httpx.ReadError):
        scene.bot.get(REPO)
    assert scene.bot.get(REPO).status_code == 200


def test_a_hang_lasts_until_the_client_gives_up(scene: Scene) -> None:
    scene.github.fault(REPO, kind="hang")
    with pytest.raises(httpx.ReadTimeout):
        scene.bot.get(REPO, timeout=0.2)
    assert scene.bot.get(REPO).status_code == 200


def test_a_late_reset_loses_the_answer_but_not_the_effect(scene: Scene) -> None:
    number = scene.issue()
    scene.github.fault(f"{REPO}/issues/{number}/comments", method="POST", kind="reset", late=True)
    with pytest.raises(httpx.ReadError):
        scene.bot.post(f"{REPO}/issues/{number}/comments", json={"body": "was it said?"})
    assert [said["body"] for said in scene.bot.get(f"{REPO}/issues/{number}/comments").json()] == ["was it said?"]


def test_a_fault_can_wait_for_a_later_request_and_be_forgotten(scene: Scene) -> None:
    scene.github.fault(REPO, status=500, after=1)
    assert [scene.bot.get(REPO).status_code for _ in range(2)] == [200, 500]
    scene.github.fault(REPO, status=500)
    assert scene.github.heal() == 1
    assert scene.bot.get(REPO).status_code == 200
