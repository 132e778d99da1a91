"""Which words behind a test runner's name select tests, and which belong to an option.

A path behind an option may be its value (`jest --config jest.config.js`) or the first selection (`jest --ci tests`):
only the runner's own help tells. What is named here is from those of pytest 9 and its usual plugins, Jest 30, Vitest
4, Mocha 11, RSpec 3.13, Node 22 and Go 1.23; of an option that is not, nobody knows, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PYTEST_TAKES = _set(
    """
    -k -m -p -c -o -n -r -W --ignore --ignore-glob --deselect --confcutdir --rootdir --basetemp --config-file
    --junitxml --junit-xml --junit-prefix --maxfail --durations --durations-min --tb --color --capture
    --show-capture --import-mode --override-ini --pythonwarnings --log-level --log-cli-level --log-file
    --log-file-level --log-format --verbosity --report-chars --assert --doctest-glob --doctest-report
    --max-warnings --cov-config --cov-report --cov-fail-under --cov-context --numprocesses --maxprocesses
    --max-worker-restart --dist --tx --timeout --timeout-method --session-timeout --html --css --alluredir
    --asyncio-mode --anyio-mode --ds --dc --hypothesis-profile --hypothesis-seed --randomly-seed
    --random-order-seed --reruns --reruns-delay --splits --group --splitting-algorithm --durations-path
    --json-report-file --md --browser --base-url --device --tracing --screenshot --video
    """
)
_PYTEST_MAY_TAKE = _set(
    """
    --cov --debug --cache-show
    """
)
_PYTEST_FLAGS = _set(
    """
    -q -v -s -x -l -d --quiet --verbose --exitfirst --showlocals --no-showlocals --strict --strict-markers
    --strict-config --no-header --no-summary --disable-warnings --disable-pytest-warnings --lf --last-failed
    --ff --failed-first --nf --new-first --sw --stepwise --runxfail --full-trace --doctest-modules
    --collect-only --co --noconftest --keep-duplicates --continue-on-collection-errors --cache-clear
    --setup-show --no-fold-skipped --doctest-ignore-import-errors --doctest-continue-on-failure --no-cov
    --no-cov-on-fail --cov-append --cov-branch --cov-reset --nomigrations --no-migrations --migrations
    --reuse-db --create-db --benchmark-skip --benchmark-disable --benchmark-only --self-contained-html
    --random-order --forked --boxed --headed --json-report --snapshot-update --
    """
)
_JEST_TAKES = _set(
    """
    -c -t -w --config --cacheDirectory --changedSince --coverageDirectory --coverageProvider --coverageThreshold
    --env --testEnvironment --testEnvironmentOptions --filter --globalSetup --globalTeardown --globals
    --maxConcurrency --maxWorkers --moduleNameMapper --notifyMode --outputFile --preset --prettierPath
    --resolver --rootDir --runner --seed --shard --testFailureExitCode --testNamePattern --testResultsProcessor
    --testRunner --testSequencer --testTimeout --transform
    """
)
_JEST_FLAGS = _set(
    """
    -e -o -f -i -u --all --automock --cache --no-cache --ci --clearMocks --collectCoverage --color --colors
    --no-color --coverage --no-coverage --debug --detectLeaks --detectOpenHandles --errorOnDeprecated --expand
    --forceExit --json --injectGlobals --logHeapUsage --noStackTrace --onlyChanged --onlyFailures
    --passWithNoTests --randomize --resetMocks --resetModules --restoreMocks --runInBand --runTestsByPath
    --showSeed --silent --skipFilter --testLocationInResults --updateSnapshot --useStderr --verbose
    --watchAll=false --watchman --no-watchman --workerThreads --
    """
)
_VITEST_TAKES = _set(
    """
    -r -c -t --root --config --testNamePattern --dir --reporter --outputFile --mode --browser --pool --execArgv
    --vmMemoryLimit --maxWorkers --minWorkers --environment --shard --sequence --testTimeout --hookTimeout
    --bail --retry --diff --exclude --project --slowTestThreshold --teardownTimeout --maxConcurrency
    --attachmentsDir --configLoader --tagsFilter
    """
)
_VITEST_MAY_TAKE = _set(
    """
    -u --update --api --silent --changed --inspect --inspectBrk --mergeReports
    """
)
_VITEST_FLAGS = _set(
    """
    run --run --no-watch --hideSkippedTests --coverage --no-coverage --isolate --no-isolate --globals --dom
    --fileParallelism --no-fileParallelism --no-file-parallelism --passWithNoTests --logHeapUsage --allowOnly
    --dangerouslyIgnoreUnhandledErrors --disableConsoleIntercept --typecheck --no-typecheck --cache --no-cache
    --printConsoleTrace --no-color --clearScreen --no-clearScreen --coverage.enabled --no-threads --threads
    --single-thread --
    """
)
_MOCHA_TAKES = _set(
    """
    -n -O -r -j -f -g -R -u -s -t --extension --file --global --globals --ignore --exclude --node-option
    --reporter-option --reporter-options --require --watch-files --watch-ignore --retries --jobs --config
    --fgrep --grep --package --reporter --ui --slow --timeout --timeouts --import --loader
    """
)
_MOCHA_FLAGS = _set(
    """
    -A -b -c -i -C -p -S --allow-uncaught --async-only --bail --check-leaks --color --colors --no-color
    --no-colors --delay --diff --no-diff --exit --no-exit --fail-zero --forbid-only --forbid-pending
    --full-trace --inline-diffs --invert --parallel --no-parallel --posix-exit-codes --recursive --sort
    --no-config --no-package --enable-source-maps --
    """
)
_RSPEC_TAKES = _set(
    """
    -I -r -O -f -o -e -E -t -P --require --options --order --seed --format --out --deprecation-out --example
    --example-matches --tag --pattern --exclude-pattern --failure-exit-code --error-exit-code --drb-port
    --default-path
    """
)
_RSPEC_MAY_TAKE = _set(
    """
    -p --profile --fail-fast --bisect
    """
)
_RSPEC_FLAGS = _set(
    """
    -b -c -w -d -X --no-drb --backtrace --color --colour --force-color --no-color --force-colour --no-colour
    --no-profile --no-fail-fast --dry-run --warnings --only-failures --next-failure --fail-if-no-examples
    """
)
_NODE_TAKES = _set(
    """
    -r -C --require --import --conditions --loader --experimental-loader --env-file --env-file-if-exists
    --test-concurrency --test-name-pattern --test-skip-pattern --test-reporter --test-reporter-destination
    --test-shard --test-timeout --test-coverage-include --test-coverage-exclude --test-global-setup --title
    --input-type
    """
)
_NODE_FLAGS = _set(
    """
    --test --test-only --test-force-exit --experimental-test-coverage --experimental-test-module-mocks
    --experimental-test-snapshots --enable-source-maps --experimental-strip-types --experimental-transform-types
    --no-warnings --expose-gc --trace-warnings --no-deprecation --trace-uncaught --experimental-vm-modules --
    """
)
_GO_TAKES = _set(
    """
    run skip bench benchtime count covermode coverpkg coverprofile cpu cpuprofile blockprofile blockprofilerate
    exec fuzz fuzzminimizetime fuzztime list memprofile memprofilerate mutexprofile mutexprofilefraction o
    outputdir p parallel shuffle timeout trace vet tags ldflags gcflags asmflags gccgoflags mod modfile overlay
    pgo pkgdir toolexec buildmode buildvcs compiler installsuffix C
    """
)
_GO_FLAGS = _set(
    """
    a asan benchmem c cover failfast fullpath i json linkshared msan n race short trimpath v work x
    """
)


@dataclass(frozen=True, slots=True)
class RunnerWords:
    """A runner's options: those with a value, those that may have one, and those without.

    `files_first` says whether files may stand before its options.
    """

    takes: frozenset[str]
    flags: frozenset[str]
    may_take: frozenset[str] = frozenset()
    files_first: bool = True


_WORDS = {
    "pytest": RunnerWords(_PYTEST_TAKES, _PYTEST_FLAGS, _PYTEST_MAY_TAKE),
    "jest": RunnerWords(_JEST_TAKES, _JEST_FLAGS),
    "vitest": RunnerWords(_VITEST_TAKES, _VITEST_FLAGS, _VITEST_MAY_TAKE),
    "mocha": RunnerWords(_MOCHA_TAKES, _MOCHA_FLAGS),
    "rspec": RunnerWords(_RSPEC_TAKES, _RSPEC_FLAGS, _RSPEC_MAY_TAKE),
    "node": RunnerWords(_NODE_TAKES, _NODE_FLAGS, files_first=False),
    "go": RunnerWords(
        frozenset(f"{dash}{name}" for name in _GO_TAKES for dash in ("-", "--")),
        frozenset(f"{dash}{name}" for name in _GO_FLAGS for dash in ("-", "--")),
    ),
}
_CLUSTERS = {"pytest", "rspec", "mocha", "jest"}
"""Runners that take several one-letter options as one word."""


@dataclass(frozen=True, slots=True)
class PartedWords:
    """The words behind a runner's name: those that select, and the rest in its order.

    `swallows`: what stood behind the rest could be taken for the value of its last option.
    """

    selection: tuple[str, ...]
    rest: tuple[str, ...]
    swallows: bool


def parted(runner: str, words: Sequence[str], selects: Callable[[str], bool]) -> PartedWords | None:
    """Part them; `selects` tells whether a word that is no option's value selects. None where it is not certain which
    are none."""
    known = _WORDS[runner]
    selection: list[str] = []
    rest: list[str] = []
    before = ""
    """The option whose value the next word may be."""
    swallows = False
    for word in words:
        if word.startswith("-") and len(word) > 1:
            before, swallows = ("", False) if _is_flag(runner, word, known) else (word, True)
            if "=" in word:
                before, swallows = "", word.partition("=")[0] not in known.takes  # a list may go on
            rest.append(word)
        elif before and (_takes(runner, before, known) or before in known.may_take):
            rest.append(word)
            before, swallows = "", False
        elif before and selects(word):
            return None
        elif before or not selects(word):
            rest.append(word)
            before, swallows = "", bool(before)
        else:
            selection.append(word)
    return None if before in known.takes else PartedWords(tuple(selection), tuple(rest), swallows)


def with_selection(
    runner: str, words: Sequence[str], selects: Callable[[str], bool], instead: Sequence[str]
) -> list[str] | None:
    """The words behind a runner's name with `instead` in place of what they select, as `parted`."""
    found = parted(runner, words, selects)
    if found is None or (found.swallows and not _WORDS[runner].files_first):
        return None
    return [*instead, *found.rest] if found.swallows else [*found.rest, *instead]


def takes_more(runner: str, words: Sequence[str]) -> bool:
    """Whether words added behind these are all that is selected, and are taken for nothing else."""
    found = parted(runner, words, lambda _: True)
    return found is not None and not found.selection and not found.swallows


def _is_flag(runner: str, word: str, known: RunnerWords) -> bool:
    if word in known.flags:
        return True
    letters = word[1:]
    if word.startswith("--") or runner not in _CLUSTERS:
        return False
    # The first that takes a value has the rest of the word for it: `-ra`, `-n4`.
    for at, letter in enumerate(letters):
        if f"-{letter}" in known.takes:
            return at + 1 < len(letters)
        if f"-{letter}" not in known.flags:
            return False
    return True


def _takes(runner: str, word: str, known: RunnerWords) -> bool:
    if word in known.takes:
        return True
    cluster = runner in _CLUSTERS and not word.startswith("--") and word[1:].isalpha()
    return cluster and f"-{word[-1]}" in known.takes and all(f"-{one}" in known.flags for one in word[1:-1])
