"""What the proxy does not do: answered in the box, and told in the run with the name, the reason and the remedy."""

from __future__ import annotations


class Denied(Exception):
    """A request that is not served: the status line, the reason as a sentence without its stop, and what to do."""

    def __init__(self, status: str, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.remedy = remedy

    @property
    def told(self) -> str:
        """For the run: a sentence without its stop, the remedy in it."""
        return f"{self.reason}; {self.remedy}" if self.remedy else self.reason


class CutOff(ConnectionError):
    """An answer ended before its end, or nothing more of it came; the text says whose, as a sentence without its stop.

    What the box has had of it by then cannot be taken back.
    """


class Refusals:
    """What was refused to one command, each once and bounded: a box may ask for as many names as it likes."""

    MOST = 20

    def __init__(self) -> None:
        self._told: dict[str, None] = {}

    def add(self, denied: Denied) -> None:
        if len(self._told) < self.MOST:
            self._told.setdefault(denied.told)

    @property
    def told(self) -> tuple[str, ...]:
        return tuple(self._told)


def answer(denied: Denied) -> bytes:
    """What the box reads. The remedy is for the operator, and not in it."""
    body = f"Not allowed from this sandbox: {denied.reason}.\n".encode()
    head = f"HTTP/1.1 {denied.status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body
