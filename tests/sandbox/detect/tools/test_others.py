"""Calls of the tools of Go, the JVM, Ruby, PHP, Elixir, .NET and CMake."""

from __future__ import annotations

import shlex

import pytest

from sandbox.detect.tools.table import recognise


@pytest.mark.parametrize(
    ("call", "kind", "key", "line", "mark"),
    [
        ("go test ./...", "test", "go test", "go test ./...", ""),
        ("go vet ./...", "lint", "go vet", "go vet ./...", ""),
        ("go vet", "lint", "go vet", "go vet", ""),
        ("go run honnef.co/go/tools/cmd/staticcheck@latest ./...", "lint", "staticcheck", "staticcheck ./...", ""),
        ("go tool gotestsum", "test", "go test", "go test ./...", ""),
        ("golangci-lint run --fix", "lint", "golangci-lint", "golangci-lint run ./...", "mended"),
        ("golangci-lint run -c x ./...", "lint", "golangci-lint", "golangci-lint run -c x ./...", ""),
        ("golangci-lint", "lint", "golangci-lint", "golangci-lint run ./...", ""),
        ("golangci-lint run --timeout 5m", "lint", "golangci-lint", "golangci-lint run --timeout 5m", ""),
        ("gofmt -l .", "lint", "gofmt", 'found=$(gofmt -l .) && echo "$found" && test -z "$found"', ""),
        ("gofmt -l -w .", "lint", "gofmt", 'found=$(gofmt -l .) && echo "$found" && test -z "$found"', "mended"),
        ("gofmt -s -d src", "lint", "gofmt", 'found=$(gofmt -l -s src) && echo "$found" && test -z "$found"', ""),
        ("mvn test", "test", "mvn test", "mvn test", ""),
        ("mvn checkstyle:check", "lint", "mvn checkstyle:check", "mvn -B checkstyle:check", ""),
        ("mvn spotless:check test", "test", "mvn test", "mvn spotless:check test", ""),
        ("mvn test-compile pmd:check", "lint", "mvn pmd:check", "mvn -B test-compile pmd:check", ""),
        ("gradle test", "test", "gradle test", "gradle test", ""),
        ("gradle check -x lint", "test", "gradle test", "gradle check -x lint", ""),
        ("gradle spotlessCheck", "lint", "gradle spotlessCheck", "./gradlew spotlessCheck", ""),
        ("gradlew :app:testDebugUnitTest", "test", "gradle test", "gradlew :app:testDebugUnitTest", ""),
        ("rake", "test", "rake", "bundle exec rake", ""),
        ("rake test", "test", "rake", "bundle exec rake test", ""),
        ("rake rubocop:auto_correct", "lint", "rake rubocop", "bundle exec rake rubocop", "mended"),
        ("rake lint", "lint", "rake lint", "bundle exec rake lint", ""),
        ("rspec", "test", "rspec", "bundle exec rspec", ""),
        ("rspec $X", "test", "rspec", "bundle exec rspec", ""),
        ("rubocop -a", "lint", "rubocop", "bundle exec rubocop", "mended"),
        ("rubocop --parallel", "lint", "rubocop", "bundle exec rubocop --parallel", ""),
        ("rubocop -x", "lint", "rubocop", "bundle exec rubocop", "mended"),
        ("rails test", "test", "rails", "bundle exec rails test", ""),
        ("ruby test/run.rb", "test", "ruby", "ruby test/run.rb", ""),
        ("ruby -Itest test/a_test.rb", "test", "ruby", "ruby -Itest test/a_test.rb", ""),
        ("brakeman", "lint", "brakeman", "bundle exec brakeman", ""),
        ("phpunit --testsuite x", "test", "phpunit", "vendor/bin/phpunit --testsuite x", ""),
        ("php artisan test", "test", "artisan", "php artisan test", ""),
        ("php -l a.php", "lint", "php -l", "php -l a.php", ""),
        ("php tests/run.php", "test", "php tests/run.php", "php tests/run.php", ""),
        ("pint", "lint", "pint", "vendor/bin/pint --test", "mended"),
        ("pint --test", "lint", "pint", "vendor/bin/pint --test", ""),
        ("php-cs-fixer fix", "lint", "php-cs-fixer", "vendor/bin/php-cs-fixer fix --dry-run", "mended"),
        ("php-cs-fixer fix --dry-run", "lint", "php-cs-fixer", "vendor/bin/php-cs-fixer fix --dry-run", ""),
        ("php-cs-fixer check", "lint", "php-cs-fixer", "vendor/bin/php-cs-fixer check", ""),
        ("phpcs", "lint", "phpcs", "vendor/bin/phpcs", ""),
        ("phpstan analyse", "types", "phpstan", "vendor/bin/phpstan analyse", ""),
        ("ecs check --fix", "lint", "ecs", "vendor/bin/ecs check", "mended"),
        ("mago fmt", "lint", "mago format", "vendor/bin/mago format --check", "mended"),
        ("mago lint", "lint", "mago lint", "vendor/bin/mago lint", ""),
        ("mix test", "test", "mix test", "mix test", ""),
        ("mix format", "lint", "mix format", "mix format --check-formatted", "mended"),
        ("mix format --check-formatted", "lint", "mix format", "mix format --check-formatted", ""),
        ("mix credo", "lint", "mix credo", "mix credo", ""),
        ("mix compile --warnings-as-errors", "lint", "mix compile", "mix compile --warnings-as-errors", ""),
        ("mix dialyzer", "types", "mix dialyzer", "mix dialyzer", ""),
        ("dotnet test x.sln", "test", "dotnet test", "dotnet test x.sln", ""),
        ("dotnet test $X", "test", "dotnet test", "dotnet test", ""),
        ("dotnet format --verify-no-changes", "lint", "dotnet format", "dotnet format --verify-no-changes", ""),
        ("dotnet csharpier check .", "lint", "csharpier", "dotnet csharpier check .", ""),
        ("dotnet tool run csharpier --check .", "lint", "csharpier", "dotnet tool run csharpier --check .", ""),
        ("ctest --output-on-failure", "test", "ctest", "ctest --output-on-failure", ""),
        ("codecept run", "test", "codecept", "vendor/bin/codecept run", ""),
        (
            "goimports -l -local a.b/c cmd",
            "lint",
            "goimports",
            'found=$(goimports -l -local=a.b/c cmd) && echo "$found" && test -z "$found"',
            "",
        ),
        ("gofmt -l $(ls)", "lint", "gofmt", 'found=$(gofmt -l .) && echo "$found" && test -z "$found"', ""),
    ],
)
def test_a_call_is_run_in_words_that_only_check(call: str, kind: str, key: str, line: str, mark: str) -> None:
    found = recognise(tuple(shlex.split(call)))
    assert found
    assert (found.kind, found.key, found.line) == (kind, key, line)
    assert (found.mended, bool(found.skip)) == (mark == "mended", mark == "skipped")


@pytest.mark.parametrize(
    "call",
    [
        "go test -bench .",
        "go test -fuzz=X",
        "go run .",
        "golangci-lint --version",
        "golangci-lint run --issues-exit-code=0",
        "golangci-lint run --issues-exit-code 0",
        "golangci-lint fmt",
        "gofmt -w .",
        "mvn -B verify -DskipTests",
        "mvn clean",
        "mvn spotless:apply",
        "gradle build -x test",
        "gradle spotlessApply",
        "gradle assemble",
        "rake -T",
        "rake db:migrate",
        "rails server",
        "ruby x.rb",
        "brakeman --no-exit-on-warn",
        "php x.php",
        "phpstan --generate-baseline",
        "mix deps.get",
        "dotnet format",
        "dotnet csharpier .",
        "codecept build",
    ],
)
def test_a_call_that_checks_nothing_or_passes_in_any_case_is_none(call: str) -> None:
    assert recognise(tuple(shlex.split(call))) is None
