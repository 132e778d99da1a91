"""Names of what other tool chains leave behind, by what they are: directories, files, endings.

From the ignore rules that each chain's own project template brings (https://github.com/github/gitignore).
What one may well mean to make by a command (jars of wrappers, lock files, translations) is not here.
"""

from __future__ import annotations

import re

_DIRECTORIES = (
    # Python, JavaScript, Ruby, PHP
    *(
        ".pytype",
        ".pyre",
        ".pybuilder",
        ".pdm-build",
        ".pixi",
        "cython_debug",
        ".spyproject",
        ".scrapy",
        ".webassets-cache",
    ),
    *(".pnpm-store", "bower_components", "jspm_packages", ".grunt", ".fusebox", ".dynamodb", ".vscode-test", ".temp"),
    *(".jest-cache", "jest-stare", ".wireit", ".astro", ".docusaurus", ".output", ".expo", ".firebase", ".wrangler"),
    *(".vercel", ".netlify", ".serverless", ".sass-cache", ".stryker-tmp", "mochawesome-report", "lcov-report"),
    *("allure-results", "allure-report", ".yardoc", ".bundle", "reports/mutation"),
    # the JVM, .NET, C and C++
    *(".metals", ".bloop", ".bsp", ".settings", ".vs", ".clj-kondo/.cache", ".cpcache", ".calva", ".shadow-cljs"),
    *(".ccls-cache", ".clangd", ".cache/clangd", "Testing/Temporary", "bazel-bin", "bazel-out", "bazel-testlogs"),
    # Haskell, Elm, D, Nim, Erlang, Swift, R
    *(
        ".stack-work",
        "dist-newstyle",
        "elm-stuff",
        ".dub",
        "nimcache",
        "ebin",
        ".swiftpm",
        ".build",
        "xcuserdata",
        "Pods",
    ),
    *(".Rproj.user",),
    # machines
    *(".vagrant", ".terragrunt-cache", ".infracost", ".ansible", ".yarn/(?:cache|unplugged|build-state.yml)"),
)
_INSIDE = (r"[^/]+\.dSYM",)
_FILES = (
    *(".eslintcache", ".mutmut-cache", ".dmypy.json", ".pdm-python", "pip-delete-this-directory.txt", ".installed.cfg"),
    *("celerybeat-schedule", ".pnp.cjs", ".pnp.loader.mjs", ".yarn/install-state.gz", ".lock-wscript", ".tern-port"),
    *(".byebug_history", "InstalledFiles", ".nrepl-port", ".credo_cache", ".phplint.cache", ".deptrac.cache"),
    *(".project", ".classpath", ".factorypath", "dependency-reduced-pom.xml", "pom.xml.tag", "release.properties"),
    *(".flattened-pom.xml", "buildNumber.properties", ".mvn/timing.properties", "nb-configuration.xml"),
    *("CTestTestfile.cmake", "cmake_install.cmake", "gmon.out", "perf.data", "perf.data.old", "c.out", "tfplan"),
    *("tarpaulin-report.html", "cobertura.xml", "TestResult.xml", "Session.vim", ".netrwhist", ".cargo-lock"),
    *(".bash_history", ".python_history", ".node_repl_history", ".lesshst", ".viminfo", ".wget-hsts", ".zsh_history"),
)
_FORMS = (
    r"\.lein-[\w-]+",
    r"\.rubocop-https?--[^/]+",
    r"__debug_bin[\w.-]*",
    r"(?:vgcore|callgrind\.out|cachegrind\.out|massif\.out)\.\d+",
    r"report\.\d{8}\.\d+\.[\w.-]+\.json",
    r"vite\.config\.\w+\.timestamp-[\w-]+\.mjs",
    r"\.env(?!\.(?:example|sample|template|dist|defaults?)$)\.[\w.-]+",
    r"id_(?:rsa|dsa|ecdsa|ed25519)(?:\.pub)?",
)
_ENDINGS = (
    *(
        ",cover",
        ".dll",
        ".so",
        ".dylib",
        ".exe",
        ".pdb",
        ".lib",
        ".a",
        ".ilk",
        ".beam",
        ".hi",
        ".rs.bk",
        ".retry",
    ),
    *(".csproj.user", ".iml", ".test.exe", ".gem", ".hprof", ".heapsnapshot", ".stackdump", ".aux", ".fls"),
    *(".fdb_latexmk", ".synctex.gz", ".xcuserstate", ".userprefs", ".suo", ".dcu", ".ali", ".gcov", ".lcov"),
)

_LEFT = re.compile(
    rf"(?:^|/)(?:(?:{'|'.join(one.replace('.', '[.]') for one in _DIRECTORIES)}|{'|'.join(_INSIDE)})/"
    rf"|(?:{'|'.join(re.escape(one) for one in _FILES)}|{'|'.join(_FORMS)})$)"
    rf"|(?:{'|'.join(re.escape(one) for one in _ENDINGS)})$"
)


def is_leftover_by_name(path: str) -> bool:
    """Whether nobody means to commit a file of that name."""
    return _LEFT.search(path) is not None
