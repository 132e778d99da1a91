"""Ruby: rake or rspec through bundler."""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.detect.commands import choose
from sandbox.detect.commands.expand import SeenCheck
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.read.values import Evidence, Found, Note

NAME = "ruby"


def find(project: Project) -> EcosystemPart | None:
    source = project.source
    gemspec = next((n for n in source.files() if n.endswith(".gemspec")), "")
    if not source.has("Gemfile", "Rakefile") and not gemspec:
        return None
    witness = source.evidence("Gemfile", "source") if source.has("Gemfile") else Evidence(gemspec or "Rakefile", 1, "")
    setup = choose.install("bundle install", witness)
    lint = choose.checks(project, "lint", NAME)
    rakefile = source.text("Rakefile")
    if not lint and re.search(r"rubocop/rake_task|RuboCop::RakeTask", rakefile, re.I):
        lint = [Found("lint", "bundle exec rubocop", (source.evidence("Rakefile", "RuboCop"),), env=dict(choose.ENV))]
    types = tuple(choose.checks(project, "types", NAME))
    notes = (*choose.left_out(project, NAME), *_in_a_browser(project))
    return EcosystemPart(NAME, (setup,), tuple(_tests(project, rakefile)), tuple(lint), types, notes)


def _in_a_browser(project: Project) -> list[Note]:
    """What CI tests beside the rest in a way that takes more than a checkout."""
    calls = {s.call.line: s for s in choose.called_by_ci(project, NAME) if _aside(s)}
    reason = "CI runs it beside the main suite; it takes a part, or needs a browser or more than a checkout"
    return [Note(line, reason, (s.evidence,)) for line, s in calls.items()][:4]


def _aside(seen: SeenCheck) -> bool:
    """Whether a call takes more than a checkout by what it names to test, not by what it leaves out."""
    return bool(_BROWSER.search(" ".join(w for w in seen.call.words if not w.startswith(("-", "~")))))


def _tests(project: Project, rakefile: str) -> list[Found]:
    """What CI runs, a suite for each runner of it, then what the files speak for."""
    ci: dict[str, SeenCheck] = {}
    for seen in project.of(NAME):
        ran = seen.call.kind == "test" and seen.origin == "ci" and not seen.aside and not seen.call.skip
        if ran and _there(project, seen) and not _aside(seen):
            ci.setdefault(seen.call.key, seen)
    first = next(iter(ci.values()), None)
    lines = _spoken_for(project, rakefile, first)
    unique = dict(reversed(lines))
    found = [choose.proposed(project, NAME, line, unique[line]) for line in dict.fromkeys(line for line, _ in lines)]
    if first:
        found = [replace(f, env={**f.env, **first.env}) for f in found]
    for seen in list(ci.values())[1:3]:
        env = {**choose.ENV, **seen.env}
        place = (seen.evidence, *seen.trail[-1:])
        found.append(Found("test", seen.call.line, place, seen.cwd, False, env, "confirmed", suite=seen.call.key))
    return found


_BROWSER = re.compile(r"system|e2e|integration|feature")


def _there(project: Project, seen: SeenCheck) -> bool:
    script = next((w for w in seen.call.words[1:] if w.endswith(".rb") and not re.search(r"^-|[*{]", w)), "")
    return seen.cwd == "." and (not script or project.source.has(script))


def _spoken_for(project: Project, rakefile: str, first: SeenCheck | None) -> list[tuple[str, Evidence]]:
    source = project.source
    lines: list[tuple[str, Evidence]] = [(first.call.line, first.evidence)] if first else []
    rspec = source.is_dir("spec") and (
        "rspec" in source.text("Gemfile") + source.text(".rspec") or source.has(".rspec")
    )
    task = re.search(r"RSpec::Core::RakeTask\.new\(?\s*:(\w+)|TestTask\.new\(?[ \t]*:?(\w+)?", rakefile)
    mixed = re.search(r"task\s+:?default\s*(?:=>|:).*(rubocop|standard|lint|format|spellcheck)", rakefile) or re.search(
        r"default.*rubocop", rakefile
    )
    name = next((g for g in task.groups() if g), "test") if task else ""
    if mixed and name and not (first and re.fullmatch(rf"bundle exec (rake {name}|rspec)", first.call.line)):
        lines.insert(0, (f"bundle exec rake {name}", source.evidence("Rakefile", task.group(0) if task else "")))
    if rspec:
        lines.append(("bundle exec rspec", Evidence(".rspec" if source.has(".rspec") else "Gemfile", 1, "")))
    if source.has("bin/rails") and source.is_dir("test"):
        lines.append(("bin/rails test", Evidence("bin/rails", 1, "")))
    if rakefile and (re.search(r"default", rakefile) or name or source.is_dir("test") or source.is_dir("spec")):
        default = "bundle exec rake" if re.search(r"default", rakefile) else f"bundle exec rake {name or 'test'}"
        lines.append((default, source.evidence("Rakefile", "default")))
    return lines
