"""Which files steer the repository itself, or run by themselves elsewhere: in CI, hooks, editors, agents, build tools.

What programs look for by itself is not to be listed to its end, and new ones come. Nearly all of it begins with
a dot at the root: there only what is known to be harmless is free. Below it, and without a dot, names are listed.
"""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_SHORT = re.compile(r"[^/.]{1,6}~\d+(\.[^/]{0,3})?$")
"""A name as DOS had it, under which Windows finds a longer one: `GITHUB~1`."""

_HARMLESS = re.compile(
    r"\.("
    # what is left out, and how texts look
    r"(git|npm|docker|helm|prettier|eslint|stylelint|vscode|slug|cf|gcloud|rg|fd|yapf|clang-format-|markdownlint)?ignore"
    r"|(git)?keep|mailmap|git-blame-ignore-revs|editorconfig|nojekyll|all-contributorsrc|gitmessage"
    # linters, formatters and coverage
    r"|coveragerc|flake8|pylintrc|isort\.cfg|style\.yapf|bandit|pydocstyle|codespellrc|mypy\.ini|ruff\.toml|pytest\.ini|noserc"
    r"|(eslint|prettier|stylelint|babel|swc|browserslist|postcss|mocha|nyc|c8|jshint|jscs|htmlhint|remark|textlint|jsbeautify)rc[^/]*"
    r"|(markdownlint|yamllint|rubocop|cspell|jsdoc|typedoc|swiftlint|golangci|scalafmt|scalafix|reek|haml-lint|erb-lint)[^/]*"
    r"|clang-(format|tidy)|swiftformat|rustfmt\.toml|(credo|formatter)\.exs|php[-_]cs[^/]*|shellcheckrc|rspec|ort\.yml"
    # what programs are told of their surroundings, and where packages come from: both are told with the checks
    r"|env(\.[\w.-]+)?|npmrc|htaccess|(python|node|ruby|java|terraform)-version|nvmrc|noderc"
    r")$"
)
_HARMLESS_FOLDER = re.compile(
    r"\.(storybook|changeset|changes|changelog|well-known|vitepress|vuepress|docusaurus|reuse|licenses?|venv|tox|nox|bin)$"
)
_LISTED = re.compile(
    # automation and owners
    r"^\.?(azure-pipelines|zuul\.d)/|(^|/)(codeowners|owners(_aliases)?|\.gitmodules|\.gitattributes|\.lfsconfig)$"
    r"|(^|/)(\.pre-commit-(config|hooks)\.ya?ml|\.gitlab-ci\.ya?ml|\.travis\.ya?ml|\.?azure-pipelines[^/]*\.ya?ml|[^/]*jenkinsfile[^/]*"
    r"|bitbucket-pipelines\.ya?ml|\.?appveyor\.ya?ml|\.drone\.\w+|\.cirrus\.\w+|\.woodpecker\.ya?ml|cloudbuild[^/]*\.ya?ml"
    r"|buildspec[^/]*\.ya?ml|appspec\.ya?ml|bitrise\.ya?ml|codemagic\.ya?ml|codefresh\.ya?ml|wercker\.ya?ml|screwdriver\.ya?ml"
    r"|evergreen\.ya?ml|zuul\.ya?ml|packit\.ya?ml|dagger\.json|action\.ya?ml|readthedocs\.ya?ml|netlify\.toml|(vercel|now)\.json"
    r"|heroku\.yml|(railway|railpack)\.(json|toml)|nixpacks\.(json|toml)|wrangler\.(toml|jsonc?)|captain-definition"
    r"|\.?werft\.ya?ml|\.?codecov\.ya?ml|sonar-project\.properties"
    r"|amplify\.ya?ml|render\.ya?ml|renovate\.json5?|\.renovaterc(\.json5?)?|\.releaserc[^/]*|release\.config\.\w+"
    r"|codeship-(steps|services)\.ya?ml|shippable\.ya?ml|lgtm\.ya?ml|cloudbuild[^/]*\.json|fly\.toml|replit\.nix"
    r"|mergify\.ya?ml|kodiak\.toml|(greptile|firebender)\.json|(sweep|ellipsis)\.ya?ml|rulesync\.jsonc?|ruler\.toml"
    r"|release-please-config\.json|\.?goreleaser\.ya?ml|\.mergify\.yml|\.kodiak\.toml|\.?bors\.toml|dangerfile[^/]*)$"
    r"|^bamboo-specs/|(^|/)ci_scripts/ci_(post_clone|(pre|post)_xcodebuild)\.\w+$"
    # what agents are told
    r"|(^|/)(agents?|claude|gemini|qwen|crush|warp|replit|iflow|codebuddy|copilot-instructions)([.-](local|override))?\.md$"
    r"|^(codex|amp|jules|soul|heartbeat)\.md$"
    r"|(^|/)(opencode|crush|\.?mcp)\.jsonc?$|(^|/)\.(cursorrules|windsurfrules|clinerules|roorules|roomodes|goosehints|envrc)(/|$)"
    r"|(^|/)\.(cursor|claude|codex|gemini|qwen|windsurf|roo|kiro|junie|amazonq|augment|trae|continue|opencode|openhands|agents?)(/|$)"
    r"|(^|/)\.(kilo(code)?(modes|rules)?|amp|factory|jules|rules|goose|crush|claude-plugin|vibe|tabnine|cody|forge|ruler|qodo|zencoder)(/|$)"
    r"|(^|/)\.aider[^/]*$|(^|/)kilo(code)?\.jsonc?$|\.(instructions|prompt|chatmode|agent)\.md$"
    # hooks, editors, containers
    r"|(^|/)\.(husky|git-?hooks|devcontainer|vscode|mvn|run|tekton|lefthook|zed|fleet)(/|$)|(^|/)\.?devcontainer\.json$"
    r"|(^|/)\.?lefthook(-local)?\.(ya?ml|toml|json)$|(^|/)git-?hooks/|(^|/)captain-?hook\.json$|(^|/)grumphp\.ya?ml$"
    r"|(^|/)git_hooks/|(^|/)(\.huskyrc|husky\.config)(\.\w+)?$|(^|/)(\.?prek\.toml|hk\.pkl|\.?rusty-hook\.toml|whisky\.json)$"
    r"|(^|/)hooks/(pre|post|prepare|commit|update|push|applypatch|fsmonitor|reference)[\w-]*(\.\w+)?$"
    r"|(^|/)(\.?simple-git-hooks|lint-staged\.config|\.lintstagedrc)(\.\w+)?$|(^|/)\.overcommit\.yml$"
    r"|(^|/)\.idea/runconfigurations/|\.(code-workspace|sublime-project|run\.xml)$|(^|/)\.?devfile\.ya?ml$|(^|/)devenv\.(nix|ya?ml)$"
    r"|(^|/)(tasks|launch)\.vs\.json$|(^|/)omnisharp\.json$"
    r"|(^|/)(\.nvim\.lua|\.(n?vim|lvim|ex)rc|\.exrc|\.dir-locals(-2)?\.el|\.gdbinit|\.lldbinit|\.rprofile|\.renviron|\.irbrc|\.pryrc"
    r"|\.pdbrc|\.ghci|\.ocamlinit|\.iex\.exs)$"
    # build tools' wrappers and what these load unasked; wherever Python starts
    r"|(^|/)(gradlew|mvnw|buckw|pleasew|millw|flutterw|jbang|kobwebw)(\.bat|\.cmd|\.ps1)?$"
    r"|^(amper|kotlin|mill|pants|sbtx?|bazel|bazelisk)(\.bat|\.cmd|\.ps1|\.sh)?$"
    r"|(^|/)gradle/wrapper/|^tools/bazel$|(^|/)\.(cargo|yarn|bundle)/|(^|/)\.?pnpmfile\.[cm]?js$"
    r"|(^|/)\.pnp\.(loader\.)?[cm]?js$|(^|/)\.bazel(isk)?rc$|^tools/bazel\.rc$"
    r"|(^|/)\.yarnrc(\.yml)?$|(^|/)directory\.(build|solution)\.(props|targets|rsp)$|(^|/)\.?mise(\.[\w-]+)?\.toml$|^mise/|(^|/)devbox\.json$"
    r"|(^|/)(before|after)\.[^/]*sln\.targets$|\.\w+proj\.user$|(^|/)msbuild\.rsp$"
    r"|(^|/)(\.?pytest\.toml|(site|user)customize\.py|ipython_config\.py|jupyter_\w+_config\.(py|json))$"
)


