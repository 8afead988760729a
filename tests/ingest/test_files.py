"""Files as they may be: links, pipes, names that are no text, and what changes between being found and being read."""

from __future__ import annotations

import errno
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from read_corpus import read_corpus

from pincite.index.errors import ReadError
from pincite.ingestion.reading import files
from pincite.ingestion.reading.files import SourceFile, find_files
from pincite.ingestion.report import RefusedError

TEXT = "The tide turns at noon.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one document, next to one that is not to be read."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.md").write_text("A secret.\n")
    (tmp_path / "docs" / "sub").mkdir(parents=True)
    (tmp_path / "docs" / "sub" / "a.md").write_text(TEXT)
    return tmp_path / "docs"


def names(*paths: Path) -> list[str]:
    return [file.name for file in find_files(paths).files]


def left_out(*paths: Path) -> list[str]:
    return [str(note) for note in find_files(paths).left_out]


@pytest.mark.parametrize("target", ["secret/key.md", "secret", "/dev/null", "gone.md", "."])
def test_a_link_that_leads_out_of_the_folder_is_left_out(folder: Path, target: str) -> None:
    """Neither a file nor a folder outside is read through a link, however it is spelt; a note says so."""
    (folder / "sub" / "link.md").symlink_to(folder.parent / target)
    assert names(folder) == ["sub/a.md"]
    assert left_out(folder) == [f"{folder}/sub/link.md: left out, a link that leads out of the folder"]


def test_a_link_beside_the_folder_is_outside(folder: Path) -> None:
    """A folder whose name begins like that of the folder given is another folder."""
    (folder.parent / "docs2").mkdir()
    (folder.parent / "docs2" / "b.md").write_text(TEXT)
    (folder / "b.md").symlink_to("../docs2/b.md")
    assert names(folder) == ["sub/a.md"]


def test_links_inside_are_followed_once(folder: Path) -> None:
    """A link to a document in the folder gives that document, once; links in a circle end; each is in the report."""
    (folder / "again.md").symlink_to("sub/a.md")
    (folder / "chain.md").symlink_to("again.md")
    (folder / "sub" / "up").symlink_to("..")
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "old.md").symlink_to("sub/removed.md")
    assert names(folder) == ["again.md"]
    assert left_out(folder) == [
        f"{folder}/chain.md: left out, the same file as {folder}/again.md",
        f"{folder}/loop.md: left out, a link that leads round in a circle",
        f"{folder}/old.md: left out, a link to nothing",
        f"{folder}/sub/a.md: left out, the same file as {folder}/again.md",
        f"{folder}/sub/up: left out, a link to a folder; its files are read where they lie",
    ]


def test_a_path_that_is_given_may_be_a_link(folder: Path) -> None:
    """A link that is named stands for its target: a file, or a folder and what is inside it."""
    (folder.parent / "named.md").symlink_to("secret/key.md")
    (folder.parent / "way").symlink_to("docs")
    assert names(folder.parent / "named.md", folder.parent / "way") == ["named.md", "sub/a.md"]


def test_a_link_put_in_place_of_a_file_is_not_followed(folder: Path) -> None:
    """Between being found and being read a file may be replaced, or the folder it lies in."""
    (file,) = find_files([folder]).files
    (folder / "sub").rename(folder.parent / "moved")
    (folder / "sub").symlink_to("../secret")
    (folder.parent / "secret" / "a.md").write_text("A secret.\n")
    with pytest.raises(ReadError, match=r"a\.md: was replaced while it was read"):
        file.read()


@pytest.mark.parametrize(
    ("name", "title", "document_id"),
    [
        (b"bad\xff.md", r"bad\xff", "bad-xff"),
        (b"two\nlines.md", r"two\nlines", "two-nlines"),
        (b"\x1b[31mred.md", r"\x1b[31mred", "x1b-31mred"),
        ("\u202egpj.md".encode(), r"\u202egpj", "u202egpj"),
        ("Größe 2.md".encode(), "Größe 2", "größe-2"),
        (b"\xff.md", r"\xff", "xff"),
    ],
)
def test_a_name_that_is_no_text_is_shown_with_escapes(
    tmp_path: Path, name: bytes, title: str, document_id: str
) -> None:
    """The document is read; its id and title are made of the name as it can be shown, and so are its notes."""
    (tmp_path / os.fsdecode(name)).write_text("The tide\x00 turns.\n")
    corpus = read_corpus([tmp_path])
    (document,) = corpus.documents
    assert (document.title, document.id) == (title, document_id)
    assert corpus.notes == [f"{title}.md: left out: invisible or control characters (1)"]


