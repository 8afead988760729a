"""Embedding of the texts of one window whose vectors are not taken over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.index.parallel import CPUS
from pincite.index.retrieval.late_interaction import QuantizedTokens, quantize
from pincite.ingestion.embedding.reuse import TextGroup
from pincite.ingestion.encoder.packing import EncodeBatch, encode_all
from pincite.ingestion.progress import Progress


@dataclass(frozen=True, slots=True)
class MissingTexts:
    """Texts of one window that are to be embedded."""

    passages: int  # passages in the window
    texts: tuple[str, ...]  # distinct
    token_texts: frozenset[str]  # those among them whose token vectors are wanted, too

    @classmethod
    def of(cls, passages: int, groups: Sequence[TextGroup], token_texts: Sequence[str]) -> MissingTexts:
        """Return the distinct texts of some groups, in order of first appearance."""
        return cls(passages, tuple(dict.fromkeys(text for texts in groups for text in texts)), frozenset(token_texts))


@dataclass(frozen=True, slots=True)
class EmbeddedTexts:
    """Vectors of the texts of one window."""

    vectors: dict[str, NDArray[np.float32]] = field(default_factory=dict)  # (d,) by text
    tokens: dict[str, QuantizedTokens] = field(default_factory=dict)  # by text, where they are wanted


EmbedWindow = Callable[[MissingTexts, Progress], EmbeddedTexts]  # progress in texts of the window
# The folder and the precision of the encoder, the missing texts of all windows in their order, and progress in passages
# come in. Back comes what gives the vectors of one window after another, in the same order.
EmbedApart = Callable[[Path, str, Iterator[MissingTexts], Progress], EmbedWindow]


def embed_texts(encode: EncodeBatch, missing: MissingTexts, progress: Progress, workers: int = CPUS) -> EmbeddedTexts:
    """Embed the texts of a window, on `workers` processors. progress: called with texts done and texts in all."""
    embedded = EmbeddedTexts()
    for done, (text, encoded) in enumerate(encode_all(missing.texts, encode, workers), start=1):
        embedded.vectors[text] = encoded.vector
        if text in missing.token_texts:
            embedded.tokens[text] = quantize(encoded.token_vectors)
        progress(done, len(missing.texts))
    return embedded
