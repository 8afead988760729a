"""Which characters no document may hold, and which invisible ones text needs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pincite.ingestion.reading.decode import decode_utf8, one_line, strip_invisible

INVISIBLE = (
    "\x00 \x1b \x07 \x7f \x80 \x9f \u115f \u1160 \u17b4 \u200b \u202a \u202e \u2060 \u2064 \u2066 \u206a \u3164 \ufeff "
    "\uffa0 \ufff9 \ufffb \ud800 \udfff \U0001bca0 \U0001d173 \U000e0001 \U000e0041 \U000e007f \U000e0fff"
).split(" ")
NEEDED = [
    "👩\u200d⚕\ufe0f",  # a health worker
    "1\ufe0f\u20e3",  # a key
    "❤\ufe0f\u200d🔥",
    "می\u200cخواهم",  # Persian: a joiner parts the prefix
    "ක්\u200dෂ",  # Sinhala: a joiner makes the ligature
    "葛\U000e0100",  # the glyph that a Japanese name asks for
    "ᠰᠠᠶᠢᠨ\u180eᠠ\u180b",
    "\u200fכן (50%)\u200e",
    "\u061c٥٠٪",
]

texts = st.text(st.sampled_from([*INVISIBLE, *"a é ❤ 1 م", "\u200d", "\u200c", "\ufe0f", "\u200e", "\u00ad", "\u180e"]))


@pytest.mark.parametrize("character", INVISIBLE, ids=lambda c: f"U+{ord(c):04X}")
def test_invisible_and_control_characters_go(character: str) -> None:
    """Controls, overrides, fillers, tags, annotations and lone surrogates go, and are counted."""
    assert strip_invisible(f"a{character}b") == ("ab", 1)


@pytest.mark.parametrize("text", NEEDED)
def test_what_a_script_or_an_emoji_needs_stays(text: str) -> None:
    """Joiners, selectors and directional marks stay where they do something that is seen."""
    assert strip_invisible(text) == (text, 0)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("😀" + "\ufe00\ufe01" * 9, "😀\ufe00"),  # a selector for each bit of a hidden text
        ("plain\ufe00 \U000e0101word", "plain word"),
        ("م" + "\u200c\u200d" * 9, "م\u200c"),
        ("in \u200dEnglish\u200c", "in English"),
        ("a\u200e\u200f\u200e\u061cb", "a\u200eb"),
        ("Donau\u00addampf", "Donaudampf"),
    ],
)
def test_a_run_of_them_spells_nothing(text: str, seen: str) -> None:
    """One follows a character that it can change; more, or one elsewhere, would be text that nobody sees."""
    assert strip_invisible(text) == (seen, len(text) - len(seen))


@settings(max_examples=500)
@given(texts)
def test_nothing_is_left_to_take_out(text: str) -> None:
    """A text that was gone through holds nothing more to go, and can be written as UTF-8."""
    seen, count = strip_invisible(text)
    assert strip_invisible(seen) == (seen, 0)
    assert len(seen) + count == len(text)
    seen.encode()


def test_bytes_keep_what_markup_may_stand_before() -> None:
    """Decoding drops only what is never needed: a joiner after emphasis is still there for the reader."""
    assert decode_utf8("*می*\u200cخواهم\u200b\r\n".encode(), "x") == ("*می*\u200cخواهم\n", 1)


def test_a_line_is_one_line() -> None:
    """Line ends of every kind become spaces, also those that an invisible character parted."""
    assert one_line(" a\r\n\u200b\u2028b\x85 \x1b c\n") == "a b c"


def test_text_is_composed() -> None:
    """Letters and their accents are one character (NFC), as quotes are compared; what only looks alike stays."""
    assert strip_invisible("Cre\u0300me bru\u0302le\u0301e, \ufb01sh, 5 CO\u2082") == (
        "Crème brûlée, \ufb01sh, 5 CO\u2082",
        0,
    )
