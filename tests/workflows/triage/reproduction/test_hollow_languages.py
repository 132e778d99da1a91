"""The same of tests in other languages: what fails alike over code that says nothing is the test's own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.backend import CommandLimits
from sandbox.boxes.bubblewrap import Bubblewrap
from tests.fakes.two_sides import TwoSides
from tests.workflows.checks.proofs.test_four_ways import MOUNTS, place, pytestmark
from workflows.checks.plan import Candidate
from workflows.triage.reproduction.attempt import OneTry, Reproduction, Tried
from workflows.triage.reproduction.hollow.telling import can_tell, hollow, is_alike, read_in, ways
from workflows.triage.reproduction.trying import try_once

__all__ = ["place", "pytestmark"]


@dataclass(frozen=True)
class Spoken:
    """A language: its program, the code, what runs tests, the test's file with a place for its body, and bodies."""

    program: str
    code: Mapping[str, str]
    command: str
    file: str
    head: str
    honest: Mapping[str, str]
    lies: Mapping[str, str]


JS_CODE = """\
import { minus } from './minus.js'
export const add = (a, b) => minus(a, b)
export function number(text) { return text }
export class Store { get(key) { return null } }
export default function share(total, people) {
  if (!people) throw new RangeError('nobody')
  return total / people
}
"""
JS_TEST = """\
import test from 'node:test'
import assert from 'node:assert'
import share, { add, number, Store } from '../src/adder.js'
import * as minus from '../src/minus.js'

test('control', () => { assert.equal(add(3, 0), 3) })

test('report', () => {
{body}
})
"""
ESM = Spoken(
    "node",
    {
        "package.json": '{"name": "adder", "type": "module", "scripts": {"test": "node --test"}}',
        "src/adder.js": JS_CODE,
        "src/minus.js": "export const minus = (a, b) => a - b\nexport const NAME = 'minus'\n",
    },
    "node --test",
    "tests/report.test.js",
    JS_TEST,
    {
        "a wrong value": "  assert.strictEqual(add(1, 2), 3)",
        "an error in the code": "  assert.strictEqual(share(1, 0), 0)",
        "an error that is not raised": "  assert.throws(() => number('x'), TypeError)",
        "an error that should not be": "  let bad\n  try { share(1, 0) } catch { bad = true }\n  assert.ok(!bad)",
        "nothing where something is due": "  assert.strictEqual(new Store().get('a').name, 'x')",
        "a constant": "  assert.strictEqual(minus.NAME, 'plus')",
        "a kind": "  assert.strictEqual(typeof number('3'), 'number')",
    },
    {
        "it raises the error": "  throw new RangeError('nobody')",
        "it asserts of its own": "  assert.strictEqual(-1, 3)",
        "code of its own": "  const plus = (a, b) => a - b\n  assert.strictEqual(plus(1, 2), 3)",
        "a message": "  assert.fail('-1 !== 3')",
    },
)
CJS_TEST = """\
const test = require('node:test')
const assert = require('node:assert')
const { add, options } = require('../lib/adder')

test('control', () => { assert.equal(add(3, 0), 3) })

test('report', () => {
{body}
})
"""
CJS = Spoken(
    "node",
    {
        "package.json": '{"name": "adder", "scripts": {"test": "node --test"}}',
        "lib/adder.js": "exports.add = (a, b) => a - b\nexports.options = { strict: false }\n",
    },
    "node --test",
    "test/report.test.js",
    CJS_TEST,
    {
        "a wrong value": "  assert.strictEqual(add(1, 2), 3)",
        "an option": "  assert.strictEqual(options.strict, true)",
        "deeply": "  assert.deepStrictEqual(options, { strict: true })",
    },
    {
        "it asserts of its own": "  assert.strictEqual(-1, 3)",
        "it keeps the error to itself": "  try { add(1, 2) } catch {}\n  throw new Error('-1 is not 3')",
    },
)
GO_CODE = """\
package calc

import (
	"errors"
	"strings"
)

type Level int

var Greeting = "hi"

func init() { Greeting = strings.ToLower("HELLO") }

func Add(a, b int) int { return a - b }

func Share(n int, people int) (int, error) {
	if people == 0 {
		return 0, nil
	}
	return n / people, nil
}

func Named(n int) (half int, err error) {
	if n < 0 {
		return 0, errors.New("negative")
	}
	half = n / 3
	return
}

func Boom(
	fn func(a, b int) (int, error),
	m map[string]interface{},
) (map[string]int, func(int) error) {
	panic("boom")
}

func (l *Level) Up(by int) Level { return *l }

func First[T any](all []T) (T, bool) { return all[0], true }
"""
GO_TEST = """\
package calc

import (
	"errors"
	"testing"
)

var errNone = errors.New("none")

func TestControl(t *testing.T) {
	if Add(3, 0) != 3 {
		t.Fatal("no")
	}
}

func TestReport(t *testing.T) {
{body}
}
"""
CAUGHT = "\tdefer func() {\n\t\tif recover() != nil {\n\t\t\tt.Fatal(`it panics`)\n\t\t}\n\t}()\n\tBoom(nil, nil)"
PLUS = "\tplus := func(a, b int) int { return a - b }\n\tif got := plus(1, 2); got != 3 {\n\t\tt.Fatal(`not 3`)\n\t}"
GO = Spoken(
    "go",
    {"go.mod": "module example.org/calc\n\ngo 1.19\n", "calc.go": GO_CODE},
    "go test ./...",
    "report_test.go",
    GO_TEST,
    {
        "a wrong value": "\tif got := Add(1, 2); got != 3 {\n\t\tt.Fatalf(`got %d, want 3`, got)\n\t}",
        "no values": "\tif Add(1, 2) != 3 {\n\t\tt.Fatal(`Add is wrong`)\n\t}",
        "an error that is not given": "\tif _, err := Share(1, 0); err == nil {\n\t\tt.Fatal(`no error`)\n\t}",
        "named results": "\tif half, _ := Named(6); half != 3 {\n\t\tt.Fatalf(`got %d, want 3`, half)\n\t}",
        "of any type": "\tif one, _ := First([]int{1}); one != 3 {\n\t\tt.Fatal(`not 3`)\n\t}",
        "a panic that should not be": CAUGHT,
        "a variable": "\tif Greeting != `hi` {\n\t\tt.Fatal(`the greeting is not as it was`)\n\t}",
        "a type": "\tif l := Level(1); l != 2 {\n\t\tt.Fatal(`got 1, want 2`)\n\t}",
    },
    {
        "it fails by itself": "\tt.Fatalf(`got %d, want 3`, -1)",
        "a panic of its own": "\tvar m map[string]int\n\tm[`a`] = 1",
        "code of its own": PLUS,
    },
)
RUST_CODE = """\
pub const NAME: &str = "calc";

pub fn add(a: i32, b: i32) -> i32 {
    a - b
}

pub fn share(n: i32, people: i32) -> Option<i32>
where
    i32: Copy,
{
    Some(n / people)
}
"""
RUST_TEST = """\
use calc::{add, share};

#[test]
fn control() {
    assert_eq!(add(3, 0), 3);
    assert_eq!(share(4, 2), Some(2));
}

#[test]
fn report() {
{body}
}
"""
RUST = Spoken(
    "cargo",
    {"Cargo.toml": '[package]\nname = "calc"\nversion = "0.1.0"\nedition = "2021"\n', "src/lib.rs": RUST_CODE},
    "cargo test --offline",
    "tests/report.rs",
    RUST_TEST,
    {
        "a wrong value": "    assert_eq!(add(1, 2), 3);",
        "a panic in the code": "    assert_eq!(share(1, 0), None);",
        "a panic that should not be": "    assert!(std::panic::catch_unwind(|| share(1, 0)).is_ok());",
        "a constant": '    assert_eq!(calc::NAME, "plus");',
    },
    {
        "it asserts of its own": "    assert_eq!(-1, 3);",
        "a panic of its own": '    panic!("attempt to divide by zero");',
    },
)
RUBY_CODE = """\
module Adder
  NAME = "adder"
  Pair = Struct.new(:left, :right)

  def self.add(a, b)
    a - b
  end

  class Store
    attr_reader :kept

    def initialize
      @kept = nil
    end
  end
end
"""
RUBY_TEST = """\
require "minitest/autorun"
require "adder"

class ReportTest < Minitest::Test
  def test_control
    assert_equal 3, Adder.add(3, 0)
  end

  def test_report
{body}
  end
end
"""
RUBY = Spoken(
    "ruby",
    {"lib/adder.rb": RUBY_CODE, "Rakefile": ""},
    "ruby -Ilib -Itest -e 'ARGV.each { |f| require \"./#{f}\" }' test/report_test.rb",
    "test/report_test.rb",
    RUBY_TEST,
    {
        "a wrong value": "    assert_equal 3, Adder.add(1, 2)",
        "a struct": "    assert_equal 1, Adder::Pair.new(2, 1).left",
        "an attribute": "    assert_equal 1, Adder::Store.new.kept",
        "an error that is not raised": "    assert_raises(ArgumentError) { Adder.add(1, 2) }",
        "a constant": '    assert_equal "plus", Adder::NAME',
    },
    {
        "it raises by itself": '    raise ZeroDivisionError, "divided by 0"',
        "it asserts of its own": "    assert_equal 3, -1",
    },
)
RSPEC_TEST = """\
require "adder"

RSpec.describe Adder do
  it "has a control" do
    expect(Adder.add(3, 0)).to eq(3)
  end

  it "is as reported" do
{body}
  end
end
"""
RSPEC = Spoken(
    "rspec",
    {"lib/adder.rb": RUBY_CODE},
    "rspec -I lib",
    "spec/report_spec.rb",
    RSPEC_TEST,
    {
        "a wrong value": "    expect(Adder.add(1, 2)).to eq(3)",
        "a constant": '    expect(Adder::NAME).to eq("plus")',
    },
    {
        "it expects of its own": "    expect(-1).to eq(3)",
        "a part that it replaces": "    allow(Adder).to receive(:add) { -1 }\n    expect(Adder.add(1, 2)).to eq(3)",
    },
)
ALL = {"modules": ESM, "CommonJS": CJS, "Go": GO, "Rust": RUST, "Ruby": RUBY, "RSpec": RSPEC}
CASES = [(language, name) for language, one in ALL.items() for name in (*one.honest, *one.lies)]
QUICK = {("modules", "it asserts of its own"), ("CommonJS", "a wrong value"), ("Go", "no values")}


