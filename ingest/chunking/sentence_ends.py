"""Sentence ends that the segmenter misses or invents: after abbreviations, labels, letters, hours, marks and quotes.

Text and offsets come in, offsets go out. An end is judged by a few characters around it: the work grows with the text.
"""

from __future__ import annotations

import re

from pincite.ingestion.chunking.abbreviations import belongs_to_next, last_abbreviation, may_be_last

CONTEXT_CHARACTERS = 60  # what is looked at on each side of an end
MIN_STOPS_TO_SKIP = 100  # in one text; fewer are looked at however close they stand
MIN_MEAN_CHARACTERS_BETWEEN_STOPS = 10  # where they stand closer there are no sentences to miss
MAX_LIST_ITEM_CHARACTERS = 600  # between two numbers of a list
MAX_BRACKET_CHARACTERS = 2000  # a sentence in brackets is looked through so far
# A longer sentence ends at a stop before lower case: that stop ends no abbreviation.
LONG_SENTENCE_CHARACTERS = 300

# Words before a letter that names one of several: "vitamin C. Keep it" ends at C, "Mayor J. Miller" does not at J.
_NAMED_BY_LETTER = frozenset(
    """
    annex appendix area armoury battery bay block blood box brand building case category chamber channel class
    clause column company compartment compound condition corridor dock door element entrance exhibit exit factor
    floor form gate grade group hall hepatitis influenza key lane layer letter level line lot lump model module
    note option page panel part phase plan platform point port position product programme protein ramp rank room
    route row sample schedule section sector series site size socket stage stand step strain switch table
    terminal test tier tower track tray type unit valve variant version vitamin volume ward wing zone
""".split()
)
_BETWEEN_LETTERS = frozenset("to and or through – - &".split())
_UNIT_LETTERS = frozenset("ACFGKLMNTVW")  # after a figure
_SMALL_NUMBER = re.compile(r"[(~<>≤≥±+−-]?\d{1,3}(?:[.,]\d{1,3})?")

_UPPER = r"[A-ZÀ-ÖØ-Þ]"
_OPENING = "[\"'“‘«(\\[]*"
_CLOSING = "\"'”’»)]"
_STOPS = (".", "!", "?", "…", *_CLOSING)
_MARK = "⁰¹²³⁴⁵⁶⁷⁸⁹†‡*"  # of a footnote
_NUMBERS = r"\d{1,3}(?:[,–-]\s?\d{1,3}){0,8}"
_BRACKETS = rf"(?:\[{_NUMBERS}\]|\({_NUMBERS}\))"
_LETTER_LABEL = rf"[(]?(?:[a-z]|[ivx]{{2,4}})[.)]\s{_UPPER}"
_LETTER_LABEL_AHEAD = re.compile(_LETTER_LABEL)
# A stop, what may stand between it and the space, and a beginning.
_STOP_AND_SPACE = re.compile(
    rf"[.!?…]([\"'”’»)\]{_MARK}]{{0,6}}|\d{{1,3}}(?:[,–-]\d{{1,3}}){{0,3}})\s+(?={_OPENING}{_UPPER}|{_LETTER_LABEL})"
)
_MARKS_AND_SPACE = re.compile(
    rf"(?:(?:[{_MARK}]{{1,6}}(?:[,–-][{_MARK}]{{1,6}}){{0,3}}|{_BRACKETS}{{1,6}})(?=\s|$))?\s*"
)
_CITATION_AFTER_SPACE = re.compile(rf"[(\[]({_NUMBERS})[)\]](?:\s+(?={_OPENING}{_UPPER})|$)")
_NUMBER_IN_BRACKETS = re.compile(rf"{_BRACKETS}\s")
_SPACE = re.compile(r"\s*")

_LABELS = r"\d{1,3}(?:\.\d{1,3}){0,4}|[A-Za-z]|(?=[ivxIVX])(?:x{0,3}(?:ix|iv|v?i{0,3})|X{0,3}(?:IX|IV|V?I{0,3}))"
_LABEL_WORDS = (
    r"Step|Stage|Article|Art\.|Section|Sec\.|Rule|Clause|Chapter|Part|Question|Table|Figure|Fig\.|Box|Note|Tip|Exercise"
    r"|Example|§"
)
_LABEL = re.compile(rf"[(\[]?(?:(?:{_LABEL_WORDS})\s?(?:{_LABELS})|{_LABELS})[.)\]]{{1,2}}")

