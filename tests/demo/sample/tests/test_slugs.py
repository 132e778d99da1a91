from slugs import slugify


def test_words_are_joined():
    assert slugify("Hello World") == "hello-world"


def test_punctuation_is_left_out():
    assert slugify("What's new, in 2.0?") == "what-s-new-in-2-0"


def test_the_separator_can_be_chosen():
    assert slugify("Hello World", separator="_") == "hello_world"


def test_accented_letters_are_kept_as_plain_ones():
    assert slugify("Crème brûlée") == "creme-brulee"
