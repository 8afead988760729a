"""Numbers and letters of list items, as word processors write them."""

from __future__ import annotations

from dataclasses import dataclass

MAX_MARKER_CHARACTERS = 255  # before the numbers are put in; every item repeats it
_MAX_REPEATED_LETTERS = 30  # Word writes the 27th as "aa"; a number of more letters than this is written in digits
_ROMAN = tuple(
    zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), "M CM D CD C XC L XL X IX V IV I".split(), strict=True)
)


@dataclass(frozen=True, slots=True)
class ItemNumber:
    """Marker and place of a list item."""

    marker: str  # "-" for a bullet; "" where nothing is shown
    level: int  # from 1, as the list counts: the first may be missing
    list_id: str


def format_number(number: int, number_format: str) -> str:
    """Write a number as a list shows it: in digits, letters or Roman figures. Formats not known are digits."""
    match number_format:
        case "lowerLetter" | "upperLetter" if 0 < number <= 26 * _MAX_REPEATED_LETTERS:
            letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
            return letters.upper() if number_format == "upperLetter" else letters
        case "lowerRoman" | "upperRoman" if 0 < number < 4000:
            roman = ""
            for value, letters in _ROMAN:
                roman += letters * (number // value)
                number %= value
            return roman.lower() if number_format == "lowerRoman" else roman
        case "decimalZero":
            return f"{number:02}"
        case "none":
            return ""
        case _:
            return str(number)
