"""Signs of an emergency: in a question, and in a sentence of a document that says to get help.

The signs are in urgency.toml. docs/decisions/0010-care.md has their recall and false alarm rate on questions that they
were not written for.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources


def asks_urgently(question: str) -> bool:
    """Return whether a question sounds like an emergency that is happening, or may be."""
    text = _plain(question)
    if _HAPPENING.search(text):
        return True
    to_somebody, breathless = _TO_SOMEBODY.search(text), _SHORT_OF_AIR.search(text)
    if not (to_somebody or breathless):
        return False
    at_once = _AT_ONCE.search(text)
    if to_somebody and at_once:
        return True
    if _ASKED_ABOUT.search(text):
        return False
    return bool((breathless and at_once) or _PEOPLE.search(text))


def advises_urgent_care(sentence: str) -> bool:
    """Return whether a sentence of a document says to get emergency care."""
    return _GET_HELP.search(_plain(sentence)) is not None


def _signs(name: str, around: str = "{}") -> re.Pattern[str]:
    """Compile the signs of one name into one expression, put into `around` at {}."""
    pattern = "|".join(_TABLE[name])
    for part in ("not", "people"):
        pattern = pattern.replace(f"{{{part}}}", f"(?:{'|'.join(_TABLE[part])})")
    return re.compile(around.replace("{}", pattern))


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").replace("‘", "'").casefold().split())


_TABLE = tomllib.loads(resources.files(__package__).joinpath("urgency.toml").read_text(encoding="utf-8"))
_HAPPENING, _TO_SOMEBODY, _SHORT_OF_AIR = _signs("happening"), _signs("to_somebody"), _signs("short_of_air")
_AT_ONCE, _GET_HELP = _signs("at_once"), _signs("get_help")
_ASKED_ABOUT, _PEOPLE = _signs("asked_about", r"^\W*(?:{})\b"), _signs("people", r"\b(?:{})(?=\W|$)")
