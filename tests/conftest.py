"""What holds for every test: how the tests were started does not reach what they start, and nothing waits for habit."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.fakes import machine  # first of all: it remembers what the machine is configured with

# A shell's background and nohup have these ignored, which programs inherit; tests interrupt programs by them.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(_number, signal.SIG_DFL)

assert machine.STARTED_WITH, "it remembers"
# But for what really installs (`tests.fakes.machine`), nothing here speaks TLS to a stranger, and each of httpx's
# clients would read all the world's certificates, for twenty milliseconds. This is a directory that has none.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)

# No result hangs on chance or on what an earlier run kept; `make matrix` looks further, at random.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("wide", max_examples=1000, derandomize=False, database=None, deadline=None)
settings.load_profile("wide" if os.environ.get("HYPOTHESIS_PROFILE") == "wide" else "same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole-matrix", action="store_true", help="run also what is marked at_length")
    parser.addoption(
        "--until", type=float, help="begin nothing after that second of the epoch: what is left is skipped"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "at_length: takes long, and a shorter one holds the same promise: `make matrix`")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked at_length runs with --whole-matrix only; what is of one group runs in one process."""
    whole, grouped = config.getoption("--whole-matrix"), getattr(config.option, "loadgroup", False)
    for item in items:
        if not whole and item.get_closest_marker("at_length"):
            item.add_marker(pytest.mark.skip(reason="with --whole-matrix"))
        if grouped and (group := item.get_closest_marker("xdist_group")):
            _name(item, f"@{group.args[0]}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """CI has so much time and no more: what it does not come to is said to be not run."""
    until = item.config.getoption("--until")
    if until is not None and time.time() > until:
        pytest.skip("not run: the time is over")


def _name(item: pytest.Item, suffix: str) -> None:
    """Tell xdist's scheduler of a group, as it does itself, but to pytest's names before 9.2 (pytest-xdist#1386)."""
    if not item.nodeid.endswith(suffix):
        item._id = type(item._id).parse(item.nodeid + suffix)  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI, which installs what tests need, a test that is skipped for want of a program is one that fails."""
    report = yield
    if report.skipped and os.environ.get("CI") and "not installed" in str(report.longrepr):
        report.outcome, report.longrepr = "failed", f"{item.nodeid}: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    """No test speaks to Telegram, or has the stand-in answer, other than Telegram publishes it."""
    yield
    bots = sys.modules.get("tests.fakes.telegram.server")
    if bots is not None and (found := bots.violations()):
        pytest.fail("other than Telegram publishes it:\n" + "\n".join(found))


def pytest_collection_finish() -> None:
    """What was imported stays for good: a full collection that walks it all takes half a second each time."""
    gc.collect()
    gc.freeze()
