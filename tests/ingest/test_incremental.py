"""Additions to an index and removals from it: what joins, what stays, and what an ingest of the whole makes of it."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tiny_encoder import Tiny, write_documents

from pincite.index.bundle import SUGGESTIONS_FILE, Bundle
from pincite.index.errors import BundleError, CorpusError, SettingError, StorageError
from pincite.index.settings import Settings
from pincite.index.storage.documents import DocumentStore
from pincite.index.storage.manifest import find_bundle, read_manifest
from pincite.ingestion import incremental
from pincite.ingestion.build import build, build_from_documents
from pincite.ingestion.publishing import document_names, fingerprint
from pincite.ingestion.publishing.document_names import NAMES_FILE, read_names
from pincite.ingestion.report import BuildReport, RefusedError

BELL = "# Bell\n\n## When does the bell ring?\n\nThe bell rings at noon. Twice a month it rings at dusk.\n"


def quiet(stage: str) -> Callable[[int, int], None]:
    return lambda done, of: None


def run(work: Callable[..., BuildReport], root: Path, given: Sequence[Any], **more: Any) -> BuildReport:
    """Run build(), add() or remove() with the tiny encoder."""
    settings = {name: more.pop(name) for name in ("passage_words", "model") if name in more}
    return work(list(given), Settings(index=str(root), **settings), quiet, Tiny, **more)


def ingest(root: Path, *paths: Path, **more: Any) -> BuildReport:
    return run(build, root, paths, **more)


def add(root: Path, *paths: Path, **more: Any) -> BuildReport:
    return run(incremental.add, root, paths, **more)


def remove(root: Path, *ids: str, **more: Any) -> BuildReport:
    return run(incremental.remove, root, ids, **more)


def texts(root: Path) -> dict[str, str]:
    """Return the text of every document of the live index, by id."""
    with closing(DocumentStore(find_bundle(root))) as records:
        return {name: records.document(name).text for name, _ in records.titles()}


def bundles(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "bundles").iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three documents; one of them has something left out, and one states its id."""
    folder = write_documents(tmp_path / "documents", 1)
    (folder / "odd.md").write_text("A bell\u200b rings.\n")
    (folder / "Rates 2024.md").write_text("---\nid: rates\n---\nA berth is nine crowns a night.\n")
    return folder


@pytest.fixture
def root(tmp_path: Path, folder: Path) -> Path:
    """An index of the folder."""
    ingest(tmp_path / "root", folder)
    return tmp_path / "root"


def test_adding_the_parts_makes_the_index_of_the_whole(folder: Path, root: Path, tmp_path: Path) -> None:
    """Documents added one by one, in any order, give the very bundle of one ingest, which then finds nothing new."""
    parts = tmp_path / "parts"
    for path in sorted(folder.iterdir(), reverse=True):
        report = add(parts, path)
        assert len(report.added) == 1
    assert find_bundle(parts).name == find_bundle(root).name
    assert not ingest(parts, folder).changed
    assert [str(note) for note in ingest(parts, folder).notes] == [str(note) for note in ingest(root, folder).notes]


