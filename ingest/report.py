"""Report of an ingest. Imports nothing that takes time: an ingest that finds nothing new reports, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from pincite.index.errors import CorpusError, Fault

MAX_LISTED_FAULTS = 20  # faults in the text of one message
LOST = "lost: "  # begins a note on text that could not be read
LEFT_OUT = "left out: "  # begins a note on what is no part of the text
QUOTED = ": “"  # stands in a note before the first of the texts that it quotes
SKIP_REMEDY = "correct them, or leave them out with --skip-bad (skip_bad=True from Python)"


@dataclass(frozen=True, slots=True)
class FileNote:
    """A sentence on one file that was given, or on the whole ingest."""

    file: str | None  # its name as text that can be printed
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.text}" if self.file else self.text


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
    notes: tuple[FileNote, ...]  # on what was read otherwise than it stands, and on ids that moved
    left_out: tuple[FileNote, ...] = ()  # files that are no documents, each with the reason
    faults: tuple[Fault, ...] = ()  # documents at fault, which skip_bad left out
    gone: tuple[str, ...] = ()  # ids of documents that were live before and are not in this index
    added: tuple[str, ...] = ()  # by add(): ids of documents that joined the index,
    replaced: tuple[str, ...] = ()  # of those that took the place of one of the same file name or id,
    unchanged: tuple[str, ...] = ()  # and of those that the index has already


class RefusedError(CorpusError):
    """Documents at fault, for which nothing was published: `faults` has every one."""

    def __init__(
        self,
        faults: Sequence[Fault],
        left_out: Sequence[FileNote] = (),
        notes: Sequence[FileNote] = (),
        readable_count: int = 0,
    ) -> None:
        self.faults = tuple(faults)
        self.left_out = tuple(left_out)  # files that are no documents
        self.notes = tuple(notes)  # on the documents that could be read
        self.readable_count = readable_count  # documents that skip_bad would publish
        if len(faults) == 1:
            super().__init__(faults[0].place, faults[0].problem, faults[0].remedy)
            return
        listed = [f"{fault.place}: {fault.problem}" for fault in faults[:MAX_LISTED_FAULTS]]
        more = [f"{len(faults) - len(listed):,} more"] if len(faults) > len(listed) else []
        problem = "\n  ".join([f"{len(faults):,} are at fault:", *listed, *more])
        super().__init__("documents", problem, SKIP_REMEDY if readable_count else "correct them")


def outcome_to_json(notes: Sequence[FileNote], faults: Sequence[Fault]) -> dict[str, Any]:
    """Return what a manifest keeps of reading, so that an ingest of nothing new can report it again."""
    return {"notes": [list(astuple(note)) for note in notes], "faults": [list(astuple(fault)) for fault in faults]}


def outcome_from_json(made: Mapping[str, Any]) -> tuple[list[FileNote], list[Fault]]:
    """Return the notes and faults of a manifest's field "made"."""
    return [FileNote(*note) for note in made["notes"]], [Fault(*fault) for fault in made["faults"]]
