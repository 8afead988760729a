"""The evidence of a passage: which of its sentences answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pincite.index.citation.cite import overlapping
from pincite.index.citation.pages import evidence_at
from pincite.index.models.cross_encoder import PairScore
from pincite.index.query.analysis import terms
from pincite.index.query.names import code_shapes
from pincite.index.query.normalise import ParsedQuery
from pincite.index.types import BlockKind, Document, Evidence, Passage, Range

EVIDENCE_MARGIN = 0.2  # cosine margin: sentences this close to the best count as equally good evidence
CROSS_ENCODER_WEIGHT = 0.04  # cosine that one logit of the cross-encoder counts for
DENIAL_BONUS = 0.2  # cosine that a sentence gains which denies what a yes-or-no question asks for
LEAD_IN_MARGIN = 0.05  # cosine by which an item scores above its lead-in if it alone is asked for
MAX_EVIDENCE_SENTENCES = 4  # sentences marked in a passage, not counting lists

_YES_OR_NO = re.compile(
    r"(?:(?:so|and|but|ok|hi|hello|please)[, ]+)*"
    r"(?:is|are|was|were|do|does|did|can|could|will|would|should|shall|may|must|has|have|had|am)(?:n['’]t)?\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(r"\b(?:no|not|never|none|nobody|nothing|neither|nor|cannot|without)\b|n['’]t\b", re.IGNORECASE)


def choose_ranges(
    document: Document,
    passage: Passage,
    query: ParsedQuery,
    cosines: NDArray[np.float32],
    pair_score: PairScore | None = None,
) -> list[Range]:
    """Choose the ranges that answer, in the order of the text: the best sentence and those that score nearly as well.

    A list is marked whole, with the line that introduces it, or by the one item that answers; of a table the rows that
    hold most of the question's words, with the column names; a question in the text gives way to what follows it.
    cosines: (s,) float32, one a sentence of the passage. pair_score: the cross-encoder's, if it read the passage.
    """
    scores = cosines if pair_score is None else cosines + CROSS_ENCODER_WEIGHT * pair_score.sentence_logits
    scores = np.where(_denials(document, passage, query), scores + np.float32(DENIAL_BONUS), scores)
    scores = np.where(eligible_sentences(document, passage, query), scores, -np.inf)
    kinds = _kinds(document, passage)
    if set(kinds) != {"header"}:
        scores = np.where([kind == "header" for kind in kinds], -np.inf, scores)
    best_first = np.argsort(-scores, kind="stable")[:MAX_EVIDENCE_SENTENCES].tolist()
    near = [i for i in best_first if scores[i] >= scores[best_first[0]] - EVIDENCE_MARGIN]
    near = _rows_that_answer(document, passage, query, kinds, near)
    chosen = {passage.sentences[i] for i in _whole_lists(passage, kinds, scores, near)}
    chosen |= {r for i, lead_ins in enumerate(passage.lead_ins) if passage.sentences[i] in chosen for r in lead_ins}
    return sorted(_replies(document, passage, chosen))


def _kinds(document: Document, passage: Passage) -> list[BlockKind]:
    """Return the kind of block that each sentence of a passage stands in."""
    blocks = overlapping(document.blocks, (passage.start, passage.end))
    kinds = []
    at = 0
    for start, _ in passage.sentences:
        while blocks[at].end <= start:
            at += 1
        kinds.append(blocks[at].kind)
    return kinds


def _rows_that_answer(
    document: Document, passage: Passage, query: ParsedQuery, kinds: Sequence[BlockKind], near: Sequence[int]
) -> list[int]:
    """Drop table rows that hold fewer of the question's words than another row: each is about something else."""
    rows = [i for i in near if kinds[i] == "row"]
    if not rows:
        return list(near)
    asked = set(terms(" ".join(query.texts[i] for i in query.question_indices)))
    held = {i: len(asked.intersection(terms(document.text[slice(*passage.sentences[i])]))) for i in rows}
    most = max(held.values())
    best = [i for i in rows if held[i] == most] if most else rows[:1]
    return [i for i in near if kinds[i] != "row" or i in best]


