"""Abbreviations by class: those that the figure after them belongs to, those that may end a sentence. English first."""

from __future__ import annotations

import re

_MAX_WORD_CHARACTERS = 16  # of an abbreviation with what stands before it without a space: "(approx."


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Abbreviations that end no sentence, whatever follows.
_NEVER_LAST = _words("""
    approx aprox bzw ca cf d.h e.g eg esp evtl excl exkl ggf i.e ie incl inkl p.ex vgl viz vs z.b zzgl
""")
# Abbreviations of a quantity or a number: no end before a figure.
_BEFORE_NUMBER = _words("""
    a.d alt amt apt avg bldg blk c circa conc dept dia diam elev env equiv est exp ext fax fl gest gr hwy inv
    iss lot lvl max min mk mo mob mod no nos nr num núm op par pat ph pop pos qty reg rev rm rt rte sem ser st
    ste tel temp v ver vers wk wt yr
""")
# Abbreviations of a place in a text: no end before a figure, a Roman numeral or a letter.
_BEFORE_REFERENCE = _words("""
    abb abs app apps art arts bd bk bks ch chap chaps chs cl cls col cols doc dwg ed eds eq eqn eqns eqs ex exs
    fig figs fol fols illus iss kap l ll ln lns lám n nn p para paras pg pgs pl pp pt pts pág págs r ref refs
    regs rr s sch schs sec secs sect ss stat subd subsec suppl tab tabs tbl tit vol vols
""")
_BEFORE_DAY = _words("mon tue tues wed thu thur thurs fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec")
# Abbreviations that are words too: in lower case, after one of _DETERMINERS, they are words.
_ALSO_WORDS = _words("""
    app apps apt art arts col doc ex fig figs lot mod op par pop pos ref refs reg sec st stat tab tabs
""")
_DETERMINERS = _words("a an any each every her his its my no our some that the their this your")
# Abbreviations that end a sentence before any capital; units do after a figure.
_LAST_BEFORE_CAPITAL = _words("etc etcetera b.d b.i.d p.r.n q.d q.d.s q.i.d t.d.s t.i.d")
_UNITS = _words("ft hr hrs min mo mos sec wk wks yr yrs")
# Abbreviations that, like single letters, end a sentence before one of _STARTERS.
_MAY_BE_LAST = _words("""
    al ave b.a blvd bros co corp d.c dept e.u ed eds i.m i.v inc jr llc ltd m.a m.d ph.d plc p.o rd s.c sr st
    u.k u.n u.s
""")
_STARTERS = _words("""
    Add After All Allow Also Although Always Any Apply Are Ask Avoid Because Before Below Both Bring Call Can
    Change Check Choose Clean Close Connect Contact Continue Cover Did Do Does Don't Dry During Each Enter Every
    Few Fill Follow From Get Give Go Have Here However Insert Install Is Keep Leave Let Lift Look Made Make Many
    Most Never Nobody None Nothing Now Once Only Other Others Perhaps Place Please Pour Pull Push Put Remove
    Repeat Replace Return Rinse Run Select Send Several Shake Should Since Sold Some Sometimes Speak Start Stay
    Stir Stop Such Switch Take Tell Then Therefore Though Through Thus Today Try Turn Two Under Unless Until Use
    Visit Wait Was Wash Wear Were While Whoever Without Write Yet
""")
_KNOWN = frozenset().union(
    _NEVER_LAST, _BEFORE_NUMBER, _BEFORE_REFERENCE, _BEFORE_DAY, _LAST_BEFORE_CAPITAL, _UNITS, _MAY_BE_LAST
)
_OPENING = re.compile(r"[(\[“\"/–—-]")
_WORD_BEFORE = re.compile(r"([(\[,;]|\w+\.?)\s*$")
_SIGNS = r"[(\[#§$€£~≈<>≤≥±+−–-]{0,3}\s?"
_NUMBER = re.compile(rf"{_SIGNS}(?:\.?\d|[A-Z]{{1,4}}-?\d)")
_REFERENCE = re.compile(rf"{_SIGNS}(?:\.?\d|[A-Z]{{1,4}}[-.]?\d|[IVXLC]+\b(?!['’])|[A-Z](?=[,.;:)\]]|\s[a-z]))")
_CAPITALISED_WORD = re.compile(r"[A-Z][a-z]|A\s[a-z]")
_FIRST_WORD = re.compile(r"[A-Z][a-z'’]+")
_SINGLE_LETTER = re.compile(r"\s[A-Z]\.$")


def last_abbreviation(before: str) -> str:
    """Return the abbreviation that a text ends with, as written and without its last stop, or nothing."""
    last_word = before[-_MAX_WORD_CHARACTERS:].rsplit(None, 1)[-1]
    if not last_word.endswith("."):
        return ""
    word = _OPENING.split(last_word[:-1])[-1]
    known = word.lower()
    return word if known in _KNOWN and not (known in _NEVER_LAST and word.isupper()) else ""


def belongs_to_next(before: str, after: str) -> bool:
    """Return whether a text ends with an abbreviation that what follows belongs to: "max." before "5 mL"."""
    word = last_abbreviation(before)
    known = word.lower()
    if not word or known in _NEVER_LAST:
        return bool(word)
    previous = _word_before(before, word)
    if known in _UNITS and previous[-1:].isdigit():
        return False
    if known in _ALSO_WORDS and word.islower() and previous.lower() in _DETERMINERS:
        return False
    if known in _BEFORE_REFERENCE:
        return _REFERENCE.match(after) is not None
    return (known in _BEFORE_NUMBER or (known in _BEFORE_DAY and word[0].isupper())) and _NUMBER.match(
        after
    ) is not None


def may_be_last(before: str, after: str) -> bool:
    """Return whether a sentence may end at the abbreviation or letter that a text ends with, before a capital."""
    word = last_abbreviation(before)
    known = word.lower()
    if known in _LAST_BEFORE_CAPITAL:
        return True
    if known in _UNITS:
        return _word_before(before, word)[-1:].isdigit()
    if word == "no":  # the answer, not the number
        return _CAPITALISED_WORD.match(after) is not None
    starter = _FIRST_WORD.match(after)
    is_candidate = known in _MAY_BE_LAST or _SINGLE_LETTER.search(before[-3:]) is not None
    return is_candidate and starter is not None and starter[0] in _STARTERS


def _word_before(before: str, word: str) -> str:
    """Return the word, bracket or comma before the last occurrence of a word."""
    match = _WORD_BEFORE.search(before[: before.rindex(word)][-_MAX_WORD_CHARACTERS:])
    return match[1] if match else ""
