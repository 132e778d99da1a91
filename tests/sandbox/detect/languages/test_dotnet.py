"""Tests of .NET solutions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
SDK = '<Project><PackageReference Include="Microsoft.NET.Test.Sdk" /></Project>'


@pytest.mark.parametrize(
    ("files", "runs", "test"),
    [
        ({"App/App.csproj": "<Project />"}, "dotnet build", []),
        ({"App/App.csproj": "<Project />"}, "dotnet test", ["dotnet test"]),
        (
            {"App/App.csproj": "<Project />", "App.Tests/App.Tests.csproj": "<Project />"},
            "dotnet build",
            ["dotnet test"],
        ),
        ({"App/App.csproj": SDK}, "dotnet build", ["dotnet test"]),
        ({"App/App.csproj": "<Project />", "Directory.Packages.props": SDK}, "dotnet build", ["dotnet test"]),
        ({"App/App.csproj": SDK}, "dotnet test --filter Kind!=Slow", ["dotnet test --filter Kind!=Slow"]),
        ({"App/App.csproj": SDK}, "dotnet test && dotnet test --filter Kind=Slow", ["dotnet test"]),
        (
            {"App/App.csproj": SDK},
            "dotnet test A/A.csproj && dotnet test B/B.csproj --filter Kind!=Docker",
            ["dotnet test --filter Kind!=Docker"],
        ),
        ({"App/App.csproj": SDK}, "dotnet test A/A.csproj && dotnet test B/B.csproj --filter K=V", ["dotnet test"]),
        ({"App/App.csproj": SDK}, "dotnet test && dotnet test B/B.csproj --filter K!=V", ["dotnet test"]),
    ],
)
def test_a_solution_is_tested_where_a_project_of_it_holds_tests_as_ci_filters_them(
    write: Write, files: dict[str, str], runs: str, test: list[str]
) -> None:
    ci = f"on: pull_request\njobs:\n  a:\n    steps:\n      - run: {runs}\n"
    found = detect(write({"App.sln": "", **files, ".github/workflows/ci.yml": ci}))
    assert [f.command for f in found.test] == test
    assert any("no project of the solution" in n.reason for n in found.not_run) == (not test)


@pytest.mark.parametrize(
    ("runs", "test"),
    [
        ("dotnet build ./B.slnx && dotnet test T/T.csproj", "dotnet test B.slnx"),
        ("dotnet test", "dotnet test B.slnx"),
        ("dotnet restore A.Samples.slnx && dotnet test", "dotnet test A.Samples.slnx"),
    ],
)
def test_of_several_solutions_the_one_that_ci_builds_is_tested_and_no_samples(
    write: Write, runs: str, test: str
) -> None:
    ci = f"on: push\njobs:\n  t:\n    steps:\n      - run: {runs}\n"
    root = write({"A.Samples.slnx": "", "B.slnx": "", "T/T.csproj": SDK, ".github/workflows/ci.yml": ci})
    assert [f.command for f in detect(root).test] == [test]
