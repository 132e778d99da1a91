"""Features of many blobs: what needs a parser goes to processes of its own, which may crash or hang without harm."""

from __future__ import annotations

import io
import struct
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sandbox.processes import own_program
from workflows.localize.parsing.definitions import SourceDefinition, by_pattern, needs_parser
from workflows.localize.parsing.features import LARGEST_READ, Features, extract

Source = tuple[str | None, bytes]
"""A blob's language (see `languages.language`, "" to have it read as plain words) and its bytes."""

_WORKERS = 2
_SECONDS = 3.0
_SECONDS_PER_BYTE = 1e-6
"""A worker parses some 7 MB a second; what it has not answered in time gets patterns instead."""


def features_of(sources: Sequence[Source]) -> list[Features]:
    """Features in the order of the sources."""
    cut = [(language, data[:LARGEST_READ]) for language, data in sources]
    parsed = _parse([n for n, (language, data) in enumerate(cut) if needs_parser(language, len(data))], cut)
    defined = (parsed[n] if n in parsed else by_pattern(language or "", data) for n, (language, data) in enumerate(cut))
    return extract([(data, definitions) for (_, data), definitions in zip(cut, defined, strict=True)])


def _parse(wanted: list[int], sources: Sequence[Source]) -> dict[int, list[SourceDefinition]]:
    """Definitions by number of the source; without those whose worker failed."""
    if not wanted:
        return {}
    wanted.sort(key=lambda n: len(sources[n][1]))  # when one of them hangs, the small ones are done
    shares = [wanted[k::_WORKERS] for k in range(_WORKERS)]
    with ThreadPoolExecutor(_WORKERS) as pool:
        answers = pool.map(lambda share: _work([sources[n] for n in share]), shares)
        return {
            n: found
            for share, answer in zip(shares, answers, strict=True)
            for n, found in zip(share, answer, strict=False)
        }


def _work(sources: Sequence[Source]) -> list[list[SourceDefinition]]:
    """One worker's answers, as far as it came: when it crashes or its time is up, what is missing is missing."""
    if not sources:
        return []
    command = own_program.command("workflows.localize.parsing.parser_process")
    env = own_program.environment(OPENBLAS_NUM_THREADS="1")
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=env,
        start_new_session=True,  # as `own_program.run`
    ) as process:
        try:
            size = sum(len(data) for _, data in sources)
            output, _ = process.communicate(pack_sources(sources), timeout=_SECONDS + size * _SECONDS_PER_BYTE)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
    return unpack_definitions(output)


# The pipe's format: for each source two lengths, then its bytes; for each answer a length, then that many bytes.
_LENGTHS = struct.Struct("<II")
_LENGTH = struct.Struct("<I")
_RECORD = np.dtype([("offset", "<i8"), ("depth", "<i4"), ("name", "<i4")])


def pack_sources(sources: Sequence[Source]) -> bytes:
    packed = ((language or "").encode() for language, _ in sources)
    return b"".join(
        _LENGTHS.pack(len(name), len(data)) + name + data for name, (_, data) in zip(packed, sources, strict=True)
    )


def unpack_source(stream: io.BufferedIOBase) -> Source | None:
    """The next source, None at the end."""
    head = stream.read(_LENGTHS.size)
    if len(head) < _LENGTHS.size:
        return None
    name, data = _LENGTHS.unpack(head)
    return stream.read(name).decode(), stream.read(data)


def pack_definitions(found: Sequence[SourceDefinition]) -> bytes:
    names = [definition.name.encode() for definition in found]
    numbers = [(d.offset, d.depth, len(name)) for d, name in zip(found, names, strict=True)]
    body = _LENGTH.pack(len(found)) + np.array(numbers, _RECORD).tobytes() + b"".join(names)
    return _LENGTH.pack(len(body)) + body


def unpack_definitions(output: bytes) -> list[list[SourceDefinition]]:
    """All whole answers. The parser may have been taken over by what it read, so nothing in them is trusted."""
    answers: list[list[SourceDefinition]] = []
    at = 0
    while at + _LENGTH.size <= len(output):
        (size,) = _LENGTH.unpack_from(output, at)
        body = output[at + _LENGTH.size : at + _LENGTH.size + size]
        at += _LENGTH.size + size
        definitions = _definitions(body) if len(body) == size else None
        if definitions is None:
            break
        answers.append(definitions)
    return answers


def _definitions(body: bytes) -> list[SourceDefinition] | None:
    if len(body) < _LENGTH.size:
        return None
    (count,) = _LENGTH.unpack_from(body)
    at = _LENGTH.size + count * _RECORD.itemsize
    if at > len(body):
        return None
    found: list[SourceDefinition] = []
    for offset, depth, length in np.frombuffer(body, _RECORD, count, _LENGTH.size).tolist():
        if not 0 <= length <= len(body) - at or not 0 <= offset <= LARGEST_READ or not -1 <= depth <= LARGEST_READ:
            return None
        found.append(SourceDefinition(body[at : at + length].decode("utf-8", "replace"), offset, depth))
        at += length
    return found
