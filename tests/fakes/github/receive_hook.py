"""git's proc-receive hook of a stand-in repository: refuses a push as GitHub does, or lets git carry it out.

It is a program of its own, started by receive-pack for every push. What GitHub says stands in two places, and so
here: explanations on stderr (`remote: ...` for whoever pushes), and the reason on the line of the reference, which
`git push --porcelain` prints on stdout. `STANDIN_RULES` holds, as JSON, what `git_http` knows of the repository.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

ZERO = "0" * 40
_DECLINED = "push declined due to repository rule violations"
_PROTECTED = "protected branch hook declined"
_OWN_SIGNATURE = "signed by the stand-in"


def main() -> None:
    """Speak the hook's protocol, version 1."""
    _lines()
    _write("version=1\0")
    _flush()
    rules, wanted = json.loads(os.environ.get("STANDIN_RULES") or "{}"), _lines()
    for line in wanted:
        old, new, ref = line.split(" ", 2)
        reason = judged(rules, old, new, ref)
        if reason:
            _write(f"ng {ref} {reason}")
        else:
            _write(f"ok {ref}")
            _write("option fall-through")
    _flush()


def judged(rules: dict, old: str, new: str, ref: str) -> str:
    """The reason on the reference's line, "" where the push is taken; explanations are told on the way."""
    if failing := rules.get("failing"):
        _tell(*failing[:-1])
        return str(failing[-1])
    branch = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ""
    commits = [] if new == ZERO else _git("rev-list", new, "--not", "--all").split()
    if large := _too_large(commits, rules.get("file_limit") or 100_000_000):
        _tell("error: Trace: 0a1b2c", "error: See https://gh.io/lfs for more information.", *large)
        _tell(
            "error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com."
        )
        return "pre-receive hook declined"
    classic = _classic(rules.get("protected") or {}, branch) if branch else None
    if classic is not None and (words := _against_protection(classic, old, new, commits, rules)):
        _tell(f"error: GH006: Protected branch update failed for {ref}.", *(f"error: {word}" for word in words))
        return _PROTECTED
    broken = _against_rulesets(rules, branch, old, new, commits) if branch else []
    broken += _secrets(rules, commits)
    workflow = _workflow(old, new, ref) if rules.get("no_workflows") and new != ZERO else ""
    if broken:
        if workflow:
            broken.append([f"- {workflow}"])
        quoted = ref.replace("/", "%2F")
        _tell(f"error: GH013: Repository rule violations found for {ref}.")
        _tell(f"Review all repository rules at {rules.get('page', '')}/rules?ref={quoted}", "")
        for lines in broken:
            _tell(*lines, "")
        return _DECLINED
    return workflow


def _classic(protected: dict, branch: str) -> dict | None:
    """The classic protection of a branch; patterns as in rulesets' fnmatch."""
    return next((what for pattern, what in protected.items() if fits(pattern, branch)), None)


def _against_protection(classic: dict, old: str, new: str, commits: list, rules: dict) -> list:
    if new == ZERO:
        return [] if classic.get("deletions") else ["Cannot delete a protected branch"]
    found = []
    if old == ZERO and classic.get("creations"):
        return []
    if not classic.get("pushes"):
        found.append("Changes must be made through a pull request.")
    if classic.get("signatures") and _unsigned(commits, rules):
        found.append("Commits must have valid signatures.")
    if classic.get("linear") and _merges(commits):
        found.append("This branch must not contain merge commits.")
    return found


def _against_rulesets(rules: dict, branch: str, old: str, new: str, commits: list) -> list:
    found = []
    for rule in rules.get("rules") or ():
        if not applies(rule, branch, rules.get("default", "main")):
            continue
        kind, given = rule["type"], rule.get("parameters") or {}
        found += _against_rule(kind, given, branch, old, new, commits, rules)
    return found


