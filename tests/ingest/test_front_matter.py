"""Front matter: values as written, what could make work or hide refused in words, and what is text left in the text."""

from __future__ import annotations

import pytest

from pincite.index.errors import ReadError
from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.front_matter import MAX_FRONT_MATTER_CHARACTERS, FrontMatter, split_front_matter
from pincite.ingestion.reading.readers.markdown import read_markdown

BOMB = "a: &a {k0: 1, k1: 1}\n" + "".join(f"{n}: &{n} {{<<: [{', '.join(['*a'] * 10)}]}}\n" for n in "bcdefgh")
BILLION = 'a: &a ["x", "x"]\n' + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True))


def split(text: str) -> FrontMatter:
    return split_front_matter(text, "notes.md")


def read(content: str) -> dict[str, str]:
    return split(f"---\n{content}\n---\ntext\n").values


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ("title: *a", 2, "aliases"),
        ("x: &a b\ntitle: *a", 3, "aliases"),
        ("id: a\ntitle: &a [*a]", 3, "aliases"),
        ("title: {<<: {a: b}}", 2, "merge keys"),
        ("title: !!python/object/apply:os.system [id]", 2, "tags"),
        ("title: !!int x", 2, "tags"),
        ("title: " + "{a: " * 3000 + "1" + "}" * 3000, 2, "nested more than 20 levels"),
        ("title: " + "[" * 20_000, 2, "nested more than 20 levels"),
        ("title:\n  " + "- " * 20_000, 3, "nested more than 20 levels"),
        ("title:\n  " + "? " * 20_000, 3, "nested more than 20 levels"),
        ("x: y\n\nnote: tide: high", 4, "mapping values are not allowed here"),
        ("note: A harbour\nThe bell rings.", 3, "could not find expected"),
    ],
)
def test_a_value_that_cannot_be_understood_is_refused(content: str, line: int, problem: str) -> None:
    """Aliases, merges, tags, depth and bad YAML are refused in values that pincite uses; file and line are named."""
    with pytest.raises(
        ReadError, match=rf"^notes\.md:{line}: the front matter is not YAML as .*: .*{problem}.*\n  remedy"
    ):
        read(content)


@pytest.mark.parametrize(
    "other",
    ["lastmod: 2021-02-31", "weight: 0x" + "F" * 9000, "when: 1:" + "59:" * 900 + "59", "summary: tide: high",
     "x: !!int y",
     BOMB, BILLION, "a: &a [*a]", "x: " + "[" * 20_000, "x: 'never closed", "x: @y", "<<: {id: b}", "x: [1, {a: 2}]",
     "aliases:\n- a\n- b", "# a remark", "x: |\n  title: of the block"],
)  # fmt: skip
def test_a_key_that_pincite_does_not_use_stops_nothing(other: str) -> None:
    """Whatever an unused key holds, the known keys before and after it are read."""
    assert read(f"id: quay\n{other}\ntitle: The quay") == {"id": "quay", "title": "The quay"}


def test_front_matter_has_a_length() -> None:
    """It is refused unread beyond 64 KB, and read below."""
    with pytest.raises(
        ReadError, match=r"^notes\.md:2: the front matter has 65,545 characters; 65,536 at most\n  remedy"
    ):
        read("title: " + "x" * (MAX_FRONT_MATTER_CHARACTERS + 1))
    many = "".join(f"k{n}: v\n" for n in range(5_000)) + "title: T"
    assert len(many) < MAX_FRONT_MATTER_CHARACTERS
    assert read(many) == {"title": "T"}


@pytest.mark.parametrize("value", ["[a]", "{a: b}", "\n  a: b"])
def test_a_value_that_is_no_line_is_refused(value: str) -> None:
    """Lists and mappings are faults of the document, reported as such."""
    with pytest.raises(ReadError, match=r"^notes\.md:2, front matter, title: is not one plain value"):
        read(f"title: {value}")


