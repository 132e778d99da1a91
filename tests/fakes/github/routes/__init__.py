"""The operations of the API, one module per area; importing this package fills `wire.TABLE`."""

from tests.fakes.github.routes import (
    accounts,
    apps,
    checks,
    deployments,
    git,
    graphql,
    hooks,
    issue_types,
    issues,
    labels,
    locks,
    pulls,
    reviews,
    rules,
)

__all__ = [
    "accounts",
    "apps",
    "checks",
    "deployments",
    "git",
    "graphql",
    "hooks",
    "issue_types",
    "issues",
    "labels",
    "locks",
    "pulls",
    "reviews",
    "rules",
]
