"""Verification of an index: every byte as it was written, every passage the text that it says it is.

Serving checks the bytes; this checks that files agree with one another, which a fault of ingest could break under a
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
from pincite.index.citation.embedded_text import own_words, passage_text
from pincite.index.citation.lead_ins import LeadIns
from pincite.index.errors import BundleError
from pincite.index.retrieval.copies import PassageDigests, find_copies
from pincite.index.storage import bm25_files, dense_files, documents, sentence_files, token_files
from pincite.index.storage.copy_files import COPIES_FILE, COPY_DIGESTS_FILE, open_copy_digests
from pincite.index.storage.documents import DOCUMENTS_FILE, DocumentStore
from pincite.index.storage.manifest import MANIFEST_FILE, check_files, find_bundle, read_manifest, require_passages
from pincite.index.storage.npy import map_array
from pincite.index.storage.plain_files import REBUILD_REMEDY
from pincite.index.store.passage_parts import Records
from pincite.index.system_errors import printable_path
from pincite.index.types import Block, Document, Passage, Range, Section

DIGEST_FILES = {"passage-digests.npy": "passages", "sentence-digests.npy": "sentences"}  # a row each, written by ingest


@dataclass(slots=True)
class BundleCounts:
    """Counts of what was checked and is whole."""

    index: str  # the id
    files: int = 0
    documents: int = 0
    sections: int = 0
    passages: int = 0
    sentences: int = 0

    def as_manifest_counts(self) -> dict[str, int]:
        """Return the counts that the manifest has, too."""
        return {name: getattr(self, name) for name in ("documents", "sections", "passages", "sentences")}


def check_index(index: Path) -> BundleCounts:
    """Read every byte of the bundle that `index` stands for, and compare its files with one another.

    Raises BundleError naming the file and the place in it, or StorageError where a file cannot be read.
    """
    folder = find_bundle(index)
    manifest = read_manifest(folder)
    require_passages(folder, manifest)
    check_files(folder, manifest)  # before anything is opened: loaders name no file
    with (
        closing(Bundle(folder, cross_encoder=False)) as bundle,
        closing(DocumentStore(folder, cached_documents=1, cached_passages=1)) as store,
    ):
        with _errors_at(
            folder / DOCUMENTS_FILE, "as a whole"
        ):  # what an index of a table finds is what the table holds
            _require((reported := store.integrity_check()) == "ok", f"is damaged: {reported}")
        counts = BundleCounts(bundle.id, len(manifest["files"]))
        digests = PassageDigests()
        lengths = _check_texts(store, manifest["documents"], folder, counts, digests)
        with _errors_at(folder / COPIES_FILE, "as a whole"):
            table = map_array(folder / COPIES_FILE)
            _require(np.array_equal(table, find_copies(digests)), "does not list the passages with equal words")
        with _errors_at(folder / COPY_DIGESTS_FILE, "as a whole"):
            stored = open_copy_digests(folder)
            _require(np.array_equal(stored, digests.to_array()), "does not hold the digests of the passages' words")
        with _errors_at(folder / MANIFEST_FILE, "counts"):
            for name, counted in counts.as_manifest_counts().items():
                reported = manifest["counts"][name]
                _require(reported == counted, f"says {name} {reported}; there are {counted}")
        _check_rows(folder, manifest, bundle, counts, lengths)
        _check_suggestions(bundle)
        return counts


def _check_texts(
    store: DocumentStore, text_digests: Mapping[str, str], folder: Path, counts: BundleCounts, digests: PassageDigests
) -> NDArray[np.int64]:
    """Check documents and passages in the order of rows, and count them.

    text_digests: the SHA-256 that the manifest has for each text, by document id. Adds the digests of each passage to
    `digests`. Returns the number of sentences of each row: (n,) int64.
    """
    sentences = np.zeros(len(store), dtype=np.int64)
    section_numbers = _SectionNumbers(folder)
    for document_id in sorted(text_digests, key=lambda name: f"{name}#"):
        with _errors_at(folder / DOCUMENTS_FILE, f"document {document_id!r}"):
            document = _require_document(store, document_id)
            _check_document(document, text_digests[document_id])
            rows = store.rows_of(document_id)
            first = counts.passages
            _require(sorted(rows) == [*range(first, first + len(rows))], f"its passages are not the rows from {first}")
            passages = [store.passage(row) for row in rows]
            by_row = sorted(zip(rows, passages, strict=True), key=lambda pair: pair[0])
            _require(all(a.id < b.id for (_, a), (_, b) in pairwise(by_row)), "rows are not in the order of their ids")
            _check_passages(document, passages)
            section_numbers.check([(row, passage.section) for row, passage in by_row])
        for row, passage in by_row:
            sentences[row] = len(passage.sentences)
            digests.add(own_words(document, passage), passage_text(document, passage))
        counts.documents += 1
        counts.sections += len(document.sections)
        counts.passages += len(passages)
        counts.sentences += int(sum(len(p.sentences) for p in passages))
    with _errors_at(folder / DOCUMENTS_FILE, "as a whole"):
        extra = next((name for name, _ in store.titles() if name not in text_digests), None)
        _require(extra is None, f"holds the document {extra!r}, which the manifest does not list")
        row_count = store.passage_count()
        _require(
            row_count == counts.passages, f"holds {row_count} passages, {counts.passages} of them of its documents"
        )
        _require(
            len(store) == counts.passages,
            f"holds {counts.passages} passages; {documents.SECTIONS_FILE} has {len(store)}",
        )
    return sentences


def _require_document(store: Records, document_id: str) -> Document:
    try:
        return store.document(document_id)
    except KeyError:
        raise _CheckError("is missing") from None


def _check_document(document: Document, sha256: str) -> None:
    """Check one text: its digests, and the sections and headings that must lie in it."""
    digest = hashlib.sha256(document.text.encode("utf-8")).hexdigest()
    _require(digest == document.sha256, "its text has another SHA-256 than is told beside it")
    _require(digest == sha256, "its text has another SHA-256 than the manifest tells")
    shown = [b for b in document.blocks if b.kind != "heading" or b.start != b.end]
    _check_disjoint([(b.start, b.end) for b in shown], (0, len(document.text)), "block")
    _require(len({s.id for s in document.sections}) == len(document.sections), "two of its sections have one id")
    ends = [0, *(section.end for section in document.sections)]
    begins = [*(section.start for section in document.sections), len(document.text)]
    _require(ends == begins, "its sections do not tile its text")
    _require(all(s.start < s.end for s in document.sections), "a section of it is empty")
    page_starts = [page.start for page in document.pages]
    ordered = all(a < b for a, b in pairwise([-1, *page_starts, len(document.text)]))
    _require(not page_starts or ordered, "its pages do not begin in order within its text")
    _require(all(page.number > 0 and page.label for page in document.pages), "a page of it has no number or no label")
    headings = _headings(document)
    for section in document.sections:
        _require(section.path == headings.get(section.start, ()), f"section {section.id!r} is not under its headings")
    section_starts = {section.start for section in document.sections}
    starts = {start for start in headings if start < len(document.text)}
    _require(starts <= section_starts <= {0, *starts}, "its sections do not begin at its headings")


def _headings(document: Document) -> dict[int, tuple[str, ...]]:
    """Return the headings in force from the start of each heading on, outermost first."""
    headings: dict[int, tuple[str, ...]] = {}
    open_headings: list[tuple[int, str]] = []
    for block in document.blocks:
        if block.kind == "heading":
            open_headings = [(level, text) for level, text in open_headings if level < block.level]
            if block.start < block.end:  # an empty one ends sections and names none
                open_headings.append((block.level, document.text[block.start : block.end]))
            headings[block.start] = tuple(text for _, text in open_headings)
    return headings


def _check_passages(document: Document, passages: Sequence[Passage]) -> None:
    """Check the passages of a document, in the order of its text: their places and their content."""
    sections_by_id = {section.id: section for section in document.sections}
    by_section: dict[str, list[Passage]] = {}
    for passage in passages:
        _require(passage.section in sections_by_id, f"passage {passage.id!r} is of no section")
        section = sections_by_id[passage.section]
        section_passages = by_section.setdefault(passage.section, [])
        section_passages.append(passage)
        _require(
            passage.position == len(section_passages),
            f"passage {passage.id!r} is number {len(section_passages)} of its section",
        )
        _check_sentences(passage, section)
    _check_disjoint([(p.start, p.end) for p in passages], (0, len(document.text)), "passage")
    blocks = _BodyBlocks(document)
    for section in document.sections:
        _check_section(document.text, blocks.within_section(section), by_section.get(section.id, []), section)


def _check_sentences(passage: Passage, section: Section) -> None:
    """Check that a passage lies in its section, and that its sentences fill it."""
    label = f"passage {passage.id!r}"
    _require(section.start <= passage.start < passage.end <= section.end, f"{label} leaves its section")
    _require(len(passage.sentences) == len(passage.lead_ins), f"{label} has not the lead-ins of each sentence")
    _require(bool(passage.sentences), f"{label} has no sentence")
    _check_disjoint(passage.sentences, (passage.start, passage.end), f"sentence of {label}")
    filled = (passage.sentences[0][0], passage.sentences[-1][1]) == (passage.start, passage.end)
    _require(filled, f"{label} does not begin and end with its sentences")


def _check_section(text: str, blocks: Sequence[Block], passages: Sequence[Passage], section: Section) -> None:
    """Check that every word of a section below its heading is in one sentence, each with the lead-ins of its block."""
    units = [unit for p in passages for unit in zip(p.sentences, p.lead_ins, strict=True)]
    next_unit = 0
    lead_ins = LeadIns(text)
    for block in blocks:
        where = f"characters {block.start} to {block.end} of section {section.id!r}"
        block_units = []
        while next_unit < len(units) and units[next_unit][0][0] < block.end:
            block_units.append(units[next_unit])
            next_unit += 1
        _require(
            _is_covered(text, block, [sentence for sentence, _ in block_units]),
            f"{where} are not what its passages hold",
        )
        expected = lead_ins.of(block)
        _require(
            all(found == expected for _, found in block_units), f"{where} have other lead-ins than stand before them"
        )
        lead_ins.add(block, [sentence for sentence, _ in block_units])
    _require(next_unit == len(units), f"a passage of section {section.id!r} holds what is in none of its blocks")


def _is_covered(text: str, block: Block, sentences: Sequence[Range]) -> bool:
    """Return whether sentences, in order, hold all of a block but the space between them."""
    ends = [block.start, *(end for _, end in sentences)]
    begins = [*(start for start, _ in sentences), block.end]
    gaps = all(end <= start and not text[end:start].strip() for end, start in zip(ends, begins, strict=True))
    return gaps and all(text[s:e] == text[s:e].strip() for s, e in sentences)


class _BodyBlocks:
    """The blocks of a document but its headings, section after section."""

    def __init__(self, document: Document) -> None:
        self._blocks = [block for block in document.blocks if block.kind != "heading"]
        self._position = 0

    def within_section(self, section: Section) -> list[Block]:
        """Return the blocks that begin before the end of a section."""
        first = self._position
        while self._position < len(self._blocks) and self._blocks[self._position].start < section.end:
            self._position += 1
        return self._blocks[first : self._position]


class _SectionNumbers:
    """Section numbers of rows: from 0 on, in the order of the rows."""

    def __init__(self, folder: Path) -> None:
        self._numbers = map_array(folder / documents.SECTIONS_FILE)
        self._next = 0

    def check(self, rows: Sequence[tuple[int, str]]) -> None:
        """Check the rows of one document, each with the id of its section."""
        numbers: dict[str, int] = {}
        for row, section in rows:
            number = numbers.setdefault(section, self._next + len(numbers))
            matches = row < len(self._numbers) and self._numbers[row] == number
            _require(matches, f"row {row} is of another section in {documents.SECTIONS_FILE}")
        self._next += len(numbers)


def _check_rows(
    folder: Path, manifest: Mapping[str, Any], bundle: Bundle, counts: BundleCounts, sentences: NDArray[np.int64]
) -> None:
    """Check that every file of rows has as many as there are passages, sentences or tokens."""
    files = manifest["files"]
    _require_rows(folder / dense_files.FAISS_FILE, len(bundle.dense), counts.passages)
    for name in {dense_files.VECTORS_FILE, documents.SECTIONS_FILE} & set(files):
        _require_rows(folder / name, len(map_array(folder / name)), counts.passages)
    for name in set(DIGEST_FILES) & set(files):
        _require_rows(folder / name, len(map_array(folder / name)), getattr(counts, DIGEST_FILES[name]))
    starts = _read_starts(
        folder / sentence_files.SENTENCE_STARTS_FILE,
        counts.passages,
        len(map_array(folder / sentence_files.SENTENCES_FILE)),
    )
    with _errors_at(folder / sentence_files.SENTENCE_STARTS_FILE, "as a whole"):
        _require(np.array_equal(np.diff(starts), sentences), "tells other numbers of sentences than the passages have")
    if token_files.TOKENS_FILE in files:
        tokens = len(map_array(folder / token_files.TOKENS_FILE))
        _require_rows(folder / token_files.SCALES_FILE, len(map_array(folder / token_files.SCALES_FILE)), tokens)
        _read_starts(folder / token_files.TOKEN_STARTS_FILE, counts.passages, tokens)
    _check_lexical(folder, counts.passages)


def _check_lexical(folder: Path, passages: int) -> None:
    """Check the posting lists: each term has passages, in the order of their rows."""
    terms = json.loads((folder / bm25_files.TERMS_FILE).read_text(encoding="utf-8"))
    rows = map_array(folder / bm25_files.ROWS_FILE)
    starts = _read_starts(folder / bm25_files.STARTS_FILE, len(terms), len(rows))
    _require_rows(folder / bm25_files.SCORES_FILE, len(map_array(folder / bm25_files.SCORES_FILE)), len(rows))
    _require_rows(folder / bm25_files.MAX_SCORES_FILE, len(map_array(folder / bm25_files.MAX_SCORES_FILE)), len(terms))
    forward = map_array(folder / bm25_files.FORWARD_FILE)
    _require_rows(folder / bm25_files.FORWARD_FILE, len(forward), len(rows))
    _read_starts(folder / bm25_files.FORWARD_STARTS_FILE, passages, len(forward))
    with _errors_at(folder / bm25_files.ROWS_FILE, "as a whole"):
        _require(not len(rows) or (rows.min() >= 0 and rows.max() < passages), "names a passage that there is not")
        is_first = np.zeros(len(rows), dtype=np.bool_)
        is_first[starts[:-1][starts[:-1] < len(rows)]] = True
        _require(bool((is_first[1:] | (np.diff(rows) > 0)).all()), "has the passages of a term out of order")


def _check_suggestions(bundle: Bundle) -> None:
    """Check that the questions to offer are headings of the documents, word for word."""
    for suggestion in bundle.suggestions:
        with _errors_at(bundle.folder / SUGGESTIONS_FILE, repr(suggestion.question)):
            document = _require_document(bundle.records, suggestion.document)
            headings = (s.path[-1] for s in document.sections if s.id == suggestion.section and s.path)
            _require(next(headings, None) == suggestion.question, "is no heading of the section that it names")


def _read_starts(path: Path, parts: int, rows: int) -> NDArray[np.int64]:
    """Read where the rows of each part begin in another file, and where the last one's end: (parts + 1,) int64."""
    starts: NDArray[np.int64] = np.load(path, allow_pickle=False)
    _require_rows(path, len(starts), parts + 1)
    with _errors_at(path, "as a whole"):
        _require(starts[0] == 0 and bool((np.diff(starts) >= 0).all()), "is out of order")
        _require(starts[-1] == rows, f"ends at row {starts[-1]} of {rows}")
    return starts


def _require_rows(path: Path, actual: int, expected: int) -> None:
    with _errors_at(path, "as a whole"):
        _require(actual == expected, f"has {actual} rows; there are {expected}")


def _check_disjoint(ranges: Sequence[Range], within: Range, label: str) -> None:
    """Check that ranges lie inside another, in order, and that none reaches into the next."""
    bounds = [within[0], *(bound for text_range in ranges for bound in text_range), within[1]]
    _require(all(a <= b for a, b in pairwise(bounds)), f"a {label} is out of place")
    _require(all(start < end for start, end in ranges), f"a {label} is empty")


class _CheckError(Exception):  # never leaves this module
    """A fault of the place at hand."""


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise _CheckError(problem)


@contextmanager
def _errors_at(path: Path, place: str) -> Iterator[None]:
    """Name the place being checked in any error."""
    try:
        yield
    except (_CheckError, ValueError, TypeError, LookupError, AttributeError) as error:
        problem = str(error) if isinstance(error, _CheckError) else f"is damaged: {error}"
        where = printable_path(path) if place == "as a whole" else f"{printable_path(path)}, {place}"
        raise BundleError(where, problem, REBUILD_REMEDY) from error
