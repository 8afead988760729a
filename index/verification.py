"""Whether an index holds together: every byte as it was written, every passage the text that it says it is.

Serving checks the bytes; this checks what they say of one another, as a fault of ingest would have them wrong under a
manifest that is right. One document is in memory at a time, whatever the number of passages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pincite.index.bundle import SUGGESTIONS_FILE, Bundle
from pincite.index.errors import BundleError
from pincite.index.retrieval import bm25, dense, late_interaction, sentence_vectors
from pincite.index.storage import documents
from pincite.index.storage.documents import DOCUMENTS_FILE, DocumentStore
from pincite.index.storage.manifest import MANIFEST, check_files, find_bundle, read_manifest
from pincite.index.storage.npy import map_array
from pincite.index.storage.plain_files import REBUILD_REMEDY
from pincite.index.system_errors import shown
from pincite.index.types import Block, Document, Passage, Range, Section

DIGEST_FILES = {"passage-digests.npy": "passages", "sentence-digests.npy": "sentences"}  # a row each, written by ingest


@dataclass(slots=True)
class Counts:
    """Counts of what was checked and is whole."""

    index: str  # the id
    files: int = 0
    documents: int = 0
    sections: int = 0
    passages: int = 0
    sentences: int = 0

    def of_texts(self) -> dict[str, int]:
        """Return the counts that the manifest has, too."""
        return {name: getattr(self, name) for name in ("documents", "sections", "passages", "sentences")}


def check_index(index: Path) -> Counts:
    """Read every byte of the bundle that `index` stands for, and hold its files against one another.

    Raises BundleError naming the file and the place in it, or StorageError where a file cannot be read.
    """
    folder = find_bundle(index)
    manifest = read_manifest(folder)
    check_files(folder, manifest)  # before anything is opened: loaders name no file
    with (
        closing(Bundle(folder, cross_encoder=False)) as bundle,
        closing(DocumentStore(folder, documents=1, passages=1)) as held,
    ):
        with _naming(folder / DOCUMENTS_FILE, "as a whole"):  # what an index of a table finds is what the table holds
            _require((said := held.integrity()) == "ok", f"is damaged: {said}")
        counts = Counts(bundle.id, len(manifest["files"]))
        lengths = _check_texts(held, manifest["documents"], folder, counts)
        with _naming(folder / MANIFEST, "counts"):
            for name, found in counts.of_texts().items():
                said = manifest["counts"][name]
                _require(said == found, f"says {name} {said}; there are {found}")
        _check_rows(folder, manifest, bundle, counts, lengths)
        _check_questions(bundle)
        return counts


def _check_texts(held: DocumentStore, texts: Mapping[str, str], folder: Path, counts: Counts) -> NDArray[np.int64]:
    """Go through documents and passages in the order of rows, and count them.

    texts: the SHA-256 that the manifest tells of each document's text, by its id. Returns the number of sentences of
    each row: (n,) int64.
    """
    sentences = np.zeros(len(held), dtype=np.int64)
    numbered = _Sections(folder)
    for name in sorted(texts, key=lambda name: f"{name}#"):
        with _naming(folder / DOCUMENTS_FILE, f"document {name!r}"):
            document = _document(held, name)
            _check_document(document, texts[name])
            rows = held.rows_of(name)
            first = counts.passages
            _require(sorted(rows) == [*range(first, first + len(rows))], f"its passages are not the rows from {first}")
            passages = [held.passage(row) for row in rows]
            by_row = sorted(zip(rows, passages, strict=True), key=lambda pair: pair[0])
            _require(all(a.id < b.id for (_, a), (_, b) in pairwise(by_row)), "rows are not in the order of their ids")
            _check_passages(document, passages)
            numbered.check([(row, passage.section) for row, passage in by_row])
        for row, passage in by_row:
            sentences[row] = len(passage.sentences)
        counts.documents += 1
        counts.sections += len(document.sections)
        counts.passages += len(passages)
        counts.sentences += int(sum(len(p.sentences) for p in passages))
    with _naming(folder / DOCUMENTS_FILE, "as a whole"):
        extra = next((name for name, _ in held.titles() if name not in texts), None)
        _require(extra is None, f"holds the document {extra!r}, which the manifest does not list")
        rows_held = held.passage_count()
        _require(
            rows_held == counts.passages, f"holds {rows_held} passages, {counts.passages} of them of its documents"
        )
        _require(
            len(held) == counts.passages, f"holds {counts.passages} passages; {documents.SECTIONS_FILE} has {len(held)}"
        )
    return sentences


def _document(held: DocumentStore, name: str) -> Document:
    try:
        return held.document(name)
    except KeyError:
        raise _Wrong("is missing") from None


def _check_document(document: Document, sha256: str) -> None:
    """Check one text: its digests, and the sections and headings that are to lie in it."""
    digest = hashlib.sha256(document.text.encode("utf-8")).hexdigest()
    _require(digest == document.sha256, "its text has another SHA-256 than is told beside it")
    _require(digest == sha256, "its text has another SHA-256 than the manifest tells")
    _check_apart([(b.start, b.end) for b in document.blocks], (0, len(document.text)), "block")
    _require(len({s.id for s in document.sections}) == len(document.sections), "two of its sections have one id")
    ends = [0, *(section.end for section in document.sections)]
    begins = [*(section.start for section in document.sections), len(document.text)]
    _require(ends == begins, "its sections do not tile its text")
    _require(all(s.start < s.end for s in document.sections), "a section of it is empty")
    headings = _headings(document)
    for section in document.sections:
        _require(section.path == headings.get(section.start, ()), f"section {section.id!r} is not under its headings")
    begun = {section.start for section in document.sections}
    _require(set(headings) <= begun <= {0, *headings}, "its sections do not begin at its headings")


def _headings(document: Document) -> dict[int, tuple[str, ...]]:
    """Return the headings in force from the start of each heading on, outermost first."""
    found: dict[int, tuple[str, ...]] = {}
    open_: list[tuple[int, str]] = []
    for block in document.blocks:
        if block.kind == "heading":
            open_ = [(level, text) for level, text in open_ if level < block.level]
            open_.append((block.level, document.text[block.start : block.end]))
            found[block.start] = tuple(text for _, text in open_)
    return found


def _check_passages(document: Document, passages: Sequence[Passage]) -> None:
    """Check the passages of a document, in the order of its text: their places and their content."""
    places = {section.id: section for section in document.sections}
    by_section: dict[str, list[Passage]] = {}
    for passage in passages:
        _require(passage.section in places, f"passage {passage.id!r} is of no section")
        section = places[passage.section]
        held = by_section.setdefault(passage.section, [])
        held.append(passage)
        _require(passage.position == len(held), f"passage {passage.id!r} is number {len(held)} of its section")
        _check_sentences(passage, section)
    _check_apart([(p.start, p.end) for p in passages], (0, len(document.text)), "passage")
    blocks = _Blocks(document)
    for section in document.sections:
        _check_section(document.text, blocks.of(section), by_section.get(section.id, []), section)


def _check_sentences(passage: Passage, section: Section) -> None:
    """Check that a passage lies in its section, and that its sentences fill it."""
    what = f"passage {passage.id!r}"
    _require(section.start <= passage.start < passage.end <= section.end, f"{what} leaves its section")
    _require(len(passage.sentences) == len(passage.lead_ins), f"{what} has not one lead-in for each sentence")
    _require(bool(passage.sentences), f"{what} has no sentence")
    _check_apart(passage.sentences, (passage.start, passage.end), f"sentence of {what}")
    filled = (passage.sentences[0][0], passage.sentences[-1][1]) == (passage.start, passage.end)
    _require(filled, f"{what} does not begin and end with its sentences")


def _check_section(text: str, blocks: Sequence[Block], passages: Sequence[Passage], section: Section) -> None:
    """Check that every word of a section below its heading is in one sentence, and every item has its own lead-in."""
    units = [unit for p in passages for unit in zip(p.sentences, p.lead_ins, strict=True)]
    at = 0
    lead_in: Range | None = None
    for block in blocks:
        where = f"characters {block.start} to {block.end} of section {section.id!r}"
        held = []
        while at < len(units) and units[at][0][0] < block.end:
            held.append(units[at])
            at += 1
        _require(_covered(text, block, [sentence for sentence, _ in held]), f"{where} are not what its passages hold")
        item = block.kind == "item"
        wanted = lead_in if item else None
        _require(all(lead == wanted for _, lead in held), f"{where} have another lead-in than the line before them")
        if not item:
            lead_in = held[-1][0] if held and text[block.start : block.end].endswith(":") else None
    _require(at == len(units), f"a passage of section {section.id!r} holds what is in none of its blocks")


def _covered(text: str, block: Block, sentences: Sequence[Range]) -> bool:
    """Return whether sentences, in order, hold all of a block but the space between them."""
    ends = [block.start, *(end for _, end in sentences)]
    begins = [*(start for start, _ in sentences), block.end]
    gaps = all(end <= start and not text[end:start].strip() for end, start in zip(ends, begins, strict=True))
    return gaps and all(text[s:e] == text[s:e].strip() for s, e in sentences)


class _Blocks:
    """The blocks of a document but its headings, section after section."""

    def __init__(self, document: Document) -> None:
        self._blocks = [block for block in document.blocks if block.kind != "heading"]
        self._at = 0

    def of(self, section: Section) -> list[Block]:
        """Return the blocks that begin before the end of a section."""
        first = self._at
        while self._at < len(self._blocks) and self._blocks[self._at].start < section.end:
            self._at += 1
        return self._blocks[first : self._at]


class _Sections:
    """The numbers that tell the sections of rows apart: from 0 on, in the order of the rows."""

    def __init__(self, folder: Path) -> None:
        self._numbers = map_array(folder / documents.SECTIONS_FILE)
        self._next = 0

    def check(self, rows: Sequence[tuple[int, str]]) -> None:
        """Look at the rows of one document, each with the id of its section."""
        numbers: dict[str, int] = {}
        for row, section in rows:
            number = numbers.setdefault(section, self._next + len(numbers))
            right = row < len(self._numbers) and self._numbers[row] == number
            _require(right, f"row {row} is of another section in {documents.SECTIONS_FILE}")
        self._next += len(numbers)


def _check_rows(
    folder: Path, manifest: Mapping[str, Any], bundle: Bundle, counts: Counts, sentences: NDArray[np.int64]
) -> None:
    """Check that every file of rows has as many as there are passages, sentences or tokens."""
    files = manifest["files"]
    _require_rows(folder / dense.FAISS_FILE, len(bundle.dense), counts.passages)
    for name in {dense.VECTORS_FILE, documents.SECTIONS_FILE} & set(files):
        _require_rows(folder / name, len(map_array(folder / name)), counts.passages)
    for name in set(DIGEST_FILES) & set(files):
        _require_rows(folder / name, len(map_array(folder / name)), getattr(counts, DIGEST_FILES[name]))
    starts = _starts(
        folder / sentence_vectors.SENTENCE_STARTS_FILE,
        counts.passages,
        len(map_array(folder / sentence_vectors.SENTENCES_FILE)),
    )
    with _naming(folder / sentence_vectors.SENTENCE_STARTS_FILE, "as a whole"):
        _require(np.array_equal(np.diff(starts), sentences), "tells other numbers of sentences than the passages have")
    if late_interaction.TOKENS_FILE in files:
        tokens = len(map_array(folder / late_interaction.TOKENS_FILE))
        _require_rows(
            folder / late_interaction.SCALES_FILE, len(map_array(folder / late_interaction.SCALES_FILE)), tokens
        )
        _starts(folder / late_interaction.TOKEN_STARTS_FILE, counts.passages, tokens)
    _check_lexical(folder, counts.passages)


def _check_lexical(folder: Path, passages: int) -> None:
    """Check the posting lists: each term has passages, in the order of their rows."""
    terms = json.loads((folder / bm25.TERMS_FILE).read_text(encoding="utf-8"))
    rows = map_array(folder / bm25.ROWS_FILE)
    starts = _starts(folder / bm25.STARTS_FILE, len(terms), len(rows))
    _require_rows(folder / bm25.SCORES_FILE, len(map_array(folder / bm25.SCORES_FILE)), len(rows))
    _require_rows(folder / bm25.MAX_SCORES_FILE, len(map_array(folder / bm25.MAX_SCORES_FILE)), len(terms))
    with _naming(folder / bm25.ROWS_FILE, "as a whole"):
        _require(not len(rows) or (rows.min() >= 0 and rows.max() < passages), "names a passage that there is not")
        first = np.zeros(len(rows), dtype=np.bool_)
        first[starts[:-1][starts[:-1] < len(rows)]] = True
        _require(bool((first[1:] | (np.diff(rows) > 0)).all()), "has the passages of a term out of order")


def _check_questions(bundle: Bundle) -> None:
    """Check that the questions to offer are headings of the documents, word for word."""
    for offered in bundle.suggestions:
        with _naming(bundle.folder / SUGGESTIONS_FILE, repr(offered.question)):
            document = _document(bundle.records, offered.document)
            headed = (s.path[-1] for s in document.sections if s.id == offered.section and s.path)
            _require(next(headed, None) == offered.question, "is no heading of the section that it names")


def _starts(path: Path, parts: int, rows: int) -> NDArray[np.int64]:
    """Read where the rows of each part begin in another file, and where the last one's end: (parts + 1,) int64."""
    starts: NDArray[np.int64] = np.load(path, allow_pickle=False)
    _require_rows(path, len(starts), parts + 1)
    with _naming(path, "as a whole"):
        _require(starts[0] == 0 and bool((np.diff(starts) >= 0).all()), "is out of order")
        _require(starts[-1] == rows, f"ends at row {starts[-1]} of {rows}")
    return starts


def _require_rows(path: Path, held: int, wanted: int) -> None:
    with _naming(path, "as a whole"):
        _require(held == wanted, f"has {held} rows; there are {wanted}")


def _check_apart(ranges: Sequence[Range], within: Range, what: str) -> None:
    """Ranges lie inside another, in order, and none reaches into the next."""
    bounds = [within[0], *(bound for each in ranges for bound in each), within[1]]
    _require(all(a <= b for a, b in pairwise(bounds)), f"a {what} is out of place")
    _require(all(start < end for start, end in ranges), f"a {what} is empty")


class _Wrong(Exception):  # noqa: N818  # never leaves this module
    """A fault of the place at hand."""


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise _Wrong(problem)


@contextmanager
def _naming(path: Path, place: str) -> Iterator[None]:
    """Name the place that is being checked in whatever is wrong with it."""
    try:
        yield
    except (_Wrong, ValueError, TypeError, LookupError, AttributeError) as error:
        problem = str(error) if isinstance(error, _Wrong) else f"is damaged: {error}"
        where = shown(path) if place == "as a whole" else f"{shown(path)}, {place}"
        raise BundleError(where, problem, REBUILD_REMEDY) from error
