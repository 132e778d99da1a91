"""Which line of a failed command's output is told."""

import pytest

from sandbox.backend import CommandOutcome, Kill
from sandbox.environment.reasons import failed, is_hopeless, why


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("ERROR: No matching distribution found for pip>=25.1\n\n[notice] A new release of pip\n", "No matching"),
        (
            "TypeError: no attribute x\n╰─> See above for output.\n\nhint: See above for details.\n",
            "TypeError: no attribute",
        ),
        (" ERR_PNPM_FETCH_404  Not Found\n ELIFECYCLE  Command failed with exit code 1.\n", "ERR_PNPM_FETCH_404"),
        (
            "npm error code E404\nnpm error path /work\nnpm error A complete log of this run can be found in: x",
            "code E404",
        ),
        (
            "error: cannot find x.h\nerror Command failed with exit code 1.\ninfo Visit https://yarnpkg.com\n",
            "cannot find x.h",
        ),
        ("ModuleNotFoundError: No module named 'numpy'\n\nnote: This error originates from a subprocess\n", "numpy"),
        (
            "npm error 404 Not Found - GET https://a.example/x.tgz\nnpm error 404\n"
            "npm error 404 Note that you can also install from a\nnpm error 404 tarball, folder, http url, or git.\n",
            "404 Not Found - GET https://a.example/x.tgz",
        ),
        (
            "| Unable to find installation candidates for filelock (3.13.1)\n| \n| This is likely not a Poetry issue.\n"
            "| If neither works, please first check to verify that filelock has published wheels\n",
            "Unable to find installation candidates for filelock (3.13.1)",
        ),
        ("doing\nthe work\n", "the work"),
        ("", ""),
        ("hint: See above for details.\n", ""),
    ],
)
def test_the_line_that_says_why_is_found(output: str, told: str) -> None:
    assert told in why(output)
    assert "See above" not in why(output)


def test_a_line_is_bounded_and_closes_no_quotes() -> None:
    assert len(why("error: `" + "x" * 10_000)) == 200
    assert "`" not in why("error: `rm`")


def test_what_the_proxy_refused_is_part_of_the_reason() -> None:
    outcome = CommandOutcome(1, "ERROR: no\n", 1.0, refused=("a.example is not on the allow-list",))
    assert failed("pip install a", outcome) == (
        "`pip install a` ended with exit code 1: `ERROR: no` (a.example is not on the allow-list)"
    )


@pytest.mark.parametrize(
    ("outcome", "hopeless"),
    [
        (CommandOutcome(1, "ERROR: No matching distribution found for a==99", 1.0), True),
        (CommandOutcome(1, "npm error code ENOTFOUND", 1.0), True),
        (CommandOutcome(137, "", 1.0, killed=Kill.TIMEOUT), True),
        (CommandOutcome(1, "", 1.0, refused=("x",)), True),
        (CommandOutcome(1, "src/a.c:3: error: expected ';'", 1.0), False),
        (CommandOutcome(1, "SyntaxError: invalid syntax in setup.py", 1.0), False),
    ],
)
def test_what_no_source_could_mend_is_known(outcome: CommandOutcome, hopeless: bool) -> None:
    assert is_hopeless(outcome) is hopeless
