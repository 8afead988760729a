"""Languages of questions: which one a question is in, and the words that meet it there.

Other scripts are recognised by their letters, languages in Latin letters by more function words
than are English. docs/decisions/0027-other-languages.md has recall and false alarms; the languages are in
languages.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from pincite.index.query.analysis import is_function_word

MIN_WORDS = 2  # words of another language that a question holds at least
MIN_SHARE = 1 / 3  # of its words
MIN_SCRIPT_SHARE = 0.5  # of its letters, in another script

_KANA = "\u3040-\u30ff"
_SCRIPTS = {  # letters, as ranges
    "ko": "\u1100-\u11ff\uac00-\ud7af",
    "zh": _KANA + "\u3400-\u4dbf\u4e00-\u9fff",
    "hi": "\u0900-\u097f",
    "ar": "\u0600-\u06ff",
    "ru": "\u0400-\u04ff",
}
# letters of Ukrainian, Serbian, Persian and Urdu
_OF_OTHERS = re.compile("[іїєґўјљњћђ\u067e\u0686\u0698\u06a9\u06af\u06cc\u0679\u0688\u0691\u06d2]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Language:
    """A language in which to say that the documents are in English."""

    code: str  # BCP 47
    message: str
    direction: Literal["ltr", "rtl"]
    words: frozenset[str]  # that English questions do not have; without accents, all spellings of a word
    particles: frozenset[str]  # that names in English hold, too
    letters: frozenset[str]  # that English does not have


@cache
def languages() -> dict[str, Language]:
    """Return the languages that are known, by code."""
    table = tomllib.loads(resources.files(__package__).joinpath("languages.toml").read_text(encoding="utf-8"))
    return {code: _language(code, row) for code, row in table.items()}


def _language(code: str, row: dict[str, str]) -> Language:
    words, particles = (frozenset(row.get(name, "").split()) for name in ("words", "particles"))
    direction: Literal["ltr", "rtl"] = "rtl" if row.get("dir") == "rtl" else "ltr"
    return Language(code, row["message"], direction, words, particles, frozenset(row.get("letters", "")))


def language_of(question: str) -> str | None:
    """Return the code of the language that a question is in, other than English; None if it is English or unsure.

    >>> language_of("¿Cuánto tiempo se vive con ELA?")
    'es'
    >>> language_of("What are café au lait spots?")
    """
    return _by_script(question) or _by_words(question)


def language_to_meet(code: str | None, document_languages: Iterable[str | None]) -> Language | None:
    """Return the language in which to say that the documents are in English; None where that is not so.

    code: of the question's language. document_languages: BCP 47 tags of the documents at hand, None of unknown ones,
    which count as English.
    """
    tongues = {(tag or "en").partition("-")[0].lower() for tag in document_languages}
    return languages()[code] if code and tongues <= {"en"} else None


def _by_script(question: str) -> str | None:
    """Return the language of the script that half of the letters are of."""
    if _OF_OTHERS.search(question.lower()):
        return None
    letters = len(re.findall(r"[^\W\d_]", question))
    for code, script in _SCRIPTS.items():
        if (count := len(re.findall(f"[{script}]", question))) and count >= MIN_SCRIPT_SHARE * letters:
            is_japanese = code == "zh" and re.search(f"[{_KANA}]", question)
            return "ja" if is_japanese else code
    return None


def _by_words(question: str) -> str | None:
    """Return the language that most words are of, if it has a word that no English name holds."""
    words = [word.lower().replace("’", "'") for word in _WORD.findall(question)]
    spellings = [{word, _without_accents(word)} for word in words]
    signs = set(question.lower())

    def score(language: Language) -> tuple[int, int]:
        """Count words that are of a language, and those of them that only it has."""
        only = sum(not language.words.isdisjoint(forms) for forms in spellings)
        only += not language.letters.isdisjoint(signs)
        return only + sum(not language.particles.isdisjoint(forms) for forms in spellings), only

    best = max(languages().values(), key=score)  # of equals the first
    count, only = score(best)
    english = sum(is_function_word(w) for w, s in zip(words, spellings, strict=True) if best.words.isdisjoint(s))
    return best.code if only and count >= max(MIN_WORDS, MIN_SHARE * len(words), english + 1) else None


def _without_accents(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.replace("đ", "d"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))