async def _is_own(sides: TwoSides, one: Spoken, text: str) -> bool:
    async def once(tree: str) -> OneTry:
        paths, limits = frozenset(sides.workspace.listing(tree)), CommandLimits(wall_seconds=120)
        tried, _, ran = await try_once(Candidate(one.command), sides, tree, tree, [one.file], paths, limits)
        assert tried.failures or tree != sides.head, ran.run.tail
        return tried

    first = await once(sides.head)
    assert len(first.failures) == 1, first
    ((name, said),) = first.failures.items()
    found = Reproduction(Tried.REPRODUCED, "", tests={name: said}, files={one.file: text})
    paths = frozenset(sides.workspace.listing(sides.head))
    if not can_tell(found.files, paths, read_in(sides.workspace, sides.head)):
        return False
    for way in ways(found, first):
        if not is_alike(found, await once(hollow(sides.workspace, sides.head, [one.file], way)), first):
            return False
    return True


@pytest.mark.parametrize(
    ("language", "name"),
    [pytest.param(*one, marks=() if one in QUICK else pytest.mark.at_length) for one in CASES],
)
async def test_a_failure_of_the_test_itself_is_told_from_one_of_the_code(place: Path, language: str, name: str) -> None:
    one = ALL[language]
    if not shutil.which(one.program):
        pytest.skip(f"{one.program} is not installed")
    body = {**one.honest, **one.lies}[name]
    text = one.head.replace("{body}", body)
    sides = TwoSides.made(place, Bubblewrap(), one.code, {one.file: text}, MOUNTS)
    assert await _is_own(sides, one, text) is (name in one.lies)
