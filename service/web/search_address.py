"""Address of a search: question, documents and number of passages; read from requests, and written into links."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from pincite.index.metadata.metadata_filter import EVERY_DOCUMENT, MetadataFilter
from pincite.service.api import fields, requests

VALUE_FIELDS = ("publishers", "languages", "tags")
DATE_FIELDS = ("since", "until")
PAGE_HITS = 5  # passages on a page, unless its address says how many


@dataclass(frozen=True, slots=True)
class SearchAddress:
    """A search as the address of its page has it."""

    question: str = ""
    k: int = PAGE_HITS
    verbatim: bool = False
    documents: tuple[str, ...] = ()  # ids of those to search in; empty for all
    metadata: MetadataFilter = EVERY_DOCUMENT  # of those to search in

    def but(self, **changes: Any) -> SearchAddress:
        """Return the same search with some fields changed."""
        return replace(self, **changes)

    def without(self, document: str) -> SearchAddress:
        """Return the same search, in one document less."""
        return replace(self, documents=tuple(name for name in self.documents if name != document))

    def without_value(self, field: str, value: str) -> SearchAddress:
        """Return the same search without a value of a field of its filter."""
        return self.but(metadata=self.metadata.without(field, value))

    def everywhere(self) -> SearchAddress:
        """Return the same search, in all documents."""
        return self.but(documents=(), metadata=EVERY_DOCUMENT)

    def asking(self, question: str) -> SearchAddress:
        """Return the search for another question, in the same documents."""
        return SearchAddress(question, documents=self.documents, metadata=self.metadata)

    def more(self) -> SearchAddress:
        """Return the same search with PAGE_HITS passages more, as far as an address may ask for them."""
        return replace(self, k=min(self.k + PAGE_HITS, fields.MAX_K))

    def url(self, endpoint: str = "pincite.search_page", **others: str) -> str:
        """Write the address of the results page, or of another endpoint that takes the same parameters."""
        query = urlencode([*self.parameters(), *others.items()], safe=",")
        return url_for(endpoint) + (f"?{query}" if query else "")

    def link(self, url: str) -> str:
        """Add the search to an address, before its fragment."""
        page, sign, fragment = url.partition("#")
        query = urlencode(self.parameters(), safe=",")
        return f"{page}{'&' if '?' in page else '?'}{query}{sign}{fragment}"

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters that make the search again, as names and values."""
        wanted = self.metadata
        parameters = [("q", self.question)] if self.question else []
        if self.k != PAGE_HITS:
            parameters.append(("k", str(self.k)))
        if self.verbatim:
            parameters.append(("verbatim", "1"))
        if self.documents:
            parameters.append(("documents", ",".join(self.documents)))
        for field in VALUE_FIELDS:
            parameters += [(field, value) for value in getattr(wanted, field)]
        return parameters + [(field, given) for field in DATE_FIELDS if (given := getattr(wanted, field))]


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
    parameters |= _filter_parameters(arguments)
    query = requests.from_parameters(requests.Query, {"k": [str(PAGE_HITS)], **parameters})
    return SearchAddress(query.question, query.k, query.verbatim, tuple(query.documents or ()), query.metadata)


def read_documents(arguments: MultiDict[str, str]) -> tuple[str, ...]:
    """Return the ids of the documents to search in, each once, in the order of the address."""
    names = (name for value in arguments.getlist("documents") for name in value.split(","))
    return tuple(dict.fromkeys(filter(None, names)))


def read_filter(arguments: MultiDict[str, str]) -> MetadataFilter:
    """Read the filter of an address. Raises Problem for what is invalid."""
    return requests.from_parameters(fields.Filters, _filter_parameters(arguments)).metadata


def _filter_parameters(arguments: MultiDict[str, str]) -> dict[str, list[str]]:
    """Return the parameters of a filter without empty ones, which a form sends for what is not chosen."""
    given = {name: arguments.getlist(name) for name in (*VALUE_FIELDS, *DATE_FIELDS)}
    chosen = {name: [*dict.fromkeys(value.strip() for value in values)] for name, values in given.items()}
    return {name: filled for name, values in chosen.items() if (filled := [*filter(None, values)])}


def one_line_ends(question: str) -> str:
    """Write line breaks as one character: a form sends two for each, and a box counts one."""
    return question.replace("\r\n", "\n")
