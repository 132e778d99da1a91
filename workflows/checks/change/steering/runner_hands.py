"""What code in languages other than Python does to the runner that checks it, and what build files tell that runner.

Both are found by their letters: what is put together at run time gets by.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

# What a change adds that takes the runner's place, skips tests or ends its process, by the file's kind.
_HANDS = {
    "js": r"\bprocess\.(?:exit\((?!\s*[1-9])|reallyExit|abort|exitCode\s*=\s*0"
    r"|(?:on|once|addListener|prepend\w*Listener)\(\s*['\"`](?:exit|beforeExit))"
    r"|\bprocess(?:\[|\?\.|\.ppid\b)|[=(,]\s*process\s*(?:[;,)]|$)|\bDeno\.exit\((?!\s*[1-9])"
    r"|\bimport\s+(?:\*\s+as\s+)?(?!process\b)\w+\s+from\s+['\"](?:node:)?process['\"]"
    r"|\b(?!process\b)\w+\s*=\s*(?:await\s+import|require)\(\s*['\"](?:node:)?process['\"]|\{[^{}]{0,200}\b(?:exit|abort|reallyExit|kill)\b[^{}]{0,200}\}\s*(?:=|from)\s*"
    r"(?:require\(\s*|import\(\s*)?['\"`]?(?:node:)?process\b"
    r"|\b(?:fs|child_process|JSON|Promise|Reflect)\.\w+\s*=(?![=>])"
    r"|\b(?:Array|Object|String|Promise|Function|Map|Set|RegExp|EventEmitter)\.prototype\.\w+\s*=(?![=>])"
    r"|\bprocess\.(?:stdout|stderr)\.write\s*=(?!=)|node:test/reporters"
    r"|\b(?:it|test|describe|suite|context)(?:\.\w+)*\.(?:skip|only|todo|failing|fails|fixme|skipIf|runIf)\b"
    r"|\b(?:xit|xdescribe|xtest|xcontext|xspecify|fit|fdescribe)\(|\b(?:this|t|ctx)\.skip\("
    r"|\b(?:globalThis|global)\.(?:expect|it|test|describe|assert|jest|vi)\b|\bassert(?:\.strict)?\.\w+\s*=(?![=>])"
    r"|@(?:jest|vitest)-environment(?:-options)? +[./{][^\n*]{0,80}"
    r"|\b(?:Object\.(?:assign|definePropert(?:y|ies)|setPrototypeOf)|Reflect\.\w+)\(\s*(?:assert|expect|chai)\b"
    r"|\b(?:assert|expect)(?:\.strict)?\[[^\]\n]{1,40}\]\s*=(?![=>])"
    r"|\bexpect\.extend\(|\bObject\.is\s*=(?![=>])|\brequire\.cache\b|\bModule\._\w+|\bprocess\.(?:binding|kill)\(",
    "rb": r"\bat_exit\b|\bexit!|\bProcess\.(?:kill|exit|daemon)\b|(?<![.\w])exec\b\s*[(\"']"
    r"|\bRSpec::Core\b|\bRSpec\.configure\b|\bMinitest(?:::|\.)(?!Test\b)"
    r"|^\s*(?:xit|xdescribe|xcontext|xspecify|fit|fdescribe|fcontext|pending|skip)\b"
    r"|^\s*def (?:self\.)?(?:assert\w*|refute\w*|expect)\b|(?:[:,]\s*|\s:)(?:skip|focus|pending)\b",
    "go": r"\bflag\.(?:Set|Lookup)\(\"test\.|//go:linkname\b|\bruntime\.Goexit\("
    r"|\bfunc TestMain\(|\bos\.Exit\b(?!\(\s*[1-9])|\b[tb]\.Skip\w*\("
    r"|\b(?:syscall|unix)\.(?:Exit|Kill|Exec|(?:Raw)?Syscall6?)\b|\bos\.Std(?:out|err)\s*=(?!=)|^\s*(?:import\s+)?(?!import\b|case\b)[\w.]+\s+\"(?:os|syscall)\"|\*\(\*func\b",
    "rs": r"\bprocess::(?:exit\b(?!\(\s*[1-9])|abort\b|\{[^{}]{0,200}\b(?:exit|abort)\b)"
    r"|\bCommandExt\b|\bprocess as\b|\bfn _?exit\("
    r"|#\[ignore\b|\blibc::(?:_?exit|abort|kill)\b|\bctor::ctor\b|#\[ctor\]"
    r"|\blink_section\b",
    "java": r"\bgetRuntime\(\)\.(?:halt|exit|addShutdownHook)|\bSystem\.(?:exit\((?!\s*[1-9])|setOut|setErr"
    r"|setSecurityManager)"
    r"|@(?:Disabled|Ignore|Enabled(?:If|On)|Disabled(?:If|On|For))\w*\b|\bassume(?:True|False|That|NotNull)\("
    r"|\b(?:TestExecutionListener|LauncherSessionListener|InvocationInterceptor|TestExecutionExceptionHandler|RunListener)\b"
    r"|\bTestNG\b|\bpremain\(",
    "php": r"\bregister_shutdown_function\b|\b(?:pcntl_exec|posix_kill)\b|\bexit\(0\)"
    r"|\bmarkTest(?:Skipped|Incomplete)\b|#\[Requires\w+|@requires\b"
    r"|\bexpectNotToPerformAssertions\b|\baddToAssertionCount\b|->skip\(|\bdeclare\(ticks\b",
    "ex": r"@(?:module|describe)?tag :?skip|\bSystem\.(?:halt|stop)\b|\bExUnit\.(?:configure|after_suite|Runner)\b",
    "cs": r"\b(?:Skip|Ignore)\s*=|\[(?:Ignore|Explicit)\b|\bAssert\.(?:Inconclusive|Pass|Ignore|Skip)\w*\("
    r"|\bEnvironment\.(?:Exit\((?!\s*[1-9])|FailFast)|\bModuleInitializer\b|\bProcessExit\b",
    "swift": r"\bXCTSkip\w*|\bXCTExpectFailure\b|\bexit\(0\)|\.disabled\(|\bwithKnownIssue\b",
    "dart": r"\bskip:|@Skip\b|\bmarkTestSkipped\(|\bexit\(0\)",
    "c": r"\bGTEST_SKIP\b|\bDISABLED_|\b_?exit\(0\)|\bquick_exit\(|\batexit\(|__attribute__\(\(constructor|\bSKIP\("
    r"|\[!?(?:mayfail|shouldfail|hide)\]",
    "pl": r"\bskip_all\b|\bEND\s*\{|\bTest::(?:Builder|Harness|Stream)\b|^\s*(?:SKIP|TODO):|\btodo_skip\b",
    "r": r"\bskip(?:_\w+)?\(|\bquit\(",
    "hs": r"\bpending(?:With)?\b|\bxit\b|\bexitSuccess\b|\bexitImmediately\b",
    "zig": r"\berror\.SkipZigTest\b|\bprocess\.exit\(0\)",
    "bats": r"^\s*skip\b",
    "lua": r"\bos\.exit\(|^\s*pending\(",
    "jl": r"@test_(?:skip|broken)\b|\bexit\(",
}
_KINDS = {
    **dict.fromkeys(("js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte"), "js"),
    **dict.fromkeys(("java", "kt", "kts", "scala", "groovy"), "java"),
    **dict.fromkeys(("cs", "fs", "vb"), "cs"),
    **dict.fromkeys(("c", "cc", "cpp", "cxx", "h", "hpp"), "c"),
    **dict.fromkeys(("pl", "pm", "t"), "pl"),
    **{"rb": "rb", "go": "go", "rs": "rs", "php": "php", "ex": "ex", "exs": "ex", "swift": "swift", "dart": "dart"},
    **{"R": "r", "r": "r", "hs": "hs", "zig": "zig", "bats": "bats", "lua": "lua", "jl": "jl"},
}
_ONLY_IN_TESTS = frozenset({"c", "r", "pl", "lua", "jl", "dart", "swift", "hs"})
"""Languages whose programs do so for their own ends."""
_COMPILED = {kind: re.compile(pattern, re.MULTILINE) for kind, pattern in _HANDS.items()}
_PLACES = re.compile(r"/tmp/reports\b|\b(?:surefire|failsafe)-reports\b|\bbuild[/\\]+test-results\b|\bTEST-[\w.%\"]")
"""Where the pipes of reports are, and the reports of Maven and Gradle in the tree."""
# What code that is no test does to know that it is being tested, or to lay hands on what tests it.
_IN_CODE = {
    "js": r"\b(?:JEST_WORKER_ID|VITEST\w*|NODE_TEST_CONTEXT)\b|\btypeof (?:jest|vi|describe|it|expect)\b"
    r"|['\"](?:node:test|vitest|mocha|chai|ava|tap|jest-\w+|@jest/[\w-]+|@vitest/[\w-]+|@playwright/test)['\"]",
    "go": r"\btesting\.Testing\(",
    "rs": r"#!?\[cfg\(not\(test\)\)\]|\bcfg!\(test\)|\bfn eq\([^()\n]{1,80}\) -> bool \{\s{0,50}true\s{0,50}\}",
    "rb": r"\bdefined\?\(?\s*(?:RSpec|Minitest)|\bdef (?:===?|eql\?)\(?\w{1,40}\)?[;\s]{1,50}true[;\s]{1,50}end\b",
    "java": r"\borg\.(?:junit|testng)\b|\bequals\([^()\n]{1,80}\)[^\n{=]{0,40}(?:\{\s{0,50}return true;|= true\b)",
    "php": r"\bPHPUNIT_\w+|\bPHPUnit\\",
}
_COMPILED_IN_CODE = {kind: re.compile(pattern) for kind, pattern in _IN_CODE.items()}

# What build files of many purposes say about tests: the rest of them (a package, a source file) is free.
_BUILD_FILES = (
    (
        r"(^|/)pom\.xml$",
        r"\bskip\w*>|\bmaven\.test\.\w+|testFailureIgnore|\bfail(?:sOn|On|If)\w+|<(?:excluded?\w*|includes?|groups|argLine"
        r"|test|testSourceDirectory|properties|dependenciesToScan|trimStackTrace|rerunFailing\w+|listener|reporter)>"
        r"|\bmaven-(?:surefire|failsafe|antrun|checkstyle|pmd)-plugin|\bexec-maven-plugin|spotbugs-maven|javaagent",
    ),
    (
        r"\.gradle(\.kts)?$|(^|/)gradle\.properties$|(^|/)(buildSrc|build-logic)/",
        r"\b(?:is)?[iI]gnore(?:Failures|ExitValue)|\b(?:is)?[eE]nabled\s*=|\bonlyIf\b|\bexclude\w*\b|\bfilter\s*\{|\buseJUnit\w*"
        r"|\buseTestNG|\bfailFast|\bdo(?:First|Last)\b|\bfinalizedBy\b|\bafter(?:Suite|Test)\b|\bTestListener\b|\bjvmArgs?\b"
        r"|\btestLogging\b|\bfailOn\w+|\bjavaagent\b|\babortOnError\b|\bincludeTags|\btasks\.(?:withType|named|test)\b"
        r"|\bsystemProp\.|\borg\.gradle\.jvmargs|\btest\s*\{|\bcheck\s*\{",
    ),
    (
        r"(^|/)Cargo\.toml$",
        r"\bharness\b|\brequired-features\b|(?<![\w-])(?:test|doctest|autotests|bench)\s*=|^\[(?:workspace\.)?lints\b|^\[profile\.(?:test|dev)|^\[patch",
    ),
    (r"(^|/)go\.(mod|work)$", r"^\s*replace\b.*|=>\s*\.?\.?/\S+"),
    (
        r"(^|/)mix\.exs$",
        r"\btest_(?:paths|pattern|coverage|load_filters|ignore_filters)|\bpreferred_(?:cli_env|envs)|\baliases\b|\bwarnings_as_errors",
    ),
    (r"\.sbt$", r"\btestOptions|\bTests\.\w+|\bTest\s*/\s*\w+|\btestFrameworks|\bfork\b|\bparallelExecution"),
    (
        r"(^|/)CMakeLists\.txt$|\.cmake$",
        r"\bWILL_FAIL\b|\bDISABLED\b|\bSKIP_(?:RE|REGULAR)\w+|\b(?:PASS|FAIL)_REGULAR\w+|\bCTEST_\w+|\bset_tests_properties"
        r"|\bset_property\(TEST|\benable_testing\b|\bWno-error\b|\bEXCLUDE_FROM_ALL\b",
    ),
    (r"(^|/)meson\.build$", r"\bshould_fail\b|\bexclude_suites\b|\badd_test_setup\b"),
    (r"(^|/)BUILD(\.bazel)?$", r"\btags\s*=|\bflaky\b|\btest_suite\b|\btestonly\b|\blocal\s*="),
    (r"(^|/)Package\.swift$", r"\bunsafeFlags\b|\bexclude:|\bplugins?:"),
    (
        r"\.(cs|fs|vb)proj$",
        r"\bIsTestProject\b|\bNoWarn\b|\bTreatWarnings\w+|<Target\b|\bVSTest\w+|\bRunSettings\w*"
        r"|<Compile Remove|<Exec\b|<Import\b",
    ),
    (
        r"(^|/)(rebar\.config|dune|stack\.yaml|cabal\.project|[^/]+\.cabal)$",
        r"\btest\w*|\beunit_opts|\bct_opts|\bcover\w*",
    ),
    (r"(^|/)(project\.clj|deps\.edn)$", r":test-?\w*|:aliases\b|:main-opts|:injections"),
)
_BUILD_PATTERNS = tuple((re.compile(path), re.compile(said, re.MULTILINE)) for path, said in _BUILD_FILES)


def is_known(path: str) -> bool:
    return path.rpartition(".")[2] in _KINDS


def hands_in(path: str, text: str, *, is_test: bool) -> Counter[str]:
    """What is laid hands on in a file of one of these languages, and how often."""
    kind = _KINDS[path.rpartition(".")[2]]
    patterns = [] if kind in _ONLY_IN_TESTS and not is_test else [_COMPILED[kind]]
    if not is_test and kind in _COMPILED_IN_CODE:
        patterns.append(_COMPILED_IN_CODE[kind])
    return Counter(found[0].strip() for one in (*patterns, _PLACES) for found in one.finditer(text))


def said_of_tests(path: str, text: str) -> Mapping[str, int] | None:
    """The lines of a build file that say how tests run, with their number; None for any other file."""
    said = next((said for where, said in _BUILD_PATTERNS if where.search(path)), None)
    if said is None:
        return None
    return Counter(" ".join(line.split()) for line in text.split("\n") if said.search(line))
