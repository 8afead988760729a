"""Front matter is one plain value a key: what could make work, stand for something else or hide is refused in words."""

from __future__ import annotations

import pytest

from pincite.index.errors import ReadError
from pincite.ingestion.reading.readers.front_matter import MAX_FRONT_MATTER_CHARACTERS, read_front_matter

BOMB = "a: &a {k0: 1, k1: 1}\n" + "".join(f"{n}: &{n} {{<<: [{', '.join(['*a'] * 10)}]}}\n" for n in "bcdefgh")
BILLION = 'a: &a ["x", "x"]\n' + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True))


def read(content: str) -> dict[str, str]:
    return read_front_matter(content, "notes.md")


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (BOMB, 3, r"merge keys|aliases"),
        (BILLION, 3, "aliases"),
        ("a: &a [*a]", 2, "aliases"),
        ("title: a\n<<: {id: b}", 3, "merge keys"),
        ("x: {'<<': {a: b}}\n!!merge x: {a: b}", 3, "tags"),
        ("title: !!python/object/apply:os.system [id]", 2, "tags"),
        ("title: !!int x", 2, "tags"),
        ("x: !!timestamp y", 2, "tags"),
        ("x: " + "{a: " * 3000 + "1" + "}" * 3000, 2, "nested more than 20 levels"),
        ("x: " + "[" * 20_000, 2, "nested more than 20 levels"),
        ("- " * 20_000, 2, "nested more than 20 levels"),
        ("? " * 20_000, 2, "nested more than 20 levels"),
    ],
)
def test_what_would_make_work_is_refused(content: str, line: int, problem: str) -> None:
    """Aliases, merges, tags and depth are refused, file and line named, before anything is made of them."""
    with pytest.raises(ReadError, match=rf"^notes\.md:{line}: the front matter is not YAML as .*: .*{problem}"):
        read(content)


def test_front_matter_has_a_length() -> None:
    """It is refused unread beyond 64 KB, and read below."""
    with pytest.raises(
        ReadError, match=r"^notes\.md:2: the front matter has 65,537 characters; 65,536 at most\n  remedy"
    ):
        read("x" * (MAX_FRONT_MATTER_CHARACTERS + 1))
    many = "".join(f"k{n}: v\n" for n in range(5_000)) + "title: T"
    assert len(many) < MAX_FRONT_MATTER_CHARACTERS
    assert read(many) == {"title": "T"}


@pytest.mark.parametrize("value", ["9" * 5000, "0x" + "F" * 9000, "1:" + "59:" * 9000 + "59", "2020-13-45",
                                   "1" + ":59" * 900 + ".5", "[a]", "{a: b}"])  # fmt: skip
def test_a_value_that_python_cannot_hold_is_refused(value: str) -> None:
    """Numbers of thousands of digits and impossible dates are faults of the document, reported as such."""
    with pytest.raises(ReadError, match="front matter"):
        read(f"title: {value}")


@pytest.mark.parametrize(
    ("value", "text"),
    [("2024-03-01", "2024-03-01"), ("1.10", "1.1"), ("'1.10'", "1.10"), ("yes", "True"), ("|\n  a\n  b", "a b"),
     ("&x Harbour", "Harbour"), ("!!str 12", "12")],
)  # fmt: skip
def test_plain_values_are_text(value: str, text: str) -> None:
    """Dates, numbers and lines of text are values, each as one line."""
    assert read(f"note: {value}\nother: [1, {{a: 2}}]") == {"note": text}


@pytest.mark.parametrize(
    "address",
    ["https://harbour.example", "http://harbour.example:8080/a/b?c=d&e=%20#f", "https://en.example/wiki/Alzheimer's_(disease)",
     "https://münchen.example/straße", "http://[::1]/x", "https://a.example/~b;c,d=e@f:g!$*+"],
)  # fmt: skip
def test_web_addresses_are_taken(address: str) -> None:
    """An address has http or https, a host and what RFC 3986 lets stand after it, in any script."""
    assert read(f'source_url: "{address}"') == {"source_url": address}


@pytest.mark.parametrize(
    "address",
    ["https://a.example/b c", 'https://a.example/\\"onclick=\\"x', "https://a.example/<x>", "https://a.example/a\\\\b",
     "https://", "https:///x", "javascript:alert(1)", "https://a.example\\nX: y", "https://bank.example@a.example/",
     "https://a.example/\\u202Egpj", "https://a.example/\\u00a0b", "x https://a.example", "ftp://a.example"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    """Spaces, quotation marks, brackets, hidden characters and names of users stand in no address."""
    with pytest.raises(ReadError, match=r"front matter, source_url: .* is not a web address"):
        read(f'source_url: "{address}"')


def test_a_title_is_a_line() -> None:
    """A title stands on every hit, so it has 1,000 characters at most."""
    with pytest.raises(ReadError, match="title: has 1,001 characters; 1,000 at most"):
        read("title: " + "x" * 1001)


def test_a_message_can_be_printed() -> None:
    """An error that quotes front matter does not steer a terminal."""
    with pytest.raises(ReadError) as caught:
        read('id: "\\e[31m \\u202e \\ud800"')
    assert str(caught.value).replace("\n", "").isprintable()
