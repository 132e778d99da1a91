"""The JVM: Maven and Gradle, by their wrappers where the repository has them."""

from __future__ import annotations

from dataclasses import replace

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import Part, Project
from sandbox.detect.read.values import Found

NAME = "jvm"
_GRADLE = ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")


def find(project: Project) -> Part | None:
    source = project.source
    ran = {s.call.ecosystem for s in project.seen if s.call.kind == "test" and s.origin == "ci"}
    gradle = next((name for name in _GRADLE if source.has(name)), "")
    # A repository that can be built with both is usually led by its pom.xml, as long as CI uses it.
    if gradle and not (source.has("pom.xml") and "maven" in ran):
        return _gradle(project, gradle)
    return _maven(project) if source.has("pom.xml") else None


def _maven(project: Project) -> Part:
    source = project.source
    mvn = "./mvnw" if source.has("mvnw") else "mvn"
    witness = source.evidence("pom.xml", "<artifactId>")
    tests = (choose.proposed(project, "maven", f"{mvn} -B test", witness, confirmed_by="mvn test"),)
    lint = tuple(replace(f, command=_by(f.command, mvn)) for f in choose.checks(project, "lint", "maven"))
    setup = choose.install(f"{mvn} -B -DskipTests dependency:go-offline", witness)
    return Part(NAME, (setup,), tests, lint)


def _gradle(project: Project, manifest: str) -> Part:
    source = project.source
    gradle = "./gradlew" if source.has("gradlew") else "gradle"
    witness = source.evidence(manifest, "plugins")
    tests = (choose.proposed(project, "gradle", f"{gradle} test", witness, confirmed_by="gradle test"),)
    lint: tuple[Found, ...] = tuple(
        replace(f, command=_by(f.command, gradle)) for f in choose.checks(project, "lint", "gradle")
    )
    setup = choose.install(f"{gradle} testClasses", witness, note="downloads and compiles what the tests need")
    return Part(NAME, (setup,), tests, lint)


def _by(command: str, program: str) -> str:
    return " ".join([program, *command.split()[1:]])