@pytest.mark.parametrize("data", [b"\xff", b"---\nid: a b\n---\nx", b"# h\n"])
def test_a_message_about_such_a_file_can_be_printed(tmp_path: Path, data: bytes) -> None:
    """Errors name it as notes do."""
    (tmp_path / os.fsdecode(b"\x1b\xff\n.md")).write_bytes(data)
    with pytest.raises(RefusedError) as caught:
        read_corpus([tmp_path])
    assert r"\x1b\xff\n.md" in caught.value.place
    assert all(part.isprintable() for part in caught.value.args)


def test_other_endings_are_named_so_too(tmp_path: Path) -> None:
    """A note on a file that no reader knows can be printed, whatever its ending."""
    (tmp_path / "a.md").write_text(TEXT)
    (tmp_path / os.fsdecode(b"b.p\xff\x1b")).write_text(TEXT)
    (note,) = left_out(tmp_path)
    assert note.endswith(r"b.p\xff\x1b: left out, no reader for .p\xff\x1b")


@pytest.mark.parametrize("given", ["pipe.md", "/dev/zero", "/dev/tty"])
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path, given: str) -> None:
    """A pipe or a device that is given outright is refused; in a folder it is left out."""
    os.mkfifo(tmp_path / "pipe.md")
    read = "import sys; from pincite.ingestion.reading.files import SourceFile; SourceFile(sys.argv[1], 'x').read()"
    run = subprocess.run([sys.executable, "-c", read, tmp_path / given], capture_output=True, text=True, timeout=60)
    assert "ReadError" in run.stderr
    assert given in run.stderr
    (tmp_path / "a.md").write_text(TEXT)
    assert names(tmp_path) == ["a.md"]
    assert left_out(tmp_path) == [f"{tmp_path}/pipe.md: left out, no regular file"]


def test_a_file_that_grows_is_read_no_further_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size that the disk reports is not believed: no more than the limit is ever in memory."""
    (tmp_path / "a.md").write_text("x" * 50)
    monkeypatch.setattr(files, "MAX_DOCUMENT_BYTES", 10)
    monkeypatch.setattr(files.os, "fstat", lambda number: os.stat_result((0o100644, *[0] * 5, 3, *[0] * 3)))
    with pytest.raises(ReadError, match=r"a\.md: is 11 bytes; 10 at most\n  remedy: split it"):
        SourceFile(str(tmp_path / "a.md"), "a.md").read()


def test_a_file_that_is_gone_is_named(folder: Path) -> None:
    """A file that vanishes between being found and being read stops the ingest with its name and a remedy."""
    found = find_files([folder]).files
    (folder / "sub" / "a.md").unlink()
    with pytest.raises(ReadError, match=r"sub/a\.md: cannot be read: no such file .*\n  remedy: check"):
        found[0].sha256()


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.EIO, "input/output error"), (errno.EACCES, "may not read"), (errno.EMFILE, "too many files are open")],
)
def test_what_the_system_refuses_is_said_in_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    """A bad sector, a permission or a limit of the system is an error of that file, with the remedy."""
    monkeypatch.setattr(files.os, "open", _failing(number))
    with pytest.raises(ReadError, match=rf"a\.md: cannot be read: .*{said}.*\n  remedy: "):
        find_files([folder]).files[0].read()


def test_a_folder_that_may_not_be_looked_into_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without permission is noted; one that the disk cannot give is a fault."""
    real = os.scandir

    def scan(error: int) -> Callable[[str], Any]:
        return lambda path: _failing(error)(path) if path.endswith("sub") else real(path)

    (folder / "b.md").write_text(TEXT)
    monkeypatch.setattr(files.os, "scandir", scan(errno.EACCES))
    assert names(folder) == ["b.md"]
    assert left_out(folder) == [f"{folder}/sub: left out, this user may not look into it"]
    monkeypatch.setattr(files.os, "scandir", scan(errno.EIO))
    (fault,) = find_files([folder]).faults
    assert str(fault).startswith(f"{folder}/sub: cannot be read: the disk reports an input/output error\n  remedy: ")