_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_SHORT_DATE = r"(?:Mon|Tues?|Wed|Thu|Thurs?|Fri|Sat|Sun|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?(?!\w)"
_ZONE = (
    r"(?:UTC|GMT|[ECMP]T|[ECMP][SD]T|AK[SD]T|HST|NST|AST|BST|IST|CES?T|EES?T|WES?T|MSK|SAST|WAT|CAT|EAT|JST|KST|SGT|HKT|PKT"
    r"|A[CEW][SD]T|NZ[SD]T|Zulu|Eastern|Central|Mountain|Pacific|Atlantic|Alaska|Hawaii|Greenwich)(?!\w)"
)
_BEGINNING = r"(?:Every|Each|On|The|This|That|From|Until|Our|All|Most|Some|No|By|In|After|Before)\b"
_HOUR_GOES_ON = re.compile(
    rf"[(–—-]|{_ZONE}|{_MONTH}\s\d|\d{{1,2}}\s{_MONTH}"
    rf"|(?!{_BEGINNING})(?:[A-Z][\w'’]{{0,20}}\s){{0,2}}(?:{_DAY}\b|{_SHORT_DATE}|(?:Day|Eve|[Tt]ime)\b)"
)
_PREDICATE = re.compile(rf"(?:{_DAY}|{_MONTH})\s(?:is|are|was|were|has|have|will|brings?|remains?)\b")
_HALF_DAY = re.compile(r"\b[ap]\.\s?m\.$", re.IGNORECASE)
_HOUR_BEFORE_NOUN = re.compile(r"\b(?:the|a|an|our|this|every|each|daily)\s[\d:.]{1,5}\s?[ap]\.\s?m\.$", re.IGNORECASE)

_ET_AL = re.compile(r"\bet\.? al\.$")
_CITATION = re.compile(r"[(\[⁰¹²³⁴-⁹]|\d")
_END_OF_SPEECH = re.compile("[!?]\\s?[\"'”’»]$")
_SPEAKER = re.compile(
    rf"(?:{_UPPER}[\w.’'-]{{0,20}}\s){{1,3}}(?:said|says|asked|asks|replied|answered|cried|called|shouted|yelled|whispered"
    r"|muttered|murmured|added|exclaimed|demanded|wondered|laughed|sighed|insisted|screamed)\b"
)
_STOP_IN_BRACKET = re.compile("[.!?][\"'”’»]?[)\\]]$")
_WORD_AND_STOP = re.compile(r"(?:[^\W\d_]{2}|[)\]])[.!?]$")
_WORD_AND_GLUED_STOP = re.compile(r"(?:[a-zà-ÿ]{2}|[%)\]])\.$")
_FIRST_WORD = re.compile(rf"{_UPPER}[a-zà-ÿ]+[\s,]|A\s")
_CAPITAL_INSIDE = re.compile(r"[a-z]{1,5}[A-Z]")  # "iPhone", "mRNA"


