"""A stand-in for GitHub that behaves as GitHub does where Pullwright depends on it.

    with running(directory) as github:
        github.repository("octo/sample", source=path, roles={"alice": "write"})
        app = github.app("http://127.0.0.1:8000/webhook", secret="s3cret")
        github.install(app, "octo")
        github.as_user("alice").post("/repos/octo/sample/issues", json={"title": "It is broken"})

or, as a process of its own, `python -m tests.fakes.github --port 0 --root DIR`. State is in
memory, repositories are on disk, and people act through the API with the token `ghp_LOGIN`.
"""

from tests.fakes.github.client import AppKeys, GitHub
from tests.fakes.github.server import running

__all__ = ["AppKeys", "GitHub", "running"]