def _against_rule(kind: str, given: dict, branch: str, old: str, new: str, commits: list, rules: dict) -> list:
    made, gone = old == ZERO, new == ZERO
    plain = {
        "creation": (made, "Cannot create ref due to creations being restricted."),
        "update": (not (made or gone), "Cannot update this protected ref."),
        "deletion": (gone, "Cannot delete this protected ref."),
        "pull_request": (not gone and commits, "Changes must be made through a pull request."),
    }
    if kind in plain:
        broken, words = plain[kind]
        return [[f"- {words}"]] if broken else []
    if gone:
        return []
    if kind == "required_status_checks":
        free = (made and given.get("do_not_enforce_on_create")) or not commits
        names = [] if free else [one["context"] for one in given.get("required_status_checks") or ()]
        return [[f'- Required status check "{name}" is expected.'] for name in names]
    if kind == "branch_name_pattern":
        return [] if matches(given, branch) else [[f"- Branch name must {_words(given)}"]]
    what, wrong = _against_commits(kind, given, commits, rules)
    return [_listed(what, wrong)] if wrong else []


_FORMATS = {
    "commit_message_pattern": ("%B", "Commit message"),
    "commit_author_email_pattern": ("%ae", "Author email"),
    "committer_email_pattern": ("%ce", "Committer email"),
}


def _against_commits(kind: str, given: dict, commits: list, rules: dict) -> tuple:
    """What a rule about commits says, and the commits or files that break it."""
    if kind == "required_signatures":
        return "Commits must have verified signatures.", _unsigned(commits, rules)
    if kind == "required_linear_history":
        return "This branch must not contain merge commits.", _merges(commits)
    if kind in _FORMATS:
        shape, what = _FORMATS[kind]
        texts = {one: _git("show", "-s", f"--format={shape}", one).strip() for one in commits}
        return f"{what} must {_words(given)}", [one for one, text in texts.items() if not matches(given, text)]
    if kind == "file_path_restriction":
        patterns = given["restricted_file_paths"]
        return "File path is restricted", [path for path in _paths(commits) if any(fits(one, path) for one in patterns)]
    if kind == "file_extension_restriction":
        ends = [one.lstrip("*/") for one in given["restricted_file_extensions"]]
        held = dict(_sized(commits))
        found = [path for path in held if any(path.endswith(f".{end.lstrip('.')}") for end in ends)]
        return "File extension is restricted", found
    if kind == "max_file_path_length":
        most = int(given["max_file_path_length"])
        return f"File path length limit of {most} exceeded", [path for path, _ in _sized(commits) if len(path) > most]
    if kind == "max_file_size":
        most = int(given["max_file_size"])
        return f"File size limit of {most} MB exceeded", _larger(commits, most * (1 << 20))
    return "", []


def applies(rule: dict, branch: str, default: str) -> bool:
    """Whether a rule, which says what it includes and leaves out, is for a branch."""
    ref = f"refs/heads/{branch}"

    def named(patterns: list) -> bool:
        return any(
            one == "~ALL" or (one == "~DEFAULT_BRANCH" and branch == default) or fits(one, ref) for one in patterns
        )

    return named(rule.get("include") or ["~ALL"]) and not named(rule.get("exclude") or [])


def fits(pattern: str, name: str) -> bool:
    """fnmatch as GitHub has it: a star stays within a part of the name, two do not."""
    text = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.fullmatch(text, name) is not None


def matches(given: dict, text: str) -> bool:
    pattern, operator = given["pattern"], given["operator"]
    found = {
        "starts_with": text.startswith(pattern),
        "ends_with": text.endswith(pattern),
        "contains": pattern in text,
        "regex": re.search(pattern, text) is not None if operator == "regex" else False,
    }[operator]
    return found is not bool(given.get("negate"))


def _words(given: dict) -> str:
    does = {
        "starts_with": "start with",
        "ends_with": "end with",
        "contains": "contain",
        "regex": "match a given regex:",
    }
    return f"{'not ' if given.get('negate') else ''}{does[given['operator']]} {given['pattern']}"


def _listed(what: str, found: list) -> list:
    return [f"- {what}", f"  Found {len(found)} violation{'' if len(found) == 1 else 's'}:", "", *map(str, found)]


