"""Way back from a document to the answer: the search travels in the address of the reader and Cite pages.

Addresses that are made to be copied go without it, since a question is its asker's own.
"""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from pincite.index.query.normalise import is_blank
from pincite.service.guard.problems import Problem
from pincite.service.web.search_address import SearchAddress, read_search


def asked_before(arguments: MultiDict[str, str], max_characters: int) -> SearchAddress | None:
    """Read the search out of an address; None if there is none that could be made again."""
    try:
        search = read_search(arguments)
    except Problem:
        return None
    question = search.question
    return None if len(question) > max_characters or all(map(is_blank, question)) else search


def bar(search: SearchAddress | None) -> dict[str, str | None]:
    """Return what the bar of a page shows: the address of the answer that led to it, and the question for its box."""
    return {"back": search.url(), "question": search.question} if search else {"back": None, "question": None}
