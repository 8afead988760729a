"""Conditions in the classes of an engine's library: qdrant_client.models and qdrant_edge name them alike."""

from __future__ import annotations

from typing import Any

from pincite.index.store.qdrant.engine import Where


def to_filter(where: Where | None, library: Any) -> Any:
    """Return a filter of a library's own classes; None where there is no condition."""
    if where is None:
        return None
    must = [_match(library, key, library.MatchValue(value=value)) for key, value in where.equal.items()]
    must_not = [_match(library, key, library.MatchValue(value=value)) for key, value in where.unequal.items()]
    if where.all_of:
        key, elements = where.all_of
        must += [_match(library, key, library.MatchValue(value=element)) for element in elements]
    if where.documents is not None:
        in_documents = _match(library, "document", library.MatchAny(any=list(where.documents)))
        among_points = library.HasIdCondition(has_id=list(where.points))
        must.append(library.Filter(should=[in_documents, among_points]) if where.points else in_documents)
    return library.Filter(must=must or None, must_not=must_not or None)


def _match(library: Any, key: str, match: Any) -> Any:
    return library.FieldCondition(key=key, match=match)