def eligible_sentences(document: Document, passage: Passage, query: ParsedQuery) -> NDArray[np.bool_]:
    """Return which sentences of a passage may answer a question with names: (s,) bool.

    If some are about a name that is asked for, those about another code of the same shape are not ("XJ-900" if the
    question is on the XJ-90). A sentence is about the names in it, or those of the sentence before in its paragraph.
    """
    names = query.names[0]
    asked_shapes = {shape for name in names for shape in code_shapes(name.text)}
    if not asked_shapes:  # then no code stands for another
        return np.ones(len(passage.sentences), dtype=np.bool_)
    about_asked: list[bool] = []
    about_other: list[bool] = []
    previous_end = 0
    for start, end in passage.sentences:
        text = document.text[start:end]
        holds = any(name.is_in(text) for name in names)
        others = not holds and not asked_shapes.isdisjoint(code_shapes(text))
        goes_on = bool(about_asked) and "\n" not in document.text[previous_end:start] and not holds and not others
        about_asked.append(holds or (goes_on and about_asked[-1]))
        about_other.append(others or (goes_on and about_other[-1]))
        previous_end = end
    return ~np.array(about_other) if any(about_asked) else np.ones(len(about_other), dtype=np.bool_)


def _denials(document: Document, passage: Passage, query: ParsedQuery) -> NDArray[np.bool_]:
    """Return which sentences deny what a yes-or-no question asks for, "There is no cure": (s,) bool."""
    denials = np.zeros(len(passage.sentences), dtype=np.bool_)
    if not any(_YES_OR_NO.match(query.texts[i]) for i in query.question_indices):
        return denials
    words = [query.texts[i][slice(*word)] for i in query.question_indices for word in query.content_words[i]]
    asked = set(terms(" ".join(words))) - set(terms(document.title))
    for i, (start, end) in enumerate(passage.sentences):
        text = document.text[start:end]
        denials[i] = bool(_NEGATION.search(text)) and bool(asked & set(terms(text)))
    return denials


def _whole_lists(
    passage: Passage, kinds: Sequence[BlockKind], scores: NDArray[np.float32], near: Sequence[int]
) -> set[int]:
    """Add the rest of a list, or code, to sentences of which its lead-in, or more than one of its items, is one.

    So does an item whose lead-in scores nearly as well: the question is for the list.
    """
    chosen = set(near)
    introduced = [
        lead_ins[-1] if lead_ins and kinds[i] != "row" else None for i, lead_ins in enumerate(passage.lead_ins)
    ]
    for lead_in in set(introduced) - {None}:
        items = [i for i, of_item in enumerate(introduced) if of_item == lead_in]
        answering = [i for i in items if i in chosen]
        lowest = min((scores[i] for i in answering), default=np.inf)
        is_asked_for = any(
            sentence == lead_in and (i in near or scores[i] >= lowest - LEAD_IN_MARGIN)
            for i, sentence in enumerate(passage.sentences)
        )
        if is_asked_for or len(answering) > 1:
            chosen.update(items)
    return chosen


def _replies(document: Document, passage: Passage, chosen: set[Range]) -> set[Range]:
    """Replace each question by what follows it in the passage, up to the end of a paragraph."""
    replies = set(chosen)
    for place, (start, end) in enumerate(passage.sentences):
        following = passage.sentences[place + 1 :]
        if (start, end) not in chosen or not document.text[start:end].endswith("?") or not following:
            continue
        replies.discard((start, end))
        for sentence in following:
            begins_paragraph = "\n" in document.text[end : sentence[0]] and sentence != following[0]
            if begins_paragraph or document.text[slice(*sentence)].endswith("?"):
                break
            replies.add(sentence)
            end = sentence[1]
    return replies or chosen


def quote_ranges(document: Document, ranges: Sequence[Range]) -> tuple[Evidence, ...]:
    """Quote ranges of a document as evidence."""
    return tuple(evidence_at(document, start, end) for start, end in ranges)