def test_a_readme_and_an_empty_folder_are_left_out_with_a_note(folder: Path) -> None:
    """Each is in the report; a README whose own path is given is read, and left out of nothing."""
    (folder.parent / "bare").mkdir()
    readme = folder.parent / "bare" / "readme.txt"
    readme.write_text(TEXT)
    assert left_out(folder, folder.parent / "bare") == [
        f"{folder.parent}/bare: left out, a folder that holds no documents",
        f"{readme}: left out, a README, which describes a folder; give its own path to have it read",
    ]
    assert (names(folder.parent / "bare", readme), left_out(folder.parent / "bare", readme)) == (["readme.txt"], [])


def test_a_folder_of_a_readme_alone_says_so(tmp_path: Path) -> None:
    """The fault of a folder without documents names what was left out of it, and what to do about it."""
    (tmp_path / "Readme.md").write_text(TEXT)
    (fault,) = find_files([tmp_path]).faults
    assert fault.problem == f"holds no documents, only files that are left out: {tmp_path}/Readme.md"
    assert fault.remedy.endswith("a README is read if its own path is given")


def test_names_are_distinct_whatever_the_order_of_paths(tmp_path: Path) -> None:
    """Files of one name in several folders take in the folders above them; a nested folder given as well adds none."""
    for name in ("2023/rates.md", "2024/rates.md", "2024/north/tolls.md", "old/2023/rates.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(TEXT)
    given = [tmp_path / name for name in ("2023", "2024", "2024/north", "old/2023")]
    root = tmp_path.name
    expected = ["2024/rates.md", f"{root}/2023/rates.md", "north/tolls.md", "old/2023/rates.md"]
    assert names(*given) == names(*given[::-1]) == sorted(expected, key=lambda name: name.replace("/", "\0"))


def test_folders_may_lie_deeper_than_the_stack_is(tmp_path: Path) -> None:
    """Folders are gone through one after another, not one in another."""
    deep = tmp_path / ("d/" * 200)
    deep.mkdir(parents=True)
    (deep / "a.md").write_text(TEXT)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 60)
    try:
        found = names(tmp_path)
    finally:
        sys.setrecursionlimit(limit)
    assert found == ["d/" * 200 + "a.md"]


@pytest.mark.parametrize(("number", "said"), [(errno.EACCES, "may not read"), (errno.EIO, "input/output error")])
def test_a_path_that_cannot_be_looked_at_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    """A path given that lies in a folder nobody may enter, or on a bad sector, is named with the remedy."""
    monkeypatch.setattr(Path, "stat", _failing(number))
    (fault,) = find_files([folder]).faults
    assert re.search(rf"docs: cannot be read: .*{said}.*\n  remedy: ", str(fault))


def test_a_name_longer_than_the_system_takes_is_named(folder: Path) -> None:
    """So is a path that no file can have."""
    (fault,) = find_files([folder / ("x" * 300)]).faults
    assert "its name is longer than the file system takes" in fault.problem


def test_a_path_that_is_missing_can_be_printed(tmp_path: Path) -> None:
    """A path of no text that is not there is named with escapes."""
    (fault,) = find_files([tmp_path / os.fsdecode(b"\xff\x1b")]).faults
    assert fault.place.endswith(r"\xff\x1b")


def _failing(number: int) -> Callable[..., Any]:
    def fail(path: str, *_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number), path)

    return fail


def test_an_index_inside_a_folder_is_left_out(tmp_path: Path) -> None:
    """Files of an index, such as its vocabulary in text, are no documents; the folder is named."""
    (tmp_path / "a.md").write_text("A bell rings.\n")
    (tmp_path / "index" / "bundles" / "1").mkdir(parents=True)
    (tmp_path / "index" / "bundles" / "1" / "words.txt").write_text("bell\n")
    (tmp_path / "index" / "CURRENT").write_text("1")
    found = find_files([tmp_path])
    assert [file.name for file in found.files] == ["a.md"]
    assert [str(note) for note in found.left_out] == [
        f"{tmp_path / 'index'}: left out, an index, whose files are no documents"
    ]