def is_protected(path: str) -> bool:
    """Whether a file steers the repository itself, its owners and tools, or runs by itself, by any of its names."""
    parts = [_plain(part) for part in re.split(r"[/\\]", path)]
    parts = [part for part in parts if part]
    if not parts:
        return False
    return bool(_LISTED.search("/".join(parts))) or _is_unknown(parts) or any(map(_SHORT.match, parts))


def is_hidden_below(path: str) -> bool:
    """Whether a part of the path below the root begins with a dot, and is none that is known to run nothing."""
    parts = [_plain(part) for part in path.split("/")]
    hidden = next((at for at, part in enumerate(parts) if at and part.startswith(".")), 0)
    return bool(hidden) and _is_unknown(parts[hidden:])


def _is_unknown(parts: list[str]) -> bool:
    """Whether the path begins with a dot, and is none of those that are known to run nothing."""
    if not parts[0].startswith("."):
        return False
    return not (_HARMLESS.match(parts[0]) if len(parts) == 1 else _HARMLESS_FOLDER.match(parts[0]))


def _plain(part: str) -> str:
    """A name as the most lenient of file systems sees it: case, composition, invisible letters, ends, streams."""
    part = unicodedata.normalize("NFKC", _INVISIBLE.sub("", part)).translate({0x131: "i"})
    return part.casefold().replace("i\u0307", "i").partition(":")[0].rstrip(" .")
