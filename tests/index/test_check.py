"""`pincite check` refuses an index whose files are whole but do not say the same, naming the file and the place."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pincite.index.errors import BundleError
from pincite.index.storage import manifest as manifest_module
from pincite.index.storage.copy_files import COPIES_FILE
from pincite.index.storage.manifest import MANIFEST_FILE, describe_file, find_bundle, read_manifest, seal_manifest
from pincite.index.verification import check_index

SQL = {
    "moved by one": ('UPDATE passages SET start = start + 1, "end" = "end" + 1', "document 'leave': "),
    "moved with its sentences": (
        "UPDATE passages SET start = 1, sentences = '[[1,23]]' WHERE row = 3",
        "characters 0 to 23 of section 'preamble' are not what its passages hold",
    ),
    "beyond the text": ('UPDATE passages SET start = 99999, "end" = 99999 + 5', "leaves its section"),
    "a longer sentence": (
        "UPDATE passages SET sentences = '[[0,24]]' WHERE row = 3",
        "a sentence of passage 'leave#preamble:1' is out of place",
    ),
    "no sentence": ("UPDATE passages SET sentences = '[]', lead_ins = '[]'", "has no sentence"),
    "no lead-in": ("UPDATE passages SET lead_ins = '[[],[],[],[]]' WHERE row = 4", "other lead-ins"),
    "another line as lead-in": (
        "UPDATE passages SET lead_ins = replace(lead_ins, '[308,334]', '[308,333]') WHERE row = 4",
        "other lead-ins",
    ),
    "another section": ("UPDATE passages SET section = 'preface' WHERE row = 3", "is of no section"),
    "a number twice": ("UPDATE passages SET position = 2", "is number 1 of its section"),
    "an unknown document": ("UPDATE passages SET document = 'x' WHERE row = 5", "document 'tides': its passages"),
    "one passage more": (
        "INSERT INTO passages SELECT row + 1, 'x', section, position, start, \"end\", sentences, lead_ins "
        "FROM passages ORDER BY row DESC LIMIT 1",
        "passages, 7 of them of its documents",
    ),
    "a gap in the rows": ("UPDATE passages SET row = 99 WHERE row = 6", "are not the rows from"),
    "rows exchanged": (
        "UPDATE passages SET row = -1 - row WHERE row < 2; UPDATE passages SET row = 2 + row WHERE row < 0",
        "not in the order of their ids",
    ),
    "passages missing": ("DELETE FROM passages WHERE row > 5", "document 'tides': "),
    "a document missing": ("DELETE FROM documents WHERE id = 'tides'", "document 'tides': is missing"),
    "a document more": (
        "INSERT INTO documents SELECT 'x', title, source, NULL, '[]', sha256, text, blocks, sections, '[]' "
        "FROM documents LIMIT 1",
        "holds the document 'x', which the manifest does not list",
    ),
    "another text": ("UPDATE documents SET text = replace(text, 'three', 'seven')", "SHA-256 than is told beside it"),
    "texts exchanged": (
        "UPDATE documents SET (text, sha256, blocks, sections) = "
        "(SELECT text, sha256, blocks, sections FROM documents o WHERE o.id <> documents.id)",
        "SHA-256 than the manifest tells",
    ),
    "sections that overlap": (
        "UPDATE documents SET sections = replace(sections, ',0,25]', ',0,26]')",
        "document 'leave': its sections do not",
    ),
    "a section under another heading": (
        "UPDATE documents SET sections = replace(sections, '\"Sabbatical\"', '\"Holiday\"')",
        "section 'leave--sabbatical' is not under its headings",
    ),
    "pages that go back": (
        'UPDATE documents SET pages = \'[[0,1,"i"],[9,2,"1"],[9,3,"2"]]\' WHERE id = \'leave\'',
        "document 'leave': its pages do not begin in order",
    ),
    "a page beyond the text": (
        "UPDATE documents SET pages = '[[99999,1,\"i\"]]' WHERE id = 'leave'",
        "document 'leave': its pages do not begin in order",
    ),
    "a page without a label": (
        "UPDATE documents SET pages = '[[0,1,\"\"]]' WHERE id = 'leave'",
        "document 'leave': a page of it has no number",
    ),
    "no JSON": ("UPDATE documents SET sections = '[' WHERE id = 'leave'", "document 'leave': is damaged"),
}


@pytest.fixture
def folder(index: Path, tmp_path: Path) -> Path:
    """The folder of an index that may be spoilt."""
    return find_bundle(Path(shutil.copytree(index, tmp_path / "index")))


def sealed(folder: Path, **other: Any) -> None:
    """Have the manifest say that the files are as they are now, as after a fault of ingest."""
    manifest = read_manifest(folder) | other
    manifest["files"] = {p.name: describe_file(p) for p in sorted(folder.iterdir()) if p.name != MANIFEST_FILE}
    (folder / MANIFEST_FILE).write_bytes(seal_manifest(manifest))


def run(folder: Path, script: str) -> None:
    with closing(sqlite3.connect(folder / "documents.sqlite")) as connection:
        connection.executescript(script)


def test_what_is_counted(folder: Path) -> None:
    """A whole index is reported with its id, and the counts of files and texts that its manifest has."""
    manifest = read_manifest(folder)
    counts = check_index(folder)
    assert (counts.index, counts.files) == (manifest["id"], len(manifest["files"]))
    assert counts.as_manifest_counts() == manifest["counts"]


def test_every_document_of_the_article_is_in_place(article: Any) -> None:
    """The documents that pincite comes with pass."""
    assert check_index(article.bundle.folder).passages == len(article.bundle)


@pytest.mark.parametrize("harm", SQL)
def test_records_that_do_not_agree_are_refused(folder: Path, harm: str) -> None:
    """A passage, a section or a text that is elsewhere or other than is said is found, its document named."""
    script, problem = SQL[harm]
    before = (folder / "documents.sqlite").read_bytes()
    run(folder, script)
    assert (folder / "documents.sqlite").read_bytes() != before
    sealed(folder)
    with pytest.raises(BundleError) as caught:
        check_index(folder)
    assert caught.value.place.startswith(str(folder / "documents.sqlite"))
    assert problem in f"{caught.value.place}: {caught.value.problem}"


@pytest.mark.parametrize("pairs", [[[0, 0, 0], [1, 0, 1]], [[2, 2, 2]]])
def test_passages_that_are_said_to_be_equal_and_are_not(folder: Path, pairs: list[list[int]]) -> None:
    """The list of passages with equal words must be the one that their words give."""
    np.save(folder / COPIES_FILE, np.array(pairs, dtype=np.int64))
    sealed(folder)
    with pytest.raises(BundleError, match=r"passage-copies\.npy: does not list the passages with equal words"):
        check_index(folder)


def _cut(rows: Any) -> Any:
    return rows[:-1]


def _reversed(rows: Any) -> Any:
    return rows[::-1]


@pytest.mark.parametrize("harm", [_cut, lambda rows: np.concatenate([rows, rows[:1]])])
def test_files_of_rows_have_as_many_as_there_are(folder: Path, harm: Callable[[Any], Any]) -> None:
    """Each .npy file of the bundle but the tables of words, and of copies, one row short or long, is refused."""
    tables = ("token-embeddings.npy", "general-order.npy", COPIES_FILE)
    names = sorted(p.name for p in folder.glob("*.npy") if p.name not in tables)
    assert len(names) > 10
    for name in names:
        whole = (folder / name).read_bytes()
        np.save(folder / name, harm(np.load(folder / name)))
        sealed(folder)
        with pytest.raises(BundleError) as caught:
            check_index(folder)
        assert str(folder) in caught.value.place, name
        (folder / name).write_bytes(whole)
    sealed(folder)
    check_index(folder)


@pytest.mark.parametrize(
    "name", ["passage-sections.npy", "sentence-starts.npy", "lexical-rows.npy", "token-starts.npy"]
)
def test_rows_in_another_order_are_refused(folder: Path, name: str) -> None:
    """An array of row starts in the wrong order is refused."""
    np.save(folder / name, _reversed(np.load(folder / name)))
    sealed(folder)
    with pytest.raises(BundleError):
        check_index(folder)


def test_other_counts_are_refused(folder: Path) -> None:
    """A manifest that counts otherwise is refused with both numbers."""
    manifest = read_manifest(folder)
    sealed(folder, counts={**manifest["counts"], "sentences": 99})
    with pytest.raises(BundleError, match=r"manifest\.json, counts: says sentences 99; there are 14"):
        check_index(folder)


def test_a_question_that_no_heading_asks_is_refused(folder: Path) -> None:
    """A question to offer stands in the documents, word for word."""
    path = folder / "questions.json"
    path.write_text(path.read_text().replace("Sabbatical", "Holiday"))
    sealed(folder)
    with pytest.raises(BundleError, match=r"questions\.json, 'Holiday': is no heading"):
        check_index(folder)


def test_the_middle_of_a_large_file_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Serving compares the ends of a large file alone; verify finds what is damaged between them, and names it."""
    monkeypatch.setattr(manifest_module, "LARGE_FILE", 100)
    monkeypatch.setattr(manifest_module, "CHECKED_END", 10)
    sealed(folder)
    path = folder / "tokens.npy"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(BundleError, match=r"tokens\.npy: is damaged: its checksum"):
        check_index(folder)
