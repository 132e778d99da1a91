"""Commits in a bare repository, made from a few changed files."""

from sandbox.git.history import History, Person
from sandbox.git.objects import Objects

BOT = Person("Pullwright", "bot@example.org")


def changed(mirror: History, parent: str, files: dict[str, bytes], message: str = "Fix it") -> str:
    """A commit on top of `parent` with other contents of these files."""
    objects = Objects(mirror.git)
    listing = objects.listing(parent)
    for path, content in files.items():
        listing[path] = ("100644", objects.write("blob", content))
    tree = objects.write_listing(listing)
    return mirror.write_commit(tree, [parent], message, author=BOT, committer=BOT, when=1700000001)
