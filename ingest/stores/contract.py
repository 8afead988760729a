"""Contract of passage stores: what each must do, as checks that tests and `pincite store check` run on real documents.

A check takes a store that holds some documents and leaves it holding the same. It raises ContractError.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from pincite.index.errors import StoreError
from pincite.index.query.analysis import terms
from pincite.index.retrieval.late_interaction import QuantizedTokens
from pincite.index.store.passage_store import (
    PassageKey,
    PassageStore,
    Scored,
    StoredPassage,
    StoreScope,
    revisions,
)
from pincite.index.store.term_statistics import TermStatistics, bm25_scores, count_terms
from pincite.ingestion.stores.bundle_passages import StoredDocument

DEPTH = 10  # passages asked for
MAX_QUERIES = 24
SCORE_TOLERANCE = 1e-4  # of a score: sums of floats in another order
CHURN_TOLERANCE = 0.05  # of a score by BM25 once documents have changed, since a store may weigh by earlier lengths


class ContractError(AssertionError):
    """A promise that a store does not keep."""


@dataclass(frozen=True)
class Trial:
    """A store to check, and the documents that it holds."""

    documents: Sequence[StoredDocument]  # in the order of rows, three at least
    open: Callable[[], PassageStore]  # opens the store once more, as another process would
    open_as: Callable[[str], PassageStore]  # opens it for another fingerprint

    @cached_property
    def keys(self) -> list[PassageKey]:
        """The key of each passage, row after row."""
        return [PassageKey(d.document.id, number) for d in self.documents for number in range(len(d.passages))]

    @cached_property
    def chosen(self) -> StoredDocument:
        """The document to change: the shortest of several passages, so that what is left is much as it was."""
        return min(self.documents, key=lambda each: (len(each.passages) < 2, len(each.passages)))

    @cached_property
    def passages(self) -> list[StoredPassage]:
        """Each passage, row after row."""
        return [passage for document in self.documents for passage in document.passages]

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """The vector of each passage: (n, d)."""
        return np.stack([passage.vector for passage in self.passages])

    @cached_property
    def statistics(self) -> TermStatistics:
        """The statistics of terms."""
        return count_terms(passage.text for passage in self.passages)

    def queries(self) -> list[tuple[NDArray[np.float32], str]]:
        """Return vectors and texts to ask: sentences of passages, evenly spaced."""
        step = -(-len(self.passages) // MAX_QUERIES)
        chosen = self.passages[::step]
        return [(each.sentence_vectors[-1] / np.linalg.norm(each.sentence_vectors[-1]), each.text) for each in chosen]

    def scopes(self) -> list[StoreScope]:
        """Return scopes: a document, half of them, some passages, and both."""
        ids = [document.document.id for document in self.documents]
        return [
            StoreScope((ids[0],)),
            StoreScope(tuple(ids[::2])),
            StoreScope((), tuple(self.keys[::3])),
            StoreScope((ids[-1],), (self.keys[0], self.keys[1])),
        ]

    def within(self, scope: StoreScope | None) -> list[int]:
        """Return the rows of a scope."""
        if scope is None:
            return [*range(len(self.keys))]
        named = {*scope.documents}, {*scope.passages}
        return [row for row, key in enumerate(self.keys) if key.document in named[0] or key in named[1]]


def documents_are_whole(trial: Trial, store: PassageStore) -> None:
    """Check that the store lists every document once, in its revision, and counts its passages."""
    expected = {document.document.id: document.revision for document in trial.documents}
    _same("documents", dict(revisions(store)), expected)
    _same("number of passages", store.count(), len(trial.passages))
    _same(
        "numbers of passages", {e.id: e.passage_count for e in store.entries()}, Counter(k.document for k in trial.keys)
    )


def contents_come_back(trial: Trial, store: PassageStore) -> None:
    """Check that texts and vectors come back to the bit, in the order asked; a passage that is not there is named."""
    keys, passages = trial.keys[::-1], trial.passages[::-1]
    _same("texts", [(t.passage, t.text) for t in store.passages(keys)], [(p.passage, p.text) for p in passages])
    _require(np.array_equal(store.vectors(keys), trial.vectors[::-1]), "returns other vectors")
    for held, stored in zip(store.sentence_vectors(keys), passages, strict=True):
        _require(np.array_equal(held, stored.sentence_vectors), "returns other sentence vectors")
    if passages[0].tokens:
        for tokens, stored in zip(store.tokens(keys), passages, strict=True):
            _require(stored.tokens and _same_tokens(tokens, stored.tokens), "returns other token vectors")
    for document in trial.documents:
        held_document = store.document(document.document.id)
        _same("a document", held_document, document.document)
        outline = [[*parts] for parts in (held_document.blocks, held_document.sections, held_document.pages)]
        given = document.document
        _same("an outline", outline, [[*parts] for parts in (given.blocks, given.sections, given.pages)])
    _refuses(KeyError, lambda: store.passages([PassageKey(trial.keys[0].document, 10_000)]), "a missing passage")
    _refuses(KeyError, lambda: store.document("no such document"), "a missing document")


def dense_search_is_exact(trial: Trial, store: PassageStore) -> None:
    """Check that dense search finds the passages with the greatest cosines, of all or within a scope."""
    for vector, _ in trial.queries():
        for scope in (None, *trial.scopes()):
            cosines = trial.vectors @ vector
            _compare(trial, store.dense(vector, DEPTH, scope), cosines, trial.within(scope), SCORE_TOLERANCE)


def lexical_search_is_bm25(trial: Trial, store: PassageStore) -> None:
    """Check that lexical search finds the passages that BM25 scores best, of all or within a scope."""
    _check_lexical(trial, store, SCORE_TOLERANCE)


def nothing_is_found_in_nothing(trial: Trial, store: PassageStore) -> None:
    """Check that an empty scope, one of an unknown document, and words that no passage holds find nothing."""
    vector, text = trial.queries()[0]
    for scope in (StoreScope(()), StoreScope(("no such document",)), StoreScope((), (PassageKey("no such", 0),))):
        _same("passages of no document", store.dense(vector, DEPTH, scope), [])
        _same("passages of no document", store.lexical(terms(text), DEPTH, scope), [])
    _same("passages of unknown words", store.lexical(["qqzzxx", "xxzzqq"], DEPTH), [])
    known = store.lexical(terms(text), DEPTH)
    _same("passages, for one unknown word more", store.lexical([*terms(text), "qqzzxx"], DEPTH), known)


def more_than_all_are_all(trial: Trial, store: PassageStore) -> None:
    """Check that a search for more passages than there are returns each once."""
    vector, _ = trial.queries()[0]
    found = store.dense(vector, len(trial.keys) + DEPTH)
    _same("passages", sorted(each.key for each in found), sorted(trial.keys))


def quotes_are_found(trial: Trial, store: PassageStore) -> None:
    """Check that words of a text find the documents that hold them, whatever they begin or end within."""
    for document in trial.documents[:5]:
        text = document.document.text
        for start, end in ((0, 40), (3, 60), (len(text) // 2, len(text) // 2 + 9), (5, 8)):
            quote = text[start:end].strip()
            holding = sorted(d.document.id for d in trial.documents if quote in d.document.text)
            _same(f"documents with {quote!r}", store.documents_with(quote), holding)
    _same("documents", store.documents_with("qqzzxx xxzzqq"), [])


def a_shorter_document_takes_the_place(trial: Trial, store: PassageStore) -> None:
    """Check that a document with fewer passages takes the place of the longer one whole, and back."""
    first = trial.chosen
    shorter = StoredDocument(first.document, first.passages[:1])
    changed = _changed(trial, [shorter if each is first else each for each in trial.documents])
    store.replace_document(shorter.document, shorter.passages)
    store.commit()
    for opened in (store, trial.open()):
        documents_are_whole(changed, opened)
        _refuses(
            KeyError,
            partial(opened.passages, [PassageKey(first.document.id, len(first.passages) - 1)]),
            "a passage that is gone",
        )
        _check_statistics(changed, opened)
        dense_search_is_exact(changed, opened)
        _check_lexical(changed, opened, CHURN_TOLERANCE)
    store.replace_document(first.document, first.passages)
    store.commit()
    documents_are_whole(trial, store)
    _check_statistics(trial, store)


def deletion_leaves_nothing(trial: Trial, store: PassageStore) -> None:
    """Check that a deleted document is in no list and in no search; one that is not there counts 0."""
    gone = trial.chosen
    changed = _changed(trial, [document for document in trial.documents if document is not gone])
    _same("passages deleted", store.delete_document(gone.document.id), len(gone.passages))
    store.commit()
    documents_are_whole(changed, store)
    _check_statistics(changed, store)
    dense_search_is_exact(changed, store)
    _check_lexical(changed, store, CHURN_TOLERANCE)
    _same("passages deleted of no document", store.delete_document("no such document"), 0)
    store.replace_document(gone.document, gone.passages)
    store.commit()
    documents_are_whole(trial, store)


def doing_it_again_changes_nothing(trial: Trial, store: PassageStore) -> None:
    """Check that documents that the store has as they are leave it as it is."""
    for document in trial.documents[:3]:
        store.replace_document(document.document, document.passages)
    store.commit()
    documents_are_whole(trial, trial.open())
    lexical_search_is_bm25(trial, trial.open())


def what_is_not_committed_is_not_there(trial: Trial, store: PassageStore) -> None:
    """Check that documents that were written or deleted, and not committed, are as before to all who open it."""
    first = trial.chosen
    writer = trial.open()
    writer.replace_document(first.document, first.passages[:1])
    writer.delete_document(trial.documents[-1].document.id)
    opened = trial.open()
    documents_are_whole(trial, opened)
    dense_search_is_exact(trial, opened)
    lexical_search_is_bm25(trial, opened)
    store.replace_document(first.document, first.passages)
    store.commit()
    documents_are_whole(trial, trial.open())


def another_fingerprint_is_refused(trial: Trial, store: PassageStore) -> None:
    """Check that a store of vectors that were made otherwise is not opened."""
    other = f"{int(store.fingerprint, 16) ^ 1:016x}"
    _refuses(StoreError, lambda: trial.open_as(other), "another fingerprint")


CHECKS: tuple[Callable[[Trial, PassageStore], None], ...] = (
    documents_are_whole,
    contents_come_back,
    dense_search_is_exact,
    lexical_search_is_bm25,
    nothing_is_found_in_nothing,
    more_than_all_are_all,
    quotes_are_found,
    doing_it_again_changes_nothing,
    what_is_not_committed_is_not_there,
    a_shorter_document_takes_the_place,
    deletion_leaves_nothing,
    another_fingerprint_is_refused,
)


def _check_lexical(trial: Trial, store: PassageStore, tolerance: float) -> None:
    counts = [Counter(terms(passage.text)) for passage in trial.passages]
    for _, text in trial.queries():
        question = " ".join(text.split()[-12:])
        scores = bm25_scores(question, counts, trial.statistics)
        wanted = terms(question)
        for scope in (None, *trial.scopes()):
            rows = [row for row in trial.within(scope) if scores[row] > 0]
            _compare(trial, store.lexical([*wanted, *wanted], DEPTH, scope), scores, rows, tolerance)


def _same_tokens(a: QuantizedTokens, b: QuantizedTokens) -> bool:
    return np.array_equal(a.values, b.values) and np.array_equal(a.scales, b.scales)


def _check_statistics(trial: Trial, store: PassageStore) -> None:
    _same("statistics of terms", store.statistics(), trial.statistics)


def _changed(trial: Trial, documents: Iterable[StoredDocument]) -> Trial:
    return Trial([*documents], trial.open, trial.open_as)


def _compare(
    trial: Trial, found: Sequence[Scored], scores: NDArray[np.float32], rows: Sequence[int], tolerance: float
) -> None:
    """Compare what was found with exact scores: as many, none less than the last that belongs, none out of scope."""
    best = sorted(rows, key=lambda row: (-scores[row], row))[:DEPTH]
    _same("passages found", len(found), len(best))
    if not best:
        return
    row_of = {key: row for row, key in enumerate(trial.keys)}
    margin = tolerance * max(1.0, abs(float(scores[best[0]])))
    last = float(scores[best[-1]])
    allowed = {*rows}
    for each in found:
        row = row_of[each.key]
        _require(row in allowed, f"finds {each.key} outside its scope")
        _require(scores[row] >= last - margin, f"finds {each.key}, of score {scores[row]:.4f}; the last is {last:.4f}")
        _require(abs(scores[row] - each.score) <= margin, f"scores {each.key} {each.score:.4f}, not {scores[row]:.4f}")
    _same("passages", len({each.key for each in found}), len(found))
    ordered = sorted(found, key=lambda each: (-each.score, *_order(each.key)))
    _same("order of ties", [each.key for each in found], [each.key for each in ordered])


def _order(key: PassageKey) -> tuple[str, int]:
    return f"{key.document}#", key.number


def _same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise ContractError(f"{what}: {_short(found)}, not {_short(expected)}")


def _require(is_kept: object, problem: str) -> None:
    if not is_kept:
        raise ContractError(problem)


def _refuses(kind: type[Exception], call: Callable[[], object], what: str) -> None:
    try:
        call()
    except kind:
        return
    raise ContractError(f"takes {what}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
