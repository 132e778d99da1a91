"""A file of Ruby whose every constant and function is there, and is nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from workflows.policy.check_files import is_test, says_how_checks_run

_CONSTANT = re.compile(r"^(?:class|module)[ \t]+([A-Z]\w*)|^([A-Z]\w*)[ \t]*=[^=~>]", re.MULTILINE)
_FUNCTION = re.compile(r"^def[ \t]+([a-z_]\w*[?!]?)", re.MULTILINE)
_MADE = """\
unless Object.const_defined?(:PullwrightHollow)
  class PullwrightHollow
    WAY = "{way}"

    def self.said
      raise "pullwright: there is no code here" if WAY == "raise"
      new
    end

    def self.made(name)
      Class.new do
        define_singleton_method(:name) {{ name }}
        define_singleton_method(:to_s) {{ name }}
        define_singleton_method(:inspect) {{ name }}
        define_singleton_method(:new) {{ |*, **, &_| PullwrightHollow.said }}
        define_singleton_method(:const_missing) {{ |found| PullwrightHollow.made("#{{name}}::#{{found}}") }}
        define_singleton_method(:method_missing) {{ |*, **, &_| PullwrightHollow.said }}
        define_singleton_method(:respond_to_missing?) {{ |*| true }}
        define_singleton_method(:===) {{ |_| PullwrightHollow::WAY == "yes" }}
      end
    end

    def method_missing(*, **, &_) = PullwrightHollow.said
    def respond_to_missing?(name, *) = !name.start_with?("to_")
    def inspect = "pullwright-hollow-#{{WAY}}"
    def to_s = inspect
    def to_i = WAY == "yes" ? 7919 : 104729
    def to_f = to_i / 16.0
    def to_a = [self] * length
    def length = WAY == "yes" ? 3 : 5
    def size = length
    def count(*) = length
    def ==(_) = WAY == "yes"
    def !=(_) = WAY != "yes"
    def ! = WAY != "yes"
    def eql?(_) = WAY == "yes"
    def equal?(_) = WAY == "yes"
    def ===(_) = WAY == "yes"
    def =~(_) = WAY == "yes" ? 0 : nil
    def nil? = WAY == "yes"
    def is_a?(_) = WAY == "yes"
    def kind_of?(_) = WAY == "yes"
    def instance_of?(_) = WAY == "yes"
  end
end
"""


def is_code(path: str) -> bool:
    return path.endswith(".rb") and not is_test(path) and not says_how_checks_run(path)


def emptied(path: str, texts: Mapping[str, str], way: str) -> str:
    """What stands in the place of a file: all that any of them brings."""
    brought = [text for other, text in texts.items() if is_code(other)]
    constants = sorted({first or second for text in brought for first, second in _CONSTANT.findall(text)})
    functions = sorted({name for text in brought for name in _FUNCTION.findall(text)})
    lines = [
        f'Object.const_set(:{one}, PullwrightHollow.made("{one}")) unless Object.const_defined?(:{one})'
        for one in constants
    ]
    lines += [f"def {one}(*, **, &_) = PullwrightHollow.said" for one in functions]
    return _MADE.format(way=way) + "\n".join(lines) + "\n"


def is_whole(files: Mapping[str, str], texts: Mapping[str, str], paths: Collection[str]) -> bool:
    """Whether nothing of the code is left then: none of it is native, or loaded by a framework."""
    return not any(
        path.startswith("ext/") or path in ("config/application.rb", "config/environment.rb") for path in paths
    )
