"""Names and codes in a question: words that are matched by themselves or not at all. Text comes in, patterns go out.

Word pieces make look-alikes of "prednisolone" and "prednisone", "SOD1" and "SOD2": their vectors say little about which
was asked for. So a token with a digit, a name in capitals and a word that general English does not know count as
matched only by their own letters, whatever their case, hyphens, plural and Unicode form. In scripts without spaces
between words, every two neighbouring characters are such a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from pincite.index.query.analysis import UNSPACED, is_function_word, terms
from pincite.index.query.compatibility import compatible
from pincite.index.types import Range

LETTERS_AN_EDIT = 4  # a word that differs from a name in one letter of so many, or fewer, looks like it
MIN_NAME_LETTERS = 3  # letters of a word that is a name because English does not know it

_DASH = r"\-\u2010-\u2015\u2212"
_TOKEN = re.compile(rf"\d{{1,3}}(?:,\d{{3}})+(?!\w)|\w+(?:[{_DASH}.'’]\w+)*")
_LINKS = re.compile(rf"[{_DASH}]")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)", re.IGNORECASE)
# the age of somebody, which is no name of what is asked for: "I am 36", "my mother is 74 and", "a 9-year-old"
_AGE_BEFORE = re.compile(
    r"(?:\b(?:am|is|was|are|turned|aged?|of)|['’][ms])\s+(?:only|just|now|about)?\s*$", re.IGNORECASE
)
_AGE_AFTER = re.compile(rf"(?:[\s{_DASH}]*(?:years?|months?|weeks?)[\s{_DASH}]*old\b|\s*(?:yo|y/o)\b)", re.IGNORECASE)
_AGE_END = re.compile(r"\s*(?:$|[,.;:!?)]|(?:and|but|with|so|who|now)\b)", re.IGNORECASE)
_NUMBER_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()


@dataclass(frozen=True, slots=True)
class Name:
    """A word of a text that only itself matches."""

    span: Range  # in the text
    text: str
    required: tuple[tuple[str, ...], ...]  # stemmed words: a passage holds all of one of these, or not the name
    pattern: re.Pattern[str] | None  # finds it in a folded text; None if the only term says all

    def is_in(self, text: str) -> bool:
        """Return whether a text holds the name."""
        if self.pattern is None:
            return not {word for (word,) in self.required}.isdisjoint(terms(text))
        return self.pattern.search(fold(text)) is not None

    def has_look_alike_in(self, text: str) -> bool:
        """Return whether a text holds a code of the name's shape, or a word that differs in a few letters."""
        own = code_shapes(self.text)
        if own:
            return not own.isdisjoint(code_shapes(text))
        name = fold(self.text)
        if UNSPACED.search(name):
            return True
        most = len(name) // LETTERS_AN_EDIT
        words = {word for word in _TOKEN.findall(fold(text)) if word[0] == name[0] and word != name}
        return bool(most and words and extractOne(name, words, scorer=OSA.distance, score_cutoff=most))


def fold(text: str) -> str:
    """Fold a text to the form in which names are compared: compatibility characters (NFKC), without case."""
    return compatible(text).casefold()


def find_names(text: str, is_english: Callable[[str], bool]) -> tuple[Name, ...]:
    """Find the names and codes of a text, in order. is_english: whether English knows a word, as it is written.

    >>> [name.text for name in find_names("Does the XJ-90 filter help with COVID-19?", str.islower)]
    ['XJ-90', 'COVID-19']
    """
    shouted = text.upper() == text
    return tuple(_name((start, end), text[start:end]) for start, end in _name_spans(text, shouted, is_english))


