"""Ruby: rake or rspec through bundler."""

from __future__ import annotations

import re

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import Part, Project
from sandbox.detect.read.values import Evidence, Found

NAME = "ruby"


def find(project: Project) -> Part | None:
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
    return Part(
        NAME, (setup,), tuple(_tests(project, rakefile)), tuple(lint), tuple(choose.checks(project, "types", NAME))
    )


def _tests(project: Project, rakefile: str) -> list[Found]:
    source = project.source
    lines: list[tuple[str, Evidence]] = []
    seen = [s for s in project.of(NAME) if s.call.kind == "test" and s.origin == "ci" and s.cwd == "."]
    rspec = source.is_dir("spec") and (
        "rspec" in source.text("Gemfile") + source.text(".rspec") or source.has(".rspec")
    )
    task = re.search(r"RSpec::Core::RakeTask\.new\(?\s*:(\w+)|(?:TestTask|RakeTask)\.new\(?\s*:?(\w+)?", rakefile)
    mixed = re.search(r"task\s+:?default\s*(?:=>|:).*(rubocop|standard|lint|format|spellcheck)", rakefile) or re.search(
        r"default.*rubocop", rakefile
    )
    lines += [(s.call.line, s.evidence) for s in seen[:1]]
    name = next((g for g in task.groups() if g), "test") if task else ""
    if mixed and name:
        lines.insert(0, (f"bundle exec rake {name}", source.evidence("Rakefile", task.group(0) if task else "")))
    if rspec:
        lines.append(("bundle exec rspec", Evidence(".rspec" if source.has(".rspec") else "Gemfile", 1, "")))
    if source.has("bin/rails") and source.is_dir("test"):
        lines.append(("bin/rails test", Evidence("bin/rails", 1, "")))
    if rakefile:
        lines.append(
            (
                "bundle exec rake" if re.search(r"default", rakefile) else f"bundle exec rake {name or 'test'}",
                source.evidence("Rakefile", "default"),
            )
        )
    unique = dict(reversed(lines))
    return [choose.proposed(project, NAME, line, unique[line]) for line in dict.fromkeys(line for line, _ in lines)]