@pytest.mark.parametrize(
    ("value", "text"),
    [("2024-03-01", "2024-03-01"), ("2024-02-31", "2024-02-31"), ("3.20", "3.20"), ("'3.20'", "3.20"), ("Off", "Off"),
     ("yes", "yes"), ("0042", "0042"), ("7:45", "7:45"), ("1_000", "1_000"), ("0x1F", "0x1F"), ("+5e3", "+5e3"),
     (".inf", ".inf"), ("2001-12-14 21:59:43.10 -5", "2001-12-14 21:59:43.10 -5"), ("|\n  a\n  b", "a b"),
     ("&x Harbour", "Harbour"), ("!!str 12", "12"), ("3.20 # the old one", "3.20"), ("'007'", "007"), ("True",
     "True"), ("'~'", "~")],
)  # fmt: skip
def test_values_are_kept_as_written(value: str, text: str) -> None:
    """Numbers, dates, times and words of truth stay as they stand in the file, each as one line."""
    assert read(f"note: {value}\nother: [1, {{a: 2}}]") == {"note": text}


@pytest.mark.parametrize("value", ["", "~", "null", "# none"])
def test_an_empty_value_is_none(value: str) -> None:
    """A key without a value is left out."""
    assert read(f"id: quay\nnote: {value}") == {"id": "quay"}


@pytest.mark.parametrize(
    "text",
    ["---\ntitle: Quay\n---\nBells ring.\n", "\n \n---\ntitle: Quay\n---\nBells ring.\n",
     "---  \ntitle: Quay\n---\t\nBells ring.\n",
     "----\n\ntitle: Quay\n\n-----\nBells ring.\n", "---\n# head\n  \ntitle: Quay\n...\nBells ring.\n",
     "---\n  title: Quay\n  x: y\n---\nBells ring.\n", '---\n"title": Quay\n---\nBells ring.\n',
     "+++\ntitle = 'Quay'\n+++\nBells ring.\n", " \n+++ \ntitle = \"Quay\"\n[params]\ntitle = 'x'\n+++\nBells ring.\n"],
)  # fmt: skip
def test_a_head_is_taken_off_and_the_lines_keep_their_numbers(text: str) -> None:
    """Empty lines before a head and spaces behind its fences change nothing; the text stands where it stood."""
    found = split(text)
    assert (found.values, found.notes) == ({"title": "Quay"}, ())
    assert found.body.split("\n").index("Bells ring.") == text.split("\n").index("Bells ring.")
    assert found.body.strip() == "Bells ring."


@pytest.mark.parametrize(
    "text",
    ["---\nCaution: keep it away from fire\n\n---\n\nStore it.\n", "---\nThe quay is wet.\n---\nWalk slowly.\n",
     "---\n\nOne.\n\n---\n\nTwo.\n",
     "---\nOpening hours: 9 to 5\nPhone: 555 0134\n---\n", "---\ntitle: Quay\n\nBells ring.\n",
     "---\n- title: A\n---\nx\n",
     "---\nfire: keep it away\n---\nx\n", "***\ntitle: Quay\n---\nx\n", "+++\nPlus signs.\n+++\nx\n",
     "text\n---\ntitle: Quay\n---\n",
     "---\nhttps://quay.example\n---\nx\n", "---\n# Quay\n---\nx\n", "-- -\ntitle: Quay\n---\nx\n",
     "\n  ---\ntitle: Quay\n---\nx\n", "", "---",
     "---\n", "+++\n"],
)  # fmt: skip
def test_a_block_without_a_key_of_front_matter_is_text(text: str) -> None:
    """A thematic break and prose, or words with a colon, are not taken off."""
    assert split(text) == FrontMatter({}, text)


@pytest.mark.parametrize(
    ("text", "words"),
    [("---\nlayout: post\ntopics: [a, b]\n---\nx\n", "layout: post topics: [a, b]"), ("+++\ndraft = true\n+++\nx\n",
     "draft = true")],
)  # fmt: skip
def test_a_head_without_a_known_key_is_told_in_full(text: str, words: str) -> None:
    """Keys of site generators are no text; a note gives the words."""
    found = split(text)
    assert found.body == "\n" * 3 + "\nx\n" if text.startswith("---") else "\n" * 2 + "\nx\n"
    assert found.notes == (f"left out: front matter without a key that pincite uses: “{words}”",)


@pytest.mark.parametrize(
    ("value", "text"),
    [("'3.20'", "3.20"), ("3.20", "3.20"), ("42 # the answer", "42"), ("2024-03-01", "2024-03-01"),
     ("7:45:00", None), ("false", "false"),
     ('"a # b"', "a # b"), ('"""\na\nid = b"""', "a id = b"), ("1_000", "1_000"), ("0x1F", "0x1F"),
     ('"caf\\u00e9"', "café")],
)  # fmt: skip
def test_toml_values_are_kept_as_written(value: str, text: str | None) -> None:
    """Strings are read as TOML says; numbers, dates and truth values stay as they stand in the file."""
    head = f"+++\ndate = 2024-02-31\nnote = {value}\nlist = [1,\n2]\n+++\n"
    if text is None:
        with pytest.raises(ReadError, match=r"^notes\.md:3: the front matter is not TOML: .*\n  remedy: write `key = "):
            split(head)
    else:
        assert split(head).values == {"note": text}


