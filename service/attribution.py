"""Attribution of a quote, in one phrase for page, terminal and language models: whose words it is, and whose facts."""

from __future__ import annotations

from typing import NamedTuple

from pincite.index.types import Source


class Attribution(NamedTuple):
    """A phrase, and the date that ends it."""

    words: str  # "pincite’s summary of Cleveland Clinic’s page as reviewed on"
    date: str | None  # as the source has it; None where it is unknown, which the words then say

    def __str__(self) -> str:
        return f"{self.words} {self.date}" if self.date else self.words


def attribution(source: Source) -> Attribution:
    """Say whose words a document is. The date is that of the source's page; a summary of it has not been reviewed."""
    if source.based_on:
        return _attribution_of_summary(source)
    words = [f"Source: {source.publisher}."] if source.publisher else []
    return Attribution(" ".join([*words, "Reviewed" if source.reviewed else "Date unknown"]), source.reviewed)


def possessive(name: str) -> str:
    """Return a name as the owner of something: Cleveland Clinic’s, Harbour Works’."""
    return f"{name}’" if name.endswith("s") else f"{name}’s"


def _attribution_of_summary(source: Source) -> Attribution:
    summary = f"{possessive(source.publisher)} summary" if source.publisher else "Summary"
    words = f"{summary} of {possessive(source.based_on or '')} page"
    if not source.reviewed:
        return Attribution(f"{words}, which has no known date", None)
    has_day = source.reviewed.count("-") == 2
    return Attribution(f"{words} as reviewed {'on' if has_day else 'in'}", source.reviewed)
