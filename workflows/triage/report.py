"""A triage as people read it: Markdown in which all words of others are harmless."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workflows.checks.proofs.by_command import SCRIPT
from workflows.store.run_rows.reproduced import REPRODUCTION
from workflows.text.escape import block, code, plain
from workflows.text.model_words import phrase
from workflows.triage.reproduction.attempt import Tried
from workflows.triage.state import AREA, BEGAN, FIELD, LABELS, READ, TYPE

_MOST_TEST = 6_000
_MOST_OUTPUT = 3_000


def told(state: Mapping[str, Any], *, ask: bool) -> str:
    """All that was found; with `ask`, what is missing is asked for."""
    parts = [*_about(state), *_missing(state, ask), *_alike(state), *_reproduction(state), *_began(state)]
    parts.append("*Looked through by a model; what was run is marked as such. Nothing is closed for it.*")
    return "\n\n".join(parts)


def _about(state: Mapping[str, Any]) -> Iterator[str]:
    read, area = state.get(READ.key) or {}, state.get(AREA.key) or {}
    lines = []
    if read.get("priority") and read.get("why"):
        lines.append(f"- **Priority:** {plain(str(read['priority']))}: {phrase(str(read['why']), 400)}")
    if paths := area.get("paths"):
        owners = ", ".join(code(one.lstrip("@"), 80) for one in area.get("owners") or ())
        lines.append(f"- **Area:** {', '.join(code(path, 120) for path in paths)}{f' ({owners})' if owners else ''}")
    labels = state.get(LABELS) or {}
    if wanted := labels.get("wanted"):
        did = "put on" if labels.get("added") else "proposed"
        lines.append(f"- **Labels** {did}: {', '.join(code(one, 80) for one in wanted)}")
    if kind := state.get(TYPE):
        lines.append(f"- **Type** {'given' if kind['set'] else 'proposed'}: {code(str(kind['wanted']), 80)}")
    if field := state.get(FIELD):
        did = "chosen" if field["set"] else "proposed"
        lines.append(f"- **Field** {code(str(field['name']), 80)} {did}: {code(str(field['option']), 80)}")
    if lines:
        yield "\n".join(lines)


def _missing(state: Mapping[str, Any], ask: bool) -> Iterator[str]:
    """What its writer alone can tell. Asked for once: whoever has answered is not asked again."""
    missing = (state.get(READ.key) or {}).get("missing") or ()
    if missing:
        rows = "\n".join(f"- {phrase(str(one), 300)}" for one in missing)
        what = (
            "To be tried it takes this, which only whoever reported it knows" if ask else "It still does not say this"
        )
        then = "\n\nAn answer here has it looked through once more." if ask else ""
        yield f"{what}:\n\n{rows}{then}"


def _alike(state: Mapping[str, Any]) -> Iterator[str]:
    alike = state.get("triage_alike") or ()
    if alike:
        rows = "\n".join(
            f"- #{int(one['number'])} ({one['state']}) {phrase(str(one['title']), 160)}"
            + "".join(f": {phrase(str(one[key]), 300)}" for key in ("shares", "why") if one.get(key))
            for one in alike
        )
        yield f"May report the same:\n\n{rows}"


def _reproduction(state: Mapping[str, Any]) -> Iterator[str]:
    found = state.get(REPRODUCTION) or {}
    if not found:
        return
    verdict, base = str(found["verdict"]), str(state.get("base_commit") or "")[:10]
    at = f" at {code(base)}" if base else ""
    if verdict == Tried.REPRODUCED:
        first = next(iter(found["tests"]), "")
        said = f"**Reproduced**{at}: {code(first, 160)} fails three times alike, and a control passes."
        yield f"{said}\nIt counts as this report since {phrase(str(found['why']), 300)}."
    else:
        yield f"**{verdict[:1].upper()}{verdict[1:]}**{at}: {phrase(str(found['why']), 400)}."
    if found.get("at_version"):
        yield f"At {phrase(str(found['at_version']), 120)}."
    script = str(found.get("script") or "")
    if found.get("command"):
        parts = [f"It was run, without network: {code(str(found['command']), 300)}"]
        files = dict(found.get("files") or {}) | ({SCRIPT: script} if script else {})
        parts += [f"{code(path, 160)}:\n\n{block(text, _MOST_TEST)}" for path, text in files.items()]
        parts.append(f"The end of what it printed:\n\n{block(str(found.get('output') or ''), _MOST_OUTPUT)}")
        shown = "\n\n".join(parts)
        yield f"<details><summary>The test, and what came</summary>\n\n{shown}\n\n</details>"


def _began(state: Mapping[str, Any]) -> Iterator[str]:
    began = state.get(BEGAN) or {}
    if began.get("commit"):
        yield (
            f"It began with {code(str(began['commit'])[:10])} ({phrase(str(began['subject']), 120)}): "
            f"at {code(str(began['since']), 80)} the same test passes."
        )
    elif began:
        yield f"The commit that it began with was not found: {phrase(str(began['why']), 300)}."