def candidate_ends(text: str, ends: list[int]) -> list[int]:
    """Return where sentences may end, ascending: the segmenter's ends, behind space and marks, and those it missed."""
    found = {_behind_marks(text, end) for end in ends}
    stops = [match for match in _STOP_AND_SPACE.finditer(text) if match.end() not in found]
    if len(stops) <= max(MIN_STOPS_TO_SKIP, len(text) // MIN_MEAN_CHARACTERS_BETWEEN_STOPS):
        found.update(m.end() for m in stops if _is_missed_end(text, m.start() + 1, m[1], m.end()))
    return sorted(found)


def is_sentence_end(text: str, start: int, end: int) -> bool:
    """Return whether the sentence that begins at `start` ends at `end`, which is one of the candidates."""
    whole = text[max(start, end - CONTEXT_CHARACTERS) : end]
    before = whole.rstrip()
    after = text[end : end + CONTEXT_CHARACTERS]
    if not before or not after:
        return True
    if after[0].islower():
        return whole.endswith("\n") or end - start > LONG_SENTENCE_CHARACTERS or _ends_before_lower_case(before, after)
    if len(whole) == end - start and _LABEL.fullmatch(before):
        return before[0].isdigit() and text[max(0, start - CONTEXT_CHARACTERS) : start].rstrip().endswith("?")
    if before[-1].isalnum() and _NUMBER_IN_BRACKETS.match(after):
        return whole.endswith("\n")
    if before[-1] == ".":
        return not (_stands_in_word(before, after) if before == whole else _is_abbreviation_stop(before, after))
    if before[-1] in _CLOSING and _END_OF_SPEECH.search(before[-3:]) and _SPEAKER.match(after):
        return False
    return not _STOP_IN_BRACKET.search(before[-3:]) or _stands_in_brackets(text, start, end)


def _behind_marks(text: str, end: int) -> int:
    """Return where the next sentence begins: behind the space after an end, and behind marks and citations there."""
    if not text[end - 1 : end].isspace():
        behind = _MARKS_AND_SPACE.match(text, end)
        return behind.end() if behind else end
    citation = _CITATION_AFTER_SPACE.match(text, end)
    follows_stop = text[max(0, end - CONTEXT_CHARACTERS) : end].rstrip().endswith(_STOPS)
    if citation and follows_stop and not _is_list_number(text, end, citation[1]):
        return citation.end()
    behind = _SPACE.match(text, end)
    return behind.end() if behind else end


def _is_list_number(text: str, at: int, number: str) -> bool:
    """Return whether the number in brackets at `at` counts the items of a list: the one before it stands close by."""
    if not number.isdigit() or int(number) < 2:
        return number.isdigit()
    one_less = f"{text[at]}{int(number) - 1}{text[at + len(number) + 1]}"
    return text.rfind(one_less, max(0, at - MAX_LIST_ITEM_CHARACTERS), at) >= 0


def _is_missed_end(text: str, stop: int, between: str, end: int) -> bool:
    """Return whether a sentence may end though the segmenter found none: at a mark, bracket, letter or abbreviation.

    stop: behind the stop; between: what stands between it and the space before `end`.
    """
    before = text[max(0, stop - CONTEXT_CHARACTERS) : stop]
    if between[:1].isdigit():  # "hours.1 It"
        return before[-4:-1].isalpha() and not last_abbreviation(before)
    if before.endswith("…"):
        return before[:-1].rstrip()[-1:].isalnum() and not text.startswith("I ", end)
    if between.strip(_CLOSING) or between.endswith((")", "]")):
        return True
    if text[end] == "(" or text[end].islower():
        return _WORD_AND_STOP.search(before[-3:]) is not None and _LETTER_LABEL_AHEAD.match(text, end) is not None
    if _HALF_DAY.search(before[-5:]):
        return _HOUR_BEFORE_NOUN.search(before) is None
    return _is_named_letter(before) or may_be_last(before, text[end : end + CONTEXT_CHARACTERS])


def _is_named_letter(before: str) -> bool:
    """Return whether the last word is one letter that names or measures: "vitamin C.", "zones A to D.", "10 A."."""
    if not before[-2:-1].isupper():
        return False
    words = before[:-1].replace("–", " – ").replace(",", " ").split()
    last = words.pop()
    number = last[:-1] or (words[-1] if words else "")
    if last[-1] in _UNIT_LETTERS and _SMALL_NUMBER.fullmatch(number):
        return True
    if len(last) > 1 or not words:
        return False
    if words[-1] in _BETWEEN_LETTERS and len(words) > 1 and _is_letter(words[-2]):
        return True
    while len(words) > 1 and (_is_letter(words[-1]) or words[-1] in _BETWEEN_LETTERS):
        words.pop()
    name = words[-1].lower().lstrip('([“"')
    return not _NAMED_BY_LETTER.isdisjoint((name, name.removesuffix("s"), name.removesuffix("es")))


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isupper()


def _ends_before_lower_case(before: str, after: str) -> bool:
    """Return whether a sentence ends although the next goes on in lower case, as "0.5 mg. daily" does not.

    It does at a stop that stands off from its word (text that was cut into tokens, and is often all lower case), and
    before a label or a name such as "iPhone".
    """
    return (
        before.endswith((" .", " ?", " !"))
        or (_LETTER_LABEL_AHEAD.match(after) is not None and _WORD_AND_STOP.search(before[-3:]) is not None)
        or (_CAPITAL_INSIDE.match(after) is not None and not last_abbreviation(before))
    )


def _stands_in_word(before: str, after: str) -> bool:
    """Return whether a stop without a space after it is part of a word: "H2A.Z" and "CEILING.MATH", not "weeks.The"."""
    if not (after[0].isascii() and after[0].isalnum()):
        return False
    return not _FIRST_WORD.match(after) and not (after[0].isupper() and _WORD_AND_GLUED_STOP.search(before[-3:]))


def _is_abbreviation_stop(before: str, after: str) -> bool:
    """Return whether the stop before an end belongs to an abbreviation that the next word goes with."""
    if belongs_to_next(before, after):
        return True
    if _CITATION.match(after):
        return _ET_AL.search(before[-8:]) is not None
    return (
        _HALF_DAY.search(before[-5:]) is not None
        and _HOUR_GOES_ON.match(after) is not None
        and not _PREDICATE.match(after)
    )


def _stands_in_brackets(text: str, start: int, end: int) -> bool:
    """Return whether the whole sentence is one bracket."""
    closing = {"(": ")", "[": "]"}.get(text[start])
    if closing is None:
        return False
    first = text.find(closing, start, min(end, start + MAX_BRACKET_CHARACTERS))
    return first >= 0 and not text[first + 1 : end].strip()
