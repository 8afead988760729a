"""Compatibility form of text (NFKC), in which it is compared: ligatures and wide letters as plain ones.

A raised figure after a figure stays apart from it (10⁹ is "10^9", not "109"), and so does a fraction (2½ is "2 1⁄2").
"""

from __future__ import annotations

import re
import unicodedata

_RAISED = re.compile("(?<=[0-9])(?=[⁰¹²³⁴-⁹⁺⁻])")
_FRACTION = re.compile("(?<=[0-9])(?=[¼-¾⅐-⅞])")


def compatible(text: str) -> str:
    """Return a text in compatibility form.

    >>> compatible("5 × 10⁹ in 2½ ﬁelds of 12 m²")
    '5 × 10^9 in 2 1⁄2 fields of 12 m2'
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _FRACTION.sub(" ", _RAISED.sub("^", text)))
