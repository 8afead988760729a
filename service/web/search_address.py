"""Address of a search: question, documents and number of passages; read from requests, and written into links."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from pincite.service.api import requests

PAGE_HITS = 5  # passages on a page, unless its address says how many


@dataclass(frozen=True, slots=True)
class SearchAddress:
    """A search as the address of its page has it."""

    question: str = ""
    k: int = PAGE_HITS
    verbatim: bool = False
    documents: tuple[str, ...] = ()  # ids of those to search in; empty for all

    def but(self, **changes: Any) -> SearchAddress:
        """Return the same search with some fields changed."""
        return replace(self, **changes)

    def without(self, document: str) -> SearchAddress:
        """Return the same search, in one document less."""
        return replace(self, documents=tuple(name for name in self.documents if name != document))

    def more(self) -> SearchAddress:
        """Return the same search with PAGE_HITS passages more, as far as an address may ask for them."""
        return replace(self, k=min(self.k + PAGE_HITS, requests.MAX_K))

    def url(self, endpoint: str = "pincite.search_page", **others: str) -> str:
        """Write the address of the results page, or of another endpoint that takes the same parameters."""
        query = urlencode(self.parameters() | others, safe=",")
        return url_for(endpoint) + (f"?{query}" if query else "")

    def link(self, url: str) -> str:
        """Add the search to an address, before its fragment."""
        page, sign, fragment = url.partition("#")
        query = urlencode(self.parameters(), safe=",")
        return f"{page}{'&' if '?' in page else '?'}{query}{sign}{fragment}"

    def parameters(self) -> dict[str, str]:
        """Return the parameters that make the search again."""
        parameters = {"q": self.question} if self.question else {}
        if self.k != PAGE_HITS:
            parameters["k"] = str(self.k)
        if self.verbatim:
            parameters["verbatim"] = "1"
        if self.documents:
            parameters["documents"] = ",".join(self.documents)
        return parameters


def read_search(arguments: MultiDict[str, str]) -> SearchAddress:
    """Read a search from an address; `documents` may be repeated, as a form does. Raises Problem for what is invalid.

    The question is not searched yet: it may be blank or too long.
    """
    parameters = {name: arguments.getlist(name) for name in ("q", "k", "verbatim") if name in arguments}
    if "q" in parameters:
        parameters["q"] = [one_line_ends(question) for question in parameters["q"]]
    documents = read_documents(arguments)
    if documents:
        parameters["documents"] = [",".join(documents)]
    query = requests.from_parameters(requests.Query, {"k": [str(PAGE_HITS)], **parameters})
    return SearchAddress(query.question, query.k, query.verbatim, tuple(query.documents or ()))


def read_documents(arguments: MultiDict[str, str]) -> tuple[str, ...]:
    """Return the ids of the documents to search in, each once, in the order of the address."""
    names = (name for value in arguments.getlist("documents") for name in value.split(","))
    return tuple(dict.fromkeys(filter(None, names)))


def one_line_ends(question: str) -> str:
    """Write line breaks as one character: a form sends two for each, and a box counts one."""
    return question.replace("\r\n", "\n")