@pytest.mark.parametrize("value", ["[1]", "{a = 1}", "[" * 30_000, "'never closed", "x"])
def test_toml_that_cannot_be_understood_is_refused(value: str) -> None:
    """File, line and remedy are named, whatever the depth."""
    with pytest.raises(ReadError, match=r"^notes\.md:3.*\n  remedy: "):
        split(f"+++\nid = 'quay'\ntitle = {value}\n+++\n")


@pytest.mark.parametrize(
    "address",
    ["https://harbour.example", "http://harbour.example:8080/a/b?c=d&e=%20#f",
     "https://en.example/wiki/Alzheimer's_(disease)",
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


def markdown(text: str) -> Draft:
    return read_markdown(text.encode("utf-8"), "notes.md")


@pytest.mark.parametrize("before", ["", "\n", "\ufeff", "\ufeff\n", "\r\n"])
def test_markdown_below_a_head_has_no_trace_of_it(before: str) -> None:
    """Neither a byte order mark nor an empty line makes a heading of a head."""
    draft = markdown(f"{before}---\ntitle: 2.30\nid: 0042\n--- \n\nBells ring.\n")
    assert (draft.title, draft.id, [p.text for p in draft.parts]) == ("2.30", "0042", ["Bells ring."])


def test_markdown_keeps_the_words_of_a_block_that_is_text() -> None:
    """Words between two thematic breaks are a paragraph; left-out heads are among the notes."""
    draft = markdown("---\nCaution: keep away from fire\n\n---\n\nStore it dry.\n")
    assert [p.text for p in draft.parts] == ["Caution: keep away from fire", "Store it dry."]
    assert markdown("+++\nweight = 3\n+++\nx\n").notes == (
        "left out: front matter without a key that pincite uses: “weight = 3”",
    )


@pytest.mark.parametrize(
    ("head", "tags"),
    [("---\ntags: [Tides, night work]\n---\n", ("Tides", "night work")),
     ("---\ntags:\n- Tides\n-  night   work\n- tides\n---\n", ("Tides", "night work")),
     ("---\ntags: Tides, night work,\n---\n", ("Tides", "night work")),
     ("---\ntags: [2024, yes, ~]\n---\n", ("2024", "yes")),
     ("---\ntags: [\"a, b\", '']\n---\n", ("a", "b")), ("---\ntags:\n---\n", ()), ("---\ntags: []\n---\n", ()),
     ("---\ntags: a\ntags: b\n---\n", ("b",)), ("+++\ntags = ['Tides', 'night work']\n+++\n", ("Tides", "night work")),
     ("+++\ntags = 'Tides, night work'\n+++\n", ("Tides", "night work")), ("---\nid: quay\n---\n", ())],
)  # fmt: skip
def test_tags_are_a_list_or_a_line_with_commas(head: str, tags: tuple[str, ...]) -> None:
    """Tags are kept as written; of two that differ in case alone the first is."""
    assert markdown(f"{head}Bells ring.\n").tags == tags


@pytest.mark.parametrize(
    ("value", "said"),
    [("{a: b}", "is no list of words"), ("[a, [b]]", "is no list of words"), ("[a, {b: c}]", "is no list of words"),
     (", ".join(map(str, range(51))), "has 51 tags; 50 at most"), ("x" * 81, "has 81 characters; 80 at most")],
)  # fmt: skip
def test_tags_that_are_no_words_are_refused(value: str, said: str) -> None:
    """Nested values, more than 50 tags and a tag of over 80 characters are faults, with line and remedy."""
    with pytest.raises(ReadError, match=rf"^notes\.md:2, front matter, tags: .*{said}\n  remedy: "):
        split(f"---\ntags: {value}\n---\nx\n")


def test_tags_in_toml_are_texts() -> None:
    """A list of numbers is refused, as is one that is nested."""
    for value in ("[1, 2]", "[['a']]"):
        with pytest.raises(ReadError, match="tags: is no list of words"):
            split(f"+++\ntags = {value}\n+++\nx\n")