def _unsigned(commits: list, rules: dict) -> list:
    """Commits without a signature that can be verified: GitHub's own, or by a key that somebody gave it."""
    found = []
    for one in commits:
        text = _git("cat-file", "commit", one).partition("\n\n")[0]
        if "gpgsig" not in text:
            found.append(one)
        elif _OWN_SIGNATURE not in text:
            signers = f"gpg.ssh.allowedSignersFile={rules.get('signers', '/dev/null')}"
            checked = subprocess.run(["git", "-c", signers, "verify-commit", one], capture_output=True, check=False)
            if checked.returncode:
                found.append(one)
    return found


def _merges(commits: list) -> list:
    return [one for one in commits if len(_git("rev-list", "--parents", "-1", one).split()) > 2]


def _secrets(rules: dict, commits: list) -> list:
    """GitHub's push protection, for one kind of token."""
    if not rules.get("push_protection"):
        return []
    found = []
    for one in commits:
        for path in _paths([one]):
            held = subprocess.run(["git", "cat-file", "blob", f"{one}:{path}"], capture_output=True, check=False).stdout
            for number, line in enumerate(held.decode("utf-8", "replace").splitlines(), 1):
                if re.search(r"ghp_[A-Za-z0-9]{36}", line):
                    found += [f"         - commit: {one}", f"           path: {path}:{number}"]
    if not found:
        return []
    head = [
        "- GITHUB PUSH PROTECTION",
        "  " + "—" * 41,
        "    Resolve the following violations before pushing again",
        "",
    ]
    kind = ["    - Push cannot contain secrets", "", "      —— GitHub Personal Access Token ——————————————————————"]
    link = f"       {rules.get('page', '')}/security/secret-scanning/unblock-secret/2fXyAbC"
    told = ["       (?) To push, remove secret from commit(s) or follow this URL to allow the secret.", link]
    return [[*head, *kind, "       locations:", *found, "", *told]]


def _workflow(old: str, new: str, ref: str) -> str:
    """What an App without the permission is told: of files that no other branch has like this, by old and new."""
    held, before = _workflows(new), _workflows(old) if old != ZERO else {}
    heads = _git("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads").splitlines()
    elsewhere = {pair for line in heads if not line.endswith(f" {ref}") for pair in _workflows(line.split()[0]).items()}
    for path, blob in held.items():
        if before.get(path) != blob and (path, blob) not in elsewhere:
            return (
                f"refusing to allow a GitHub App to create or update workflow `{path}` without `workflows` permission"
            )
    return ""


def _workflows(commit: str) -> dict:
    listed = _git("ls-tree", "-r", commit, "--", ".github/workflows").splitlines()
    return {line.partition("\t")[2]: line.split()[2] for line in listed}


def _too_large(commits: list, limit: int) -> list:
    shown = f"{limit / 1_000_000:.2f} MB"
    return [
        f"error: File {path} is {size / 1_000_000:.2f} MB; this exceeds GitHub's file size limit of {shown}"
        for path, size in _sized(commits)
        if size > limit
    ]


def _larger(commits: list, limit: int) -> list:
    return [path for path, size in _sized(commits) if size > limit]


def _sized(commits: list) -> list:
    found = []
    for one in commits:
        changed = set(_paths([one]))
        for line in _git("ls-tree", "-r", "-l", one).splitlines():
            fields, _, path = line.partition("\t")
            if path in changed and fields.split()[3].isdigit():
                found.append((path, int(fields.split()[3])))
    return found


def _paths(commits: list) -> list:
    found = []
    for one in commits:
        found += _git("diff-tree", "--root", "-r", "-m", "--no-commit-id", "--name-only", one).splitlines()
    return list(dict.fromkeys(found))


def _git(*words: str) -> str:
    made = subprocess.run(["git", *words], capture_output=True, check=True)
    return made.stdout.decode("utf-8", "replace")


def _tell(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr, flush=True)


def _lines() -> list:
    found = []
    while True:
        size = int(sys.stdin.buffer.read(4) or b"0", 16)
        if size == 0:
            return found
        found.append(sys.stdin.buffer.read(size - 4).decode("utf-8", "replace").rstrip("\n"))


def _write(text: str) -> None:
    data = text.encode()
    sys.stdout.buffer.write(f"{len(data) + 4:04x}".encode() + data)


def _flush() -> None:
    sys.stdout.buffer.write(b"0000")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
