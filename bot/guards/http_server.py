"""uvicorn, without its command line: click, multiprocessing and what watches files are a megabyte and a half."""

from __future__ import annotations

import sys
from types import ModuleType

_COMMAND_LINE = "uvicorn.main"

if "uvicorn" not in sys.modules:
    _absent = ModuleType(_COMMAND_LINE)
    vars(_absent).update(Server=None, main=None, run=None)  # what `uvicorn` takes from it when it is loaded
    sys.modules[_COMMAND_LINE] = _absent

import uvicorn  # noqa: E402
from uvicorn.config import Config  # noqa: E402
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: E402
from uvicorn.server import Server  # noqa: E402

if vars(uvicorn)["Server"] is None:
    vars(uvicorn)["Server"] = Server
    del sys.modules[_COMMAND_LINE]  # who wants it may still load it

__all__ = ["Config", "HttpToolsProtocol", "Server"]
