"""Which passages hold the names of a query, and token similarities in which a name's look-alikes count nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pincite.index.query.names import Name
from pincite.index.types import Range

HasTerms = Callable[[Sequence[str], NDArray[np.int64]], NDArray[np.bool_]]


def passages_with_names(
    has_terms: HasTerms, text_of: Callable[[int], str], names: Sequence[Name], rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return whether each of m passages holds each of n names: (m, n) bool. rows: (m,).

    has_terms: which of some rows hold all of some terms. text_of: the text of a row, read only where the
    posting lists leave a doubt.
    """
    holds = np.zeros((len(rows), len(names)), dtype=np.bool_)
    for column, name in enumerate(names):
        candidates = np.any([has_terms(words, rows) for words in name.required], axis=0)
        if name.pattern is None:
            holds[:, column] = candidates
        else:
            for place in np.flatnonzero(candidates).tolist():
                holds[place, column] = name.is_in(text_of(int(rows[place])))
    return holds


def without_look_alikes(
    max_sim: NDArray[np.float32],
    spans: Sequence[Range],
    names: Sequence[Name],
    holds: NDArray[np.bool_],
    rows: NDArray[np.int64],
    text_of: Callable[[int], str],
) -> NDArray[np.float32]:
    """Set the MaxSim of a name's tokens to 0 in passages with a look-alike in its place, if another passage holds it.

    max_sim: (m, t). spans: the ranges of t tokens. holds: (m, n) for n names. rows: (m,). text_of: the text of a row. A
    token of two names, as in a script without spaces, counts where either is held. Returns (m, t) float32.
    """
    found = [i for i in range(len(names)) if holds[:, i].any()]
    if not found:
        return max_sim
    texts = {place: text_of(int(rows[place])) for place in np.flatnonzero(~holds[:, found].all(axis=1)).tolist()}
    replaced = ~holds
    for i in found:
        for place in np.flatnonzero(~holds[:, i]).tolist():
            replaced[place, i] = names[i].has_look_alike_in(texts[place])
    masked = max_sim.copy()
    for token, (start, end) in enumerate(spans):
        of_names = [i for i in found if names[i].span[0] < end and start < names[i].span[1]]
        if of_names:
            masked[replaced[:, of_names].all(axis=1), token] = 0
    return masked
