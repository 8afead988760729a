"""From paths to documents: which files are read, what they are called, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from read_corpus import read_corpus

from pincite.index.errors import CorpusError, ReadError
from pincite.ingestion.reading import files, read
from pincite.ingestion.reading.files import DOCUMENT_SUFFIXES


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_md", ".md").replace("_txt", ".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_a_folder_is_read_whole_in_the_order_of_ids(tmp_path: Path) -> None:
    """Folders are walked; README and hidden files are no documents; other endings are left out with a note."""
    write(tmp_path, b_md="b.", a__c_txt="c is here.", README_md="no", _hidden="no")
    (tmp_path / ".x.md").write_text("no")
    (tmp_path / "p.pdf").write_text("no")
    corpus = read_corpus([tmp_path])
    assert [d.id for d in corpus.documents] == ["a-c", "b"]
    assert any(note.endswith("p.pdf: left out, no reader for .pdf") for note in corpus.notes)


def test_a_readme_named_outright_is_read(tmp_path: Path) -> None:
    """A path that is given is read, whatever its name."""
    write(tmp_path, README_md="Text.")
    assert [d.id for d in read_corpus([tmp_path / "README.md"]).documents] == ["readme"]


def test_ids_are_unique_and_stated_ids_come_first(tmp_path: Path) -> None:
    """Two names that give one id get two ids; an id stated in a document is never changed."""
    write(tmp_path, **{"a b_md": "x.", "a-b_md": "y.", "z_md": "---\nid: a-b-2\n---\nz."})
    corpus = read_corpus([tmp_path])
    assert {d.id: d.text for d in corpus.documents} == {"a-b": "x.", "a-b-2": "z.", "a-b-3": "y."}


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    """A folder and a file in it, given together, give that file once."""
    write(tmp_path, a_md="x.")
    assert len(read_corpus([tmp_path, tmp_path / "a.md"]).documents) == 1


@pytest.mark.parametrize(
    ("files", "path", "error", "message"),
    [
        ({}, "gone", CorpusError, "gone: no such file or folder"),
        ({}, "", CorpusError, "holds no documents"),
        ({"a.pdf": b"x"}, "a.pdf", ReadError, r"a.pdf: no reader for .pdf\n  remedy: give a file ending in .md"),
        ({"a.md": b""}, "", ReadError, "a.md: holds no text below its headings"),
        ({"a.txt": b" \n\x00\n"}, "", ReadError, "a.txt: holds no text"),
        ({"a.md": b"# only\n## headings\n"}, "", ReadError, "a.md: holds no text"),
        ({"a.md": b"\xff\xfea\x00"}, "", ReadError, "a.md, byte 0: not UTF-8: 0xff"),
        (
            {"a.md": b"---\nid: x\n---\na", "b.md": b"---\nid: x\n---\nb"},
            "",
            CorpusError,
            "b.md: has the id 'x', as .*a.md has",
        ),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, files: dict[str, bytes], path: str, error: type[Exception], message: str
) -> None:
    """Every fault names the file and says what to do; nothing is read in its place."""
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(error, match=message):
        read_corpus([tmp_path / path])


def test_every_ending_that_is_looked_for_has_a_reader() -> None:
    """Finding files loads no reader, so the list of endings is written twice and must agree."""
    assert tuple(read.READERS_BY_SUFFIX) == DOCUMENT_SUFFIXES


def test_a_file_too_large_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the limit is refused with both sizes."""
    monkeypatch.setattr(files, "MAX_DOCUMENT_BYTES", 10)
    write(tmp_path, a_md="more than ten bytes")
    with pytest.raises(ReadError, match="is 19 bytes; 10 at most"):
        read_corpus([tmp_path])
