"""Report of an ingest. Imports nothing that takes time: an ingest that finds nothing new reports, too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EmbedStats:
    """Statistics of embedding, in texts. The same text twice in a window counts once."""

    embedded: int = 0  # by this ingest
    reused: int = 0  # whose vectors were taken over from the live bundle


@dataclass(frozen=True, slots=True)
class BuildReport:
    """Report of an ingest."""

    id: str  # the index id of the live bundle
    folder: Path
    changed: bool  # False: the live bundle was already made of this very input
    counts: dict[str, int]  # documents, sections, passages, sentences
    texts: EmbedStats
    seconds: float
    notes: tuple[str, ...]
