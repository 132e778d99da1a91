"""Scripts of a package.json, as npm, yarn and pnpm run them."""

from __future__ import annotations

import json


def body_of(script: str, package_json: bytes) -> str | None:
    """What a script runs; None where there is none of that name, or the file is no object."""
    if not package_json:
        return None
    try:
        manifest = json.loads(package_json)
    except (ValueError, RecursionError):
        return None
    scripts = manifest.get("scripts") if isinstance(manifest, dict) else None
    body = scripts.get(script) if isinstance(scripts, dict) else None
    return body if isinstance(body, str) else None
