"""Variables that a set-up runs with: what it leaves out because nothing in a box would use it, and what is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Without the network a set-up should fail soon, and what it prints should be about the project.
ENV = {
    "CI": "1",
    **{"PIP_RETRIES": "2", "PIP_DEFAULT_TIMEOUT": "20", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"},
    **{"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "UV_CONCURRENT_DOWNLOADS": "16", "UV_HTTP_RETRIES": "2"},
    **{"npm_config_fetch_retries": "2", "npm_config_audit": "false", "npm_config_fund": "false"},
    **{
        "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0",
        "YARN_ENABLE_TELEMETRY": "0",
        "YARN_ENABLE_IMMUTABLE_INSTALLS": "0",
        "NEXT_TELEMETRY_DISABLED": "1",
    },
    "GIT_TERMINAL_PROMPT": "0",
}

# A command that asks a registry where there is no network should fail at once: npm alone tries for more than a minute.
WITHOUT_NETWORK = {
    **{"npm_config_fetch_retries": "0", "PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0"},
    "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",  # it asks at each start whether there is a newer one
}

_BROWSERS = {
    "puppeteer": {"PUPPETEER_SKIP_DOWNLOAD": "1", "PUPPETEER_SKIP_CHROMIUM_DOWNLOAD": "1"},
    "playwright": {"PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"},
    "cypress": {"CYPRESS_INSTALL_BINARY": "0"},
    "electron": {"ELECTRON_SKIP_BINARY_DOWNLOAD": "1"},
    "chromedriver": {"CHROMEDRIVER_SKIP_DOWNLOAD": "true"},
    "geckodriver": {"GECKODRIVER_SKIP_DOWNLOAD": "1"},
    "edgedriver": {"EDGEDRIVER_SKIP_DOWNLOAD": "1"},
    "testcafe-browser-tools": {"TESTCAFE_SKIP_DOWNLOAD": "1"},
}
"""By the package that downloads a browser after it was installed, from a host that no set-up reaches."""

_HOOKS = {
    "husky": {"HUSKY": "0"},
    "simple-git-hooks": {"SKIP_INSTALL_SIMPLE_GIT_HOOKS": "1"},
    "lefthook": {"LEFTHOOK": "0"},
}
"""By the package that installs git hooks, in which nobody commits."""

LEFT_OUT = {name: value for table in (_BROWSERS, _HOOKS) for one in table.values() for name, value in one.items()}


def told(manifests: str) -> Iterator[str]:
    """What of this matters to a project, as sentences without their stops; `manifests` is its package.json's text."""
    for package, switches in _BROWSERS.items():
        if re.search(rf'"[@\w/-]*\b{re.escape(package)}\b[\w/-]*"\s*:', manifests):
            named = " and ".join(f"{name}={value}" for name, value in switches.items())
            yield f"the browser that `{package}` downloads is left out ({named})"
    for package, switches in _HOOKS.items():
        if f'"{package}"' in manifests:
            named = " and ".join(f"{name}={value}" for name, value in switches.items())
            yield f"the git hooks of `{package}` are left out ({named})"
