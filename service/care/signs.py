"""Signs of an emergency or of distress in a question, and of sentences that say to get help. Text comes in.

The signs are in signs.toml. They are the floor below the classifier of index/care; docs/decisions/0010-care.md has
their recall and false alarm rate on questions that they were not written for.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources

from pincite.index.types import Care


def care_asked_for(question: str) -> Care:
    """Return what the words of a question alone give away: distress, an emergency that may be happening, or none."""
    text = _plain(question)
    if _NOT_NOW.search(text):
        return "none"
    if _DISTRESS.search(text):
        return "distress"
    return "emergency" if _sounds_like_emergency(text) else "none"


def worse(first: Care, second: Care) -> Care:
    """Return the graver of two kinds: distress, whose card names the emergency numbers, too, before an emergency."""
    return max(first, second, key=("none", "emergency", "distress").index)


def advises_urgent_care(sentence: str) -> bool:
    """Return whether a sentence of a document says to get emergency care."""
    return _GET_HELP.search(_plain(sentence)) is not None


def offers_help(sentence: str) -> bool:
    """Return whether a sentence of a document offers help to somebody in distress."""
    return _OFFERS_HELP.search(_plain(sentence)) is not None


def _sounds_like_emergency(text: str) -> bool:
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


def _signs(*names: str, around: str = "{}") -> re.Pattern[str]:
    """Compile the signs of some names into one expression, put into `around` at {}."""
    pattern = "|".join(sign for name in names for sign in _TABLE[name])
    for part in ("not", "people"):
        pattern = pattern.replace(f"{{{part}}}", f"(?:{'|'.join(_TABLE[part])})")
    return re.compile(around.replace("{}", pattern))


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").replace("‘", "'").casefold().split())


_TABLE = tomllib.loads(resources.files(__package__).joinpath("signs.toml").read_text(encoding="utf-8"))
_DISTRESS, _HAPPENING = _signs("distress", "spanish_distress"), _signs("happening", "spanish_emergency")
_TO_SOMEBODY, _SHORT_OF_AIR = _signs("to_somebody"), _signs("short_of_air")
_NOT_NOW = _signs("not_now")
_AT_ONCE, _GET_HELP, _OFFERS_HELP = _signs("at_once"), _signs("get_help"), _signs("offers_help")
_ASKED_ABOUT, _PEOPLE = _signs("asked_about", around=r"^\W*(?:{})\b"), _signs("people", around=r"\b(?:{})(?=\W|$)")
