"""What an error is known by: the same one told twice, and two that only look alike."""

from __future__ import annotations

import pytest

from workflows.triage.reproduction.signatures import ends_of, signature_of

PATHS = ends_of(("src/pkg/slugs.py", "web/app.js", "README.md", "pkg/slugs.py"))
PYTHON = """Traceback (most recent call last):
  File "/usr/lib/python3.11/runpy.py", line 196, in _run
  File "/home/me/venv/site-packages/pkg/slugs.py", line 12, in slugify
    raise KeyError(name)
KeyError: 'Ä' at 0x7f3a
"""


def test_frames_count_only_where_they_are_in_the_repository() -> None:
    found = signature_of(PYTHON, PATHS)
    assert found.frames == {("pkg/slugs.py", "slugify")}
    assert found.names == {"KeyError"}
    assert signature_of(PYTHON).frames == frozenset()


@pytest.mark.parametrize(
    "other",
    [
        "It ends with `KeyError: 'ß' at 0x1` sometimes.\n\nKeyError: 'ß' at 0x1234",
        "builtins.KeyError: 'x' at 0x99",
        'E   KeyError: "é" at 0xff',
    ],
)
def test_numbers_names_and_addresses_do_not_make_an_error_another_one(other: str) -> None:
    assert signature_of(PYTHON, PATHS).shares(signature_of(other, PATHS)) == "the same error: KeyError: * at *"


@pytest.mark.parametrize(
    "other",
    ["KeyError: nothing like it", "ValueError: 'Ä' at 0x7f3a", "The key error stays.", "", "Error", ": : :" * 2_000],
)
def test_what_only_sounds_like_it_shares_nothing(other: str) -> None:
    assert signature_of(PYTHON, PATHS).shares(signature_of(other, PATHS)) == ""


def test_the_same_place_is_shared_where_the_errors_differ() -> None:
    said = "TypeError: a is not a function\n    at draw (https://x.test/assets/web/app.js:10:2)\n"
    again = "RangeError: too deep\n    at draw (web/app.js:99:1)"
    assert signature_of(said, PATHS).shares(signature_of(again, PATHS)) == "the same place: web/app.js, draw"


@pytest.mark.parametrize(
    ("one", "other", "error"),
    [
        (
            "TypeError: Cannot read properties of undefined (reading 'id')\n    at load (/srv/app/src/pkg/mod.ts:10:5)",
            "Uncaught TypeError: Cannot read properties of undefined (reading 'name')\n"
            " at load (webpack:///src/pkg/mod.ts?:44:1)",
            "TypeError: Cannot read properties of undefined (reading *)",
        ),
        (
            "panic: runtime error: index out of range [5] with length 3\n"
            "\ngoroutine 1 [running]:\nmain.f()\n\t/home/x/pkg/mod.go:12 +0x1d",
            "panic: runtime error: index out of range [9] with length 2\n\t/build/pkg/mod.go:14 +0x2",
            "panic: runtime error: index out of range [*] with length *",
        ),
        (
            "thread 'main' panicked at src/pkg/mod.rs:10:5:\ncalled `Option::unwrap()` on a `None` value",
            "thread 'tokio-runtime-worker' panicked at 'called `Option::unwrap()` on a `None` value', "
            "src/pkg/mod.rs:99:3",
            "panicked: called * on a * value",
        ),
        (
            'java.lang.NullPointerException: Cannot invoke "String.length()" because "s" is null\n'
            "\tat com.x.Mod.f(Mod.java:10)",
            'Exception in thread "main" java.lang.NullPointerException: Cannot invoke "String.length()" '
            'because "t" is null\n\tat com.x.Mod.f(Mod.java:33)',
            "NullPointerException: Cannot invoke * because * is null",
        ),
        (
            "NoMethodError: undefined method `foo' for nil",
            "lib/pkg/mod.rb:8:in 'bar': undefined method 'baz' for nil (NoMethodError)",
            "NoMethodError: undefined method * for nil",
        ),
        (
            "PHP Fatal error:  Uncaught TypeError: strlen(): Argument #1 must be of type string, null given "
            "in /var/www/pkg/mod.php:12",
            "Fatal error: Uncaught TypeError: strlen(): Argument #1 must be of type string, null given in "
            "/home/u/pkg/mod.php:44",
            "TypeError: strlen(): Argument #* must be of type string, null given in *:*",
        ),
        (
            "System.NullReferenceException: Object reference not set to an instance of an object.\n"
            "   at X.Mod.F() in C:\\src\\pkg\\Mod.cs:line 12",
            "Unhandled exception. System.NullReferenceException: Object reference not set to an instance of "
            "an object.\n   at X.Mod.F() in /src/pkg/Mod.cs:line 40",
            "NullReferenceException: Object reference not set to an instance of an object",
        ),
        (
            "** (KeyError) key :a not found in: %{b: 1}\n    (app 0.1.0) lib/pkg/mod.ex:10: Mod.f/1",
            "** (KeyError) key :c not found in: %{}\n    lib/pkg/mod.ex:22: Mod.f/1",
            "KeyError: key * not found in: *",
        ),
        (
            "Fatal error: Index out of range: file Sources/pkg/mod.swift, line 12",
            "Swift/ContiguousArrayBuffer.swift:600: Fatal error: Index out of range",
            "Fatal error: Index out of range",
        ),
        (
            "terminate called after throwing an instance of 'std::out_of_range'\n"
            "  what():  vector::_M_range_check: __n (which is 5) >= this->size() (which is 3)",
            "terminate called after throwing an instance of 'std::out_of_range'\n"
            "  what():  vector::_M_range_check: __n (which is 9) >= this->size() (which is 1)",
            "out_of_range: vector::_M_range_check: __n (which is *) >= this->size() (which is *)",
        ),
    ],
)
def test_the_same_error_is_known_in_the_form_of_each_language(one: str, other: str, error: str) -> None:
    assert signature_of(one).shares(signature_of(other)) == f"the same error: {error}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("thread 'main' panicked at src/a.rs:1:2:\nno entry", "thread 'main' panicked at src/a.rs:1:2:\nnot a number"),
        ("** (KeyError) key :a not found", "** (ArgumentError) key :a not found"),
        ("Fatal error: Index out of range", "Fatal error: Unexpectedly found nil"),
        ("undefined method 'a' for nil (NoMethodError)", "stack level too deep (SystemStackError)"),
    ],
)
def test_two_errors_of_one_language_are_not_the_same(one: str, other: str) -> None:
    assert signature_of(one).shares(signature_of(other)) == ""