def code_shapes(text: str) -> set[str]:
    """Return the shapes of a text's codes: tokens with a digit, 0 for each run of digits and a for one of letters.

    >>> sorted(code_shapes("The XJ-900 and bus 7"))
    ['0', 'a-0']
    """
    tokens = (match.group() for match in _TOKEN.finditer(fold(text)))
    return {re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", t)) for t in tokens if any(map(str.isdigit, t))}


def _name_spans(text: str, shouted: bool, is_english: Callable[[str], bool]) -> Iterator[Range]:
    for match in _TOKEN.finditer(text):
        start, token = match.start(), re.sub(r"['’]s$", "", match.group())
        if any(map(str.isdigit, token)):
            yield from _code_spans(text, start, token, is_english)
            continue
        for word in re.finditer(rf"[^{_DASH}.]+", token):
            for run in UNSPACED.finditer(word.group()):
                begin = start + word.start() + run.start()
                length = len(run.group())
                yield from ((begin + i, begin + min(i + 2, length)) for i in range(max(1, length - 1)))
            if not UNSPACED.search(word.group()) and _is_name(word.group(), shouted, is_english):
                yield start + word.start(), start + word.end()


def _code_spans(text: str, start: int, token: str, is_english: Callable[[str], bool]) -> Iterator[Range]:
    """Yield the span of a token with a digit; of a compound with English words ("10-year") its part with digits."""
    end = start + len(token)
    if _ORDINAL.fullmatch(token) or _is_age(text, start, end):
        return
    parts = [(m.start(), m.group()) for m in re.finditer(rf"[^{_DASH}]+", token)]
    english = [part for _, part in parts if part.islower() and part.isalpha() and is_english(part)]
    if not english:
        yield start, end
        return
    for at, part in parts:
        if any(map(str.isdigit, part)) and not _is_age(text, start + at, start + at + len(part)):
            yield start + at, start + at + len(part)


def _is_age(text: str, start: int, end: int) -> bool:
    number = text[start:end]
    if _AGE_AFTER.match(text, end):
        return True
    return bool(
        re.fullmatch(r"\d{1,2}|1[01]\d", number) and _AGE_BEFORE.search(text[:start]) and _AGE_END.match(text, end)
    )


def _is_name(word: str, shouted: bool, is_english: Callable[[str], bool]) -> bool:
    if not word[:1].isalpha() or is_function_word(word):
        return False
    if len(word) > 1 and word[1:] != word[1:].lower() and not shouted:  # capitals within: MRI, LibreOffice
        return not (word.isupper() and is_english(word))
    return len(word) >= MIN_NAME_LETTERS and not is_english(word.lower() if shouted else word)


def _name(span: Range, text: str) -> Name:
    words = tuple(terms(text))
    if len(words) == 1 and not any(map(str.isdigit, text)):
        plural = (f"{words[0]}s",)  # which stemming leaves to "MRIs"
        return Name(span, text, (words, plural), None)
    if number_word := _number_word(text):
        return Name(span, text, (words, (number_word,)), _pattern(text))
    joined = tuple(terms(_LINKS.sub("", text)))
    return Name(span, text, (words,) if words == joined else (words, joined), _pattern(text))


def _number_word(text: str) -> str | None:
    """Return the word that may stand for a small number."""
    return _NUMBER_WORDS[int(text)] if text.isdigit() and int(text) < len(_NUMBER_WORDS) else None


def _pattern(name: str) -> re.Pattern[str]:
    folded = fold(name)
    if UNSPACED.search(folded):
        return re.compile(re.escape(folded))
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", folded):
        letters = r"[,.\s]?".join(folded.split(","))
    else:
        letters = rf"[{_DASH}\s]?".join(map(re.escape, _LINKS.split(folded)))
    if number_word := _number_word(folded):
        letters = f"(?:{letters}|{number_word})"
    # what may follow: a plural or a possessive; a number goes on in neither "5.2" nor "5,000"
    plural = "" if folded.endswith("s") else "(?:['’]?s)?"
    more = r"(?![.,]?\d)" if folded[-1:].isdigit() else ""
    before = r"(?<![\d][.,])" if folded[:1].isdigit() else ""
    return re.compile(rf"(?<!\w){before}{letters}{plural}{more}(?!\w)")
