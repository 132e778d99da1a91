"""The JVM: Maven and Gradle, by their wrappers where the repository has them."""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Found

NAME = "jvm"
_GRADLE = ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")


def find(project: Project) -> EcosystemPart | None:
    source = project.source
    ran = {s.call.ecosystem for s in project.seen if s.call.kind == "test" and s.origin == "ci"}
    gradle = next((name for name in _GRADLE if source.has(name)), "")
    # A repository that can be built with both is usually led by its pom.xml, as long as CI uses it.
    if gradle and not (source.has("pom.xml") and "maven" in ran):
        return _gradle(project, gradle)
    return _maven(project) if source.has("pom.xml") else None


def _maven(project: Project) -> EcosystemPart:
    source = project.source
    mvn = "./mvnw" if source.has("mvnw") else "mvn"
    witness = source.evidence("pom.xml", "<artifactId>")
    tests = (choose.proposed(project, "maven", f"{mvn} -B test", witness, confirmed_by="mvn test"),)
    lint = [replace(f, command=_by(f.command, mvn)) for f in choose.checks(project, "lint", "maven")]
    lint += _bound_to_maven(source, mvn, lint)
    setup = choose.install(f"{mvn} -B -DskipTests dependency:go-offline", witness)
    return EcosystemPart(NAME, (setup,), tests, tuple(lint))


def _gradle(project: Project, manifest: str) -> EcosystemPart:
    source = project.source
    gradle = "./gradlew" if source.has("gradlew") else "gradle"
    witness = source.evidence(manifest, "plugins")
    # Kotlin for several platforms has no task `test` that would run anything.
    tasks: tuple[str, ...] = ("jvmTest", "allTests") if _multiplatform(source) else ("test",)
    calls = [s.call.words for s in choose.called_by_ci(project, "gradle")]
    if len(tasks) > 1 and any({"test", "check", "build"} & set(words) for words in calls) and _of_one_platform(source):
        tasks = ("test jvmTest", *tasks)  # modules of the JVM alone know no task of the other kind
    widest = [w for w in max(calls, key=lambda words: sum(map(_tests, words)), default=()) if _tests(w)]
    if tasks == ("test",) and len(widest) > 1:
        tasks = (" ".join(widest), *tasks)
    tests = tuple(
        choose.proposed(project, "gradle", f"{gradle} {task}", witness, confirmed_by="gradle test") for task in tasks
    )
    lint = [replace(f, command=_by(f.command, gradle)) for f in choose.checks(project, "lint", "gradle")]
    lint += _bound_to_gradle(source, manifest, gradle, lint)
    setup = choose.install(f"{gradle} testClasses", witness, note="downloads and compiles what the tests need")
    return EcosystemPart(NAME, (setup,), tests, tuple(lint))


_MAVEN = {
    "maven-checkstyle-plugin": "checkstyle:check",
    "spotless-maven-plugin": "spotless:check",
    "fmt-maven-plugin": "com.spotify.fmt:fmt-maven-plugin:check",
    "maven-pmd-plugin": "pmd:check",
    "spotbugs-maven-plugin": "spotbugs:check",
    "spring-javaformat-maven-plugin": "spring-javaformat:validate",
    "formatter-maven-plugin": "formatter:validate",
    "license-maven-plugin": "license:check",
}
_UNAPPLIED = re.compile(r"apply\s*\(?false|^\s*//")
_CHECKSTYLE = "checkstyleMain checkstyleTest"
_GRADLE_PLUGINS = {
    r"com\.diffplug\.(gradle\.)?spotless|\bspotless\s*\{|plugins\.spotless": "spotlessCheck",
    r"""(id\s*\(?\s*|apply plugin:\s*|apply\(plugin\s*=\s*)["']checkstyle["']""": _CHECKSTYLE,
    r"^\s*`?checkstyle`?\s*(\{|$)": _CHECKSTYLE,
    r"(io\.gitlab\.arturbosch\.detekt|plugins\.detekt|dev\.detekt)(?![\w:-])": "detekt",
    r"(org\.jlleitschuh\.gradle\.ktlint|plugins\.ktlint)(?![\w:-])": "ktlintCheck",
    r"(org\.jmailen\.kotlinter|plugins\.kotlinter)(?![\w:-])": "lintKotlin",
    r"""id\s*\(?\s*["']pmd["']|apply plugin:\s*["']pmd["']""": "pmdMain",
}