@pytest.mark.parametrize("change", [add, remove])
def test_documents_that_cannot_be_listed_are_not_lost(
    change: Callable[..., BuildReport], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails where the names of documents are read ends the command; none of them leaves the index."""
    (tmp_path / "bell.md").write_text(BELL)
    before = bundles(root)

    def fail(path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error", str(path))

    monkeypatch.setattr(document_names, "read_regular_file", fail)
    with pytest.raises(StorageError, match=NAMES_FILE):
        change(root, tmp_path / "bell.md" if change is add else "rates")
    assert bundles(root) == before


def test_documents_stay_without_their_files(folder: Path, root: Path, tmp_path: Path) -> None:
    """Documents of the index need no file: an addition keeps text, id, file name and notes, and reports its own."""
    before, names = texts(root), read_names(root)
    shutil.rmtree(folder)
    (tmp_path / "bell.md").write_text("The bell\u200b is old.\n")
    report = add(root, tmp_path / "bell.md")
    assert report.added == ("bell",)
    assert (report.replaced, report.gone) == ((), ())
    assert {name: text for name, text in texts(root).items() if name != "bell"} == before
    assert {i: r for i, r in read_names(root).files.items() if i != "bell"} == names.files
    assert [note.file for note in report.notes if note.file] == ["bell.md"]
    assert {note[0] for note in read_manifest(find_bundle(root))["made"]["notes"]} == {"bell.md", "odd.md"}


def test_nothing_to_add_writes_nothing(folder: Path, root: Path) -> None:
    """Documents that the index has are reported as such; no bundle is made."""
    before = bundles(root)
    report = add(root, folder / "odd.md", folder / "Rates 2024.md")
    assert (report.changed, report.unchanged, report.added) == (False, ("odd", "rates"), ())
    assert (bundles(root), (root / "staging").exists()) == (before, False)
    (folder / "blank.md").write_text("")
    report = add(root, folder, skip_bad=True)
    assert (report.changed, len(report.faults), bundles(root)) == (False, 1, before)


def test_a_file_of_the_same_name_replaces_the_document(folder: Path, root: Path, tmp_path: Path) -> None:
    """It keeps the id, wherever the file lies now; unless it states another."""
    again = tmp_path / "elsewhere"
    again.mkdir()
    (again / "odd.md").write_text("A horn sounds.\n")
    report = add(root, again)
    assert (report.replaced, report.added, texts(root)["odd"]) == (("odd",), (), "A horn sounds.")
    (again / "odd.md").write_text("---\nid: horn\n---\nA horn sounds twice.\n")
    report = add(root, again)
    assert (report.replaced, report.gone) == (("horn",), ("odd",))
    assert {*texts(root)} == {"horn", "note-00000", "rates"}
    assert "has the id horn now; it had odd" in str(report.notes)


def test_a_stated_id_replaces_the_document_that_has_it(root: Path, tmp_path: Path) -> None:
    """The id is the document's, whatever its file is called."""
    (tmp_path / "Rates 2025.md").write_text("---\nid: rates\n---\nA berth is ten crowns a night.\n")
    report = add(root, tmp_path / "Rates 2025.md")
    assert (report.replaced, report.added, report.counts["documents"]) == (("rates",), (), 3)
    assert texts(root)["rates"] == "A berth is ten crowns a night."
    assert read_names(root).names["rates"] == "Rates 2025.md"


def test_a_namesake_moves_no_id(folder: Path, root: Path) -> None:
    """A new document takes another id than those of the index; only an ingest of all files tells both apart."""
    (folder / "ODD.md").write_text("A gong sounds.\n")
    (name,) = add(root, folder / "ODD.md").added
    assert name.startswith("odd-")
    assert texts(root)["odd"] == "A bell rings."
    assert not add(root, folder).changed
    whole = ingest(root, folder)
    assert whole.changed
    assert "odd" not in texts(root)


def test_a_document_at_fault_stops_the_addition_or_is_left_out(folder: Path, root: Path) -> None:
    """Every fault is listed and nothing published; with skip_bad the index keeps what it has of such a file."""
    (folder / "odd.md").write_text("")
    (folder / "bell.md").write_text(BELL)
    before = bundles(root)
    with pytest.raises(RefusedError, match=r"odd\.md"):
        add(root, folder, folder / "missing.md")
    assert bundles(root) == before
    report = add(root, folder, skip_bad=True)
    assert (report.added, len(report.faults)) == (("bell",), 1)
    assert texts(root)["odd"] == "A bell rings."
    assert "keeps its document odd as it was read before" in str(report.notes)


def test_text_that_earlier_code_read_is_kept_and_said(
    folder: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change of the code, added files are read by it, others stay, and an ingest reads all of them again."""
    monkeypatch.setattr(fingerprint, "code_digest", lambda: "another")
    (tmp_path / "bell.md").write_text(BELL)
    assert "3 documents" in str(add(root, tmp_path / "bell.md").notes)
    assert {i for i, record in read_names(root).files.items() if record.is_outdated} == {"note-00000", "odd", "rates"}
    assert add(root, folder / "odd.md").replaced == ("odd",)
    assert not read_names(root).files["odd"].is_outdated
    shutil.copy(tmp_path / "bell.md", folder)
    assert ingest(root, folder).changed
    assert not any(record.is_outdated for record in read_names(root).files.values())


def test_other_settings_make_the_index_again(folder: Path, root: Path) -> None:
    """An addition of nothing new under other settings cuts all documents by these."""
    assert add(root, folder / "odd.md", passage_words=30).changed


def test_an_index_of_another_model_is_not_changed(root: Path, tmp_path: Path) -> None:
    """Additions and removals with other weights than the index has are refused, with the name of its model."""
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    with pytest.raises(SettingError, match="all-MiniLM-L6-v2"):
        add(root, tmp_path / "documents", model=str(tmp_path))
    with pytest.raises(SettingError, match="all-MiniLM-L6-v2"):
        remove(root, "odd", model=str(tmp_path))


def test_an_index_of_documents_in_memory_can_grow(root: Path, tmp_path: Path) -> None:
    """Documents that came from no file stay, too; adding the same file again changes nothing."""
    with closing(DocumentStore(find_bundle(root))) as records:
        documents = [records.document(name) for name in texts(root)]
        made = tmp_path / "made"
        build_from_documents(documents, Settings(index=str(made)), quiet, Tiny)  # type: ignore[arg-type]
    (tmp_path / "bell.md").write_text(BELL)
    assert add(made, tmp_path / "bell.md").added == ("bell",)
    assert {*texts(made)} == {*texts(root), "bell"}
    assert not add(made, tmp_path / "bell.md").changed


def test_a_damaged_index_is_not_added_to(folder: Path, root: Path) -> None:
    """Every byte is compared first: documents are taken from the bundle."""
    path = find_bundle(root) / "documents.sqlite"
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    with pytest.raises(BundleError, match=r"documents\.sqlite"):
        add(root, folder)


def test_removed_documents_leave_no_trace(folder: Path, root: Path) -> None:
    """No file of the index holds a word that only the removed document had, in its text, title, source or name."""
    (folder / "zebrule.md").write_text(
        "---\ntitle: Zebrule care\npublisher: Zebrule Society\nsource_url: https://zebrule.example/care\n---\n"
        "# Zebrule\n\n## How do zebrules sleep?\n\nZebrules sleep in the reeds. A zebrule sleeps at dusk.\n\n"
        "## Copies\n\nA bell rings.\n"
    )
    before = read_manifest(find_bundle(root))
    add(root, folder / "zebrule.md")
    holding = {path.name for path in find_bundle(root).iterdir() if b"zebrul" in path.read_bytes().lower()}
    assert {"documents.sqlite", "manifest.json", NAMES_FILE, SUGGESTIONS_FILE} <= holding
    assert len(holding) >= 6  # postings and words, too
    report = remove(root, "zebrule")
    assert report.gone == ("zebrule",)
    assert [path.name for path in find_bundle(root).iterdir() if b"zebrul" in path.read_bytes().lower()] == []
    after = read_manifest(find_bundle(root))
    assert (after["counts"], after["files"]) == (before["counts"], before["files"])
    with closing(Bundle(root)) as bundle:
        assert len(bundle) == before["counts"]["passages"]


def test_ids_that_the_index_does_not_hold(root: Path) -> None:
    """All are named, with the nearest ids, the one made of a file of that name first; nothing is removed."""
    before = bundles(root)
    with pytest.raises(CorpusError) as caught:
        remove(root, "rate", "odd.md", "odd", "quay")
    assert "'rate', 'odd.md', 'quay'" in caught.value.problem
    assert caught.value.remedy.startswith("the nearest ids are rates, odd; `pincite list`")
    assert bundles(root) == before


def test_the_last_document_stays(root: Path) -> None:
    """An index without documents is none."""
    with pytest.raises(CorpusError, match="none would be left"):
        remove(root, *texts(root))
    assert len(texts(root)) == 3


def test_nothing_is_removed_where_there_is_no_index(tmp_path: Path) -> None:
    """The error makes no folder."""
    with pytest.raises(BundleError, match="holds no index"):
        remove(tmp_path / "none", "a")
    assert not (tmp_path / "none").exists()


def test_an_ingest_asks_before_documents_leave(folder: Path, root: Path) -> None:
    """It is asked once all is read and before anything is embedded; without consent nothing is published."""
    asked: list[tuple[str, ...]] = []

    def answer(consent: bool) -> Callable[[Sequence[str]], bool]:
        def confirm(gone: Sequence[str]) -> bool:
            asked.append(tuple(gone))
            assert not (root / "staging" / "encoder.onnx").exists()
            return consent

        return confirm

    before = bundles(root)
    with pytest.raises(CorpusError, match="2 would have left the index"):
        ingest(root, folder / "odd.md", confirm_gone=answer(False))
    assert (bundles(root), (root / "staging").exists()) == (before, False)
    assert ingest(root, folder / "odd.md", confirm_gone=answer(True)).gone == ("note-00000", "rates")
    ingest(root, folder, confirm_gone=answer(False))  # nothing leaves: not asked
    assert asked == [("note-00000", "rates")] * 2
