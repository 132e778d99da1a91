"""Chinese, Japanese and Korean as pairs of signs, by which they are compared: no space parts their words."""

from __future__ import annotations

import re

PAIR = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}"
"""A pair, as a pattern."""
_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]{2,}|[\uac00-\ud7af]{2,}")


def paired(text: str) -> str:
    """The text with each run of such signs as its overlapping pairs, with spaces between; all else as it is."""
    return _RUN.sub(lambda run: f" {' '.join(run[0][at : at + 2] for at in range(len(run[0]) - 1))} ", text)
