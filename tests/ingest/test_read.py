"""From paths to documents: which files are read, what they are called, and what is refused."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from read_corpus import read_corpus

from pincite.index.errors import CorpusError
from pincite.ingestion.progress import Progress, silent
from pincite.ingestion.reading import files
from pincite.ingestion.reading.files import DOCUMENT_SUFFIXES, find_files
from pincite.ingestion.reading.read import read_files
from pincite.ingestion.reading.readers_by_suffix import READERS_BY_SUFFIX
from pincite.ingestion.report import RefusedError


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
    (tmp_path / "p.xyz").write_text("no")
    corpus = read_corpus([tmp_path])
    assert [d.id for d in corpus.documents] == ["a-c", "b"]
    assert any(note.endswith("p.xyz: left out, no reader for .xyz") for note in corpus.notes)


def test_a_readme_named_outright_is_read(tmp_path: Path) -> None:
    """A path that is given is read, whatever its name."""
    write(tmp_path, README_md="Text.")
    assert [d.id for d in read_corpus([tmp_path / "README.md"]).documents] == ["readme"]


def ids(*paths: Path) -> dict[str, str]:
    """Return the id of each document by its first word."""
    return {d.text.split()[0]: d.id for d in read_corpus(paths).documents}


def test_ids_are_unique_and_stated_ids_come_first(tmp_path: Path) -> None:
    """Files whose names give one id all have it with a digest of their name; a stated id is never changed."""
    write(tmp_path, **{"a b_md": "x.", "a-b_md": "y.", "c_md": "---\nid: d\n---\nz.", "d_md": "u.", "e_md": "v."})
    found = ids(tmp_path)
    assert (found["z."], found["v."]) == ("d", "e")
    assert found["x."] == f"a-b-{hashlib.sha256(b'a b.md').hexdigest()[:8]}"
    assert all(re.fullmatch(r"(a-b|d)-[0-9a-f]{8}", found[text]) for text in ("x.", "y.", "u."))
    assert len({*found.values()}) == 5


def test_an_id_does_not_depend_on_the_order_or_number_of_files(tmp_path: Path) -> None:
    """A file with a namesake keeps its id when another namesake goes, and in whatever order folders are given."""
    write(tmp_path, **{"n__Ferry Times_md": "one.", "n__ferry-times_md": "two.", "s__ferry times_md": "three."})
    both = ids(tmp_path / "n", tmp_path / "s")
    assert both == ids(tmp_path / "s", tmp_path / "n")
    (tmp_path / "n" / "Ferry Times.md").unlink()
    left = ids(tmp_path / "n", tmp_path / "s")
    assert left == {text: name for text, name in both.items() if text != "one."}


def test_a_file_with_a_digest_for_a_name_is_told_apart_too(tmp_path: Path) -> None:
    """If a name is already what another would get, that one has more of its digest."""
    digest = hashlib.sha256(b"A B.md").hexdigest()
    write(tmp_path, **{"a b_md": "x.", "A B_md": "y.", f"a-b-{digest[:8]}_md": "z."})
    (tmp_path / "long.md").write_text(f"---\nid: a-b-{digest[:16]}\n---\nu.")
    found = ids(tmp_path)
    assert (found["z."], found["u."]) == (f"a-b-{digest[:8]}", f"a-b-{digest[:16]}")
    assert found["y."] == f"a-b-{digest}"


def test_every_fault_is_found_in_one_reading(tmp_path: Path) -> None:
    """Files at fault do not keep others from being read; each fault has its place and remedy."""
    write(tmp_path, a_md="Good.", b_md="", c_md="---\nid: x y\n---\nBad.", d_md="---\nid: q\n---\nOne.")
    write(tmp_path, e_md="---\nid: q\n---\nTwo.", f_md="---\nid: q\n---\nThree.")
    (tmp_path / "g.txt").write_bytes(b"\xfe\xff\x00a")
    with pytest.raises(RefusedError) as caught:
        read_corpus([tmp_path, tmp_path / "gone"])
    places = [fault.place.removeprefix(f"{tmp_path}/") for fault in caught.value.faults]
    assert places == ["gone", "b.md", "c.md:2, front matter, id", "g.txt, byte 0", "e.md", "f.md"]
    assert all(fault.problem and fault.remedy for fault in caught.value.faults)
    assert str(caught.value).startswith(f"documents: 6 are at fault:\n  {tmp_path}/gone: no such file or folder\n")


def test_reading_reports_each_document(tmp_path: Path) -> None:
    """A document at fault counts as the others do."""
    write(tmp_path, a_md="Good.", b_md="", c_md="Good, too.")
    told: list[tuple[str, int, int]] = []

    def progress_for(stage: str) -> Progress:
        return lambda done, total: told.append((stage, done, total))

    read_files(find_files([tmp_path]).files, tmp_path / "spool", progress_for=progress_for)
    assert told == [("reading documents", done, 3) for done in (1, 2, 3)]


def test_reading_nothing_begins_no_stage(tmp_path: Path) -> None:
    """A removal reads no file, and says nothing of reading."""
    stages: list[str] = []

    def progress_for(stage: str) -> Progress:
        stages.append(stage)
        return silent(stage)

    read_files([], tmp_path / "spool", progress_for=progress_for)
    assert not stages


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    """A folder and a file in it, given together, give that file once."""
    write(tmp_path, a_md="x.")
    assert len(read_corpus([tmp_path, tmp_path / "a.md"]).documents) == 1


@pytest.mark.parametrize(
    ("files", "path", "error", "message"),
    [
        ({}, "gone", CorpusError, "gone: no such file or folder"),
        ({}, "", CorpusError, "holds no documents"),
        ({"a.xyz": b"x"}, "a.xyz", RefusedError, r"a.xyz: no reader for .xyz\n  remedy: give a file ending in .md"),
        ({"a.md": b""}, "", RefusedError, "a.md: holds no text below its headings"),
        ({"a.txt": b" \n\x00\n"}, "", RefusedError, "a.txt: holds no text"),
        ({"a.md": b"# only\n## headings\n"}, "", RefusedError, "a.md: holds no text"),
        ({"a.md": b"\xff\xfea\x00"}, "", RefusedError, "a.md, byte 0: not UTF-8: 0xff"),
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
    assert tuple(READERS_BY_SUFFIX) == DOCUMENT_SUFFIXES


def test_a_file_too_large_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the limit is refused with both sizes."""
    monkeypatch.setattr(files, "MAX_DOCUMENT_BYTES", 10)
    write(tmp_path, a_md="more than ten bytes")
    with pytest.raises(RefusedError, match="is 19 bytes; 10 at most"):
        read_corpus([tmp_path])
