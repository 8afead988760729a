"""Way back from a document to the answer: the question travels in the address of the reader and Cite pages.

Addresses that are made to be copied go without it, since a question is its asker's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from pincite.index.query.normalise import is_blank


@dataclass(frozen=True, slots=True)
class Asked:
    """A question whose answer led to a page."""

    question: str
    verbatim: bool = False

    def parameters(self) -> dict[str, str]:
        """Return the parameters that ask it again."""
        return {"q": self.question, **({"verbatim": "1"} if self.verbatim else {})}

    def link(self, url: str) -> str:
        """Add the question to an address, before its fragment."""
        page, sign, fragment = url.partition("#")
        return f"{page}{'&' if '?' in page else '?'}{urlencode(self.parameters())}{sign}{fragment}"


def asked_before(parameters: MultiDict[str, str], max_characters: int) -> Asked | None:
    """Read the question out of an address; None if there is none that could be asked again."""
    question = one_line_ends(parameters.get("q", ""))
    if len(parameters.getlist("q")) != 1 or len(question) > max_characters or all(map(is_blank, question)):
        return None
    return Asked(question, parameters.get("verbatim") == "1")


def bar(asked: Asked | None) -> dict[str, str | None]:
    """Return what the bar of a page shows: the address of the answer that led to it, and the question for its box."""
    if not asked:
        return {"back": None, "question": None}
    return {"back": asked.link(url_for("pincite.search_page")), "question": asked.question}


def one_line_ends(question: str) -> str:
    """Write line breaks as one character: a form sends two for each, and a box counts one."""
    return question.replace("\r\n", "\n")
