"""Match of typed words with the questions to offer: suggestions come in, those that match go out, best first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from pincite.index.metadata.metadata_filter import EVERY_DOCUMENT, MetadataFilter
from pincite.index.types import Suggestion

if TYPE_CHECKING:
    from pincite.index.bundle import Bundle


def of_documents(
    bundle: Bundle, documents: Collection[str] = (), metadata: MetadataFilter = EVERY_DOCUMENT
) -> Iterable[Suggestion]:
    """Return the questions to offer that are answered by some documents, all without any, that a filter keeps."""
    offered: Iterable[Suggestion] = bundle.suggestions
    if documents:
        offered = [s for s in offered if s.document in documents]
    if metadata:
        has = bundle.metadata.has(metadata)
        offered = [s for s in offered if has(s.document)]
    return offered


def matching(suggestions: Iterable[Suggestion], typed: str) -> list[Suggestion]:
    """Return the suggestions in which every typed word stands inside some word; case and accents count for nothing.

    Those that begin as typed come first, then those with the most words that begin with a typed one, then in the order
    given. With nothing typed all of them match.
    """
    words = fold_words(typed)
    found = [(s, fold_words(s.question)) for s in suggestions]
    ranked = sorted((_rank(words, own), n) for n, (_, own) in enumerate(found) if holds_words(own, words))
    return [found[n][0] for _, n in ranked]


def fold_words(text: str) -> list[str]:
    """Split a text into its words, without case, accents and apostrophes: "Can't" is "cant", "Ménière" "meniere"."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in letters if not unicodedata.combining(c) and c not in "'’")
    return re.findall(r"\w+", plain.casefold())


def holds_words(own: list[str], words: list[str]) -> bool:
    """Return whether each of some folded words stands inside one of a text's own folded words."""
    return all(any(word in other for other in own) for word in words)


def _rank(words: list[str], own: list[str]) -> tuple[bool, int]:
    """Return how far a match falls short, least first: its beginning is another, and words match in the middle."""
    begins = " ".join(own).startswith(" ".join(words))
    within = sum(not any(other.startswith(word) for other in own) for word in words)
    return not begins, within