def _bound_to_maven(source: Source, mvn: str, known: list[Found]) -> list[Found]:
    """Linters that the build runs at a phase of its own: a plugin with an execution of its checking goal."""
    text = _cut(_cut(source.text("pom.xml"), "<!--", "-->"), "<profiles>", "</profiles>")
    found: list[Found] = []
    managed = text
    text = _cut(text, "<pluginManagement>", "</pluginManagement>")  # says how, not that it is done
    for block in [piece.partition("</plugin>")[0] for piece in text.split("<plugin>")[1:400]]:
        artifact = re.search(r"<artifactId>\s*([\w.-]+)\s*</artifactId>", block)
        goal = _MAVEN.get(artifact.group(1), "") if artifact else ""
        own = goal.rpartition(":")[2]
        name = artifact.group(1) if artifact else ""
        how = "".join(p.partition("</plugin>")[0] for p in managed.split("<plugin>")[1:400] if name and name in p[:400])
        if not goal or not re.search(rf"<goal>\s*{own}\s*</goal>", how) or "<phase>none</phase>" in how:
            continue
        if not re.search(r"<failsOnError>false|<failOnViolation>false|<skip>true", block) and not _has(known, goal):
            place = source.evidence("pom.xml", artifact.group(1) if artifact else "")
            found.append(Found("lint", f"{mvn} -B {goal}", (place,), env=dict(choose.ENV)))
    return list({f.command: f for f in found}.values())


def _cut(text: str, start: str, end: str) -> str:
    """The text without what stands between the two marks."""
    first, *rest = text.split(start)
    return first + "".join(piece.partition(end)[2] for piece in rest)


def _has(known: list[Found], goal: str) -> bool:
    return any(goal.split(":")[-2] in f.command for f in known)


def _bound_to_gradle(source: Source, manifest: str, gradle: str, known: list[Found]) -> list[Found]:
    """Linters whose plugin has `check` run them."""
    found: list[Found] = []
    modules = [d for d in source.dirs()[:80] if not d.startswith(".")]
    below = [f"{d}/{n}" for d in modules for n in ("build.gradle", "build.gradle.kts") if source.has(f"{d}/{n}")][:30]
    for path in dict.fromkeys((manifest, "build.gradle", "build.gradle.kts", *below, *_conventions(source))):
        lines = source.text(path).splitlines()
        for pattern, task in _GRADLE_PLUGINS.items():
            line = next((n for n, t in enumerate(lines, 1) if re.search(pattern, t) and not _UNAPPLIED.search(t)), 0)
            task = _of_checkstyle(source.text(path)) if task == _CHECKSTYLE and line else task
            first = task.split()[0] if task else ""
            line = line if task else 0
            if line and not any(first[:6] in f.command for f in (*known, *found)):
                place = source.evidence(path, lines[line - 1].strip())
                found.append(Found("lint", f"{gradle} {task}", (place,), env=dict(choose.ENV)))
    return found


_OWN_CHECKSTYLE = re.compile(
    r"(?:register|create)<Checkstyle>\(\"(\w{1,60})\"|(?:register|create)\(['\"](\w{1,60})['\"],[ \t]{0,8}Checkstyle\b"
    r"|\btask[ \t]+(\w{1,60})\([ \t]{0,8}type:[ \t]{0,8}Checkstyle\b"
)


def _of_checkstyle(text: str) -> str:
    """The tasks of Checkstyle: a build of Android has none but its own."""
    own = next((name for m in _OWN_CHECKSTYLE.finditer(text) for name in m.groups() if name), "")
    android = re.search(r"\bandroid\.(application|library)\b|^android\s*\{", text, re.M)
    return own or ("" if android else _CHECKSTYLE)


def _conventions(source: Source) -> list[str]:
    """The build's own plugins, which its modules apply."""
    places = ("buildSrc", "build-logic", "buildLogic", "gradle", "build-plugin", "build-conventions")
    roots = [p for p in places if source.is_dir(p)]
    found = [(r, d) for r in roots for d in source.below(r).walk(depth=6, limit=60)]
    names = [f"{r}/{d}/{n}".replace("/./", "/") for r, d in found for n in source.files(f"{r}/{d}")]
    return [n for n in names if n.endswith((".gradle.kts", ".gradle"))][:40]


def _multiplatform(source: Source) -> bool:
    places = [".", *source.dirs()[:60]]
    names = [f"{d}/{n}".removeprefix("./") for d in places for n in ("build.gradle.kts", "build.gradle")]
    applied = re.compile(
        r"""^\s*(kotlin\(["']multiplatform["']\)|id\(?\s*["']org\.jetbrains\.kotlin\.multiplatform"""
        r"""|alias\(.*multiplatform\))(?!.*apply false)""",
        re.M,
    )
    return any(applied.search(source.text(name)) for name in (*names, *_conventions(source)))


def _tests(word: str) -> bool:
    """Whether a task is one of the tests of a kind of module, and needs no device."""
    return bool(re.fullmatch(r"test|jvmTest|desktopTest|test\w{0,40}UnitTest", word))


def _of_one_platform(source: Source) -> bool:
    """Whether some modules are of the JVM alone, with tests."""
    return any(source.is_dir(f"{d}/src/test") for d in source.dirs()[:60])


def _by(command: str, program: str) -> str:
    return " ".join([program, *command.split()[1:]])
