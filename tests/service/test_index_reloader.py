"""Hot reload: a newly published index serves, a bad one is refused, and roll-back is one command."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from pincite.index.errors import BundleError, PinciteError, StorageError
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.index.storage.manifest import BUNDLES_FOLDER, POINTER_FILE, find_bundle
from pincite.ingestion.publishing.publisher import Publisher
from pincite.ingestion.report import BuildReport
from pincite.service.cli.commands import main
from pincite.service.runtime.app import create_app
from pincite.service.runtime.index_reloader import IndexReloader


@pytest.fixture
def root(index: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "index"
    shutil.copytree(index, copy, symlinks=True)
    return copy


@pytest.fixture
def publish(root: Path, ingest: Callable[..., BuildReport], tmp_path: Path) -> Callable[[str], str]:
    """`publish(text)`: an index of one document with that text; returns its id."""

    def run(text: str) -> str:
        file = tmp_path / "note.md"
        file.write_text(f"# Note\n\n## Harbour\n\n{text}\n", encoding="utf-8")
        return ingest(root, file, keep_bundles=4).id

    return run


def test_a_new_index_serves_once_it_is_published(root: Path, publish: Callable[[str], str]) -> None:
    """The next look opens it; answers come from it, and the one before it is let go by nobody but its requests."""
    live = IndexReloader(Settings(index=str(root)))
    live.open()
    before = live.current()
    client = create_app(live, Settings()).test_client()
    name = publish("The crane lifts ten tonnes.")
    live.refresh()
    assert client.get("/readyz").get_json()["index"] == name
    assert "ten tonnes" in client.get("/v1/query?q=how+much+does+the+crane+lift").get_json()["hits"][0]["text"]
    assert before
    assert before.ask("is a sabbatical paid").hits  # a request that holds the old one still gets its answer


def test_memory_is_compacted_before_the_first_question(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is compacted before the service says that it is ready, so no question waits for it."""
    seen = []
    live = IndexReloader(Settings(index=str(root)))
    monkeypatch.setattr("pincite.service.runtime.index_reloader.compact_memory", lambda: seen.append(live.current()))
    live.open()
    assert seen == [None]
    assert live.current()


def test_a_damaged_index_is_refused_once_and_the_old_one_stays_in_use(
    root: Path, publish: Callable[[str], str]
) -> None:
    """Readiness stays, says why, and counts one refusal; when a whole one is published it serves."""
    live = IndexReloader(Settings(index=str(root)))
    live.open()
    client = create_app(live, Settings()).test_client()
    old = client.get("/readyz").get_json()["index"]
    publish("The crane lifts ten tonnes.")
    damaged = next(file for file in find_bundle(root).iterdir() if file.suffix == ".faiss")
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    for _ in range(3):
        live.refresh()
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["index"], live.refusals) == (200, old, 1)
    assert "damaged" in ready.get_json()["refused"]
    assert str(root) not in ready.text
    assert client.get("/v1/query?q=is+a+sabbatical+paid").get_json()["hits"]
    name = publish("The crane lifts twelve tonnes.")
    live.refresh()
    assert client.get("/readyz").get_json() == {"status": "ready", "index": name}


@pytest.mark.parametrize("harm", ["gone", "empty", "nonsense"])
def test_a_pointer_that_names_nothing_changes_nothing(root: Path, harm: str) -> None:
    """Whatever happens to CURRENT, the searcher in use stays."""
    live = IndexReloader(Settings(index=str(root)))
    live.open()
    serving = live.current()
    pointer = root / POINTER_FILE
    pointer.unlink()
    if harm != "gone":
        pointer.write_text({"empty": "", "nonsense": "../../etc"}[harm])
    live.refresh()
    assert live.current() is serving
    assert live.rejection


def test_roll_back_publishes_the_index_before(root: Path, publish: Callable[[str], str]) -> None:
    """One command goes back, again and by name; what is damaged or not there is refused and nothing changes."""
    first = find_bundle(root).name
    second = publish("The crane lifts ten tonnes.")
    third = publish("The crane lifts twelve tonnes.")
    said = CliRunner().invoke(main, ["rollback", "--index", str(root)])
    assert re.fullmatch(rf"Live again: {second}, made \d{{4}}-\d\d-\d\d \d\d:\d\d UTC, \d documents?\n", said.stdout)
    assert find_bundle(root).name == second
    listed = CliRunner().invoke(main, ["rollback", "--list", "--index", str(root)]).stdout.splitlines()
    assert [line[:21].rstrip() for line in listed] == [f"     {third}", f"live {second}", f"     {first}"]
    assert all(re.search(r"  made \S+ \S+ UTC, \d documents?$", line) for line in listed)
    assert CliRunner().invoke(main, ["rollback", "--list", third, "--index", str(root)]).exit_code == 2
    assert find_bundle(root).name == second
    assert CliRunner().invoke(main, ["rollback", third, "--index", str(root)]).exit_code == 0
    assert find_bundle(root).name == third
    missing = CliRunner().invoke(main, ["rollback", "nothing", "--index", str(root)])
    assert (missing.exit_code, "holds no bundle nothing" in missing.stderr) == (1, True)
    (root / BUNDLES_FOLDER / second / "passages.faiss").write_bytes(b"")
    with Publisher(root, 3) as publisher, pytest.raises(BundleError, match=r"passages\.faiss"):
        publisher.roll_back(second)
    assert find_bundle(root).name == third


def test_roll_back_makes_no_folder(tmp_path: Path) -> None:
    """Without an index, roll-back says so and leaves nothing behind."""
    done = CliRunner().invoke(main, ["rollback", "--index", str(tmp_path / "none")])
    assert (done.exit_code, "holds no index" in done.stderr) == (1, True)
    assert not (tmp_path / "none").exists()


def test_roll_back_needs_an_earlier_bundle(root: Path) -> None:
    """With one bundle on disk, roll-back is an error that says so."""
    with Publisher(root, 3) as publisher, pytest.raises(BundleError, match="no bundle before"):
        publisher.roll_back()


def test_an_index_that_cannot_be_opened_at_the_start_is_reported(tmp_path: Path) -> None:
    """Without an index, `failed` is called with the error, and there is no searcher."""
    failed: list[Exception] = []
    live = IndexReloader(Settings(index=str(tmp_path)))
    live.watch(failed.append, lambda: failed.append(AssertionError("ready"))).join(timeout=20)
    assert isinstance(failed[0], BundleError)
    assert live.current() is None


def test_a_corrected_pointer_ends_the_rejection(root: Path) -> None:
    """When a damaged pointer names the index in use again, /readyz shows no rejection."""
    live = IndexReloader(Settings(index=str(root)))
    live.open()
    pointer = root / POINTER_FILE
    whole = pointer.read_bytes()
    pointer.write_bytes(b"nowhere\n")
    live.refresh()
    assert live.rejection
    pointer.write_bytes(whole)
    live.refresh()
    assert live.rejection is None
    assert live.refusals == 1


def test_any_fault_of_the_first_opening_ends_the_start(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of another library, such as a file that may not be read, is reported too: no service hangs unready."""

    def forbidden(self: IndexReloader) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(IndexReloader, "open", forbidden)
    failures: list[PinciteError] = []
    live = IndexReloader(Settings(index=str(root)))
    live.watch(failures.append, lambda: pytest.fail("it is not ready")).join(timeout=20)
    assert failures[0].place == str(root)
    assert "PermissionError" in failures[0].problem


def cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


@pytest.mark.parametrize("name", ["documents.sqlite", "token-embeddings.npy", "tokens.npy", "sentences.npy"])
def test_a_file_cut_short_in_use_makes_the_service_unready(root: Path, name: str) -> None:
    """The question gets 503 and no answer, readiness says no and why, and with the file whole again it serves."""
    live = IndexReloader(Settings(index=str(root)))
    live.open()
    client = create_app(live, Settings()).test_client()
    asked = "/v1/query?q=who+rings+a+bell"
    before = client.get(asked).get_json()["hits"]
    file = find_bundle(root) / name
    whole = file.read_bytes()
    cut(file, 0 if name == "documents.sqlite" else len(whole) - 1)
    problem = client.get("/v1/query?q=when+does+the+tower+ring").get_json()
    assert (problem["status"], problem["type"]) == (503, "/problems/not-ready")
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert (
        f"The index cannot be read ({name}: is shorter than it was when it was opened)." == ready.get_json()["detail"]
    )
    live.refresh()
    assert client.get("/readyz").status_code == 503  # and is refused, as it still is
    file.write_bytes(whole)
    for _ in range(2):
        live.refresh()
    assert client.get("/readyz").get_json() == {"status": "ready", "index": find_bundle(root).name}
    assert client.get(asked).get_json()["hits"] == before


def test_refresh_notices_a_file_cut_short(root: Path) -> None:
    """Readiness ends without a question being asked."""
    live = IndexReloader(Settings(index=str(root)))
    live.open()
    cut(find_bundle(root) / "documents.sqlite", 0)
    live.refresh()
    assert create_app(live, Settings()).test_client().get("/readyz").status_code == 503


def test_a_deleted_bundle_stays_in_use(root: Path, publish: Callable[[str], str]) -> None:
    """A searcher with open files reads them as before: nothing is failing."""
    live = IndexReloader(Settings(index=str(root)))
    live.open()
    shutil.rmtree(find_bundle(root))
    live.refresh()
    searcher = live.current()
    assert searcher
    assert searcher.ask("is a sabbatical paid").hits
    assert live.failing is None


def test_a_refused_bundle_is_retried_at_growing_intervals(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried after 1, 2, 4 ... looks, never more than 300 seconds apart; a success starts over."""
    live = IndexReloader(Settings(index=str(root), reload_seconds=20))
    tried: list[int] = []

    def fails(settings: Settings, folder: Path, observe: object) -> Searcher:
        tried.append(look)
        raise BundleError(str(folder / "tokens.npy"), "is missing", "mend it")

    monkeypatch.setattr("pincite.service.runtime.index_reloader.open_searcher", fails)
    for look in range(64):  # noqa: B007  # which fails() notes
        live.refresh()
    assert tried == [0, 1, 3, 7, 15, 30, 45, 60]
    assert (live.rejection, live.refusals) == ("tokens.npy: is missing; mend it", 1)


def test_a_refused_index_is_used_once_it_is_whole(root: Path, publish: Callable[[str], str]) -> None:
    """A file that is put back is seen at the next look, however long the rest is, without a restart."""
    live = IndexReloader(Settings(index=str(root)))
    live.open()
    client = create_app(live, Settings()).test_client()
    name = publish("The crane lifts ten tonnes.")
    file = find_bundle(root) / "tokens.npy"
    file.rename(root / "away")
    for _ in range(5):
        live.refresh()
    assert client.get("/readyz").get_json()["refused"].startswith("tokens.npy: is missing; ")
    (root / "away").rename(file)
    live.refresh()
    assert client.get("/readyz").get_json() == {"status": "ready", "index": name}


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EMFILE, "too many files"), (errno.ENOMEM, "not enough memory"), (errno.EIO, "input/output error")],
)
def test_a_system_error_is_named_and_never_called_no_index(
    root: Path, publish: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """Neither a pointer nor a file that the system does not let be opened is "no index"; when it does, it serves."""
    live = IndexReloader(Settings(index=str(root)))
    live.open()
    name = publish("The crane lifts ten tonnes.")

    def refuse(path: object, *rest: object, **more: object) -> int:
        raise OSError(number, os.strerror(number), str(path))

    for place in ("os.open", "pincite.index.storage.manifest.file_sha256"):
        with monkeypatch.context() as patch:
            patch.setattr(place, refuse)
            live.refresh()
        assert live.rejection
        assert words in live.rejection
        assert "no index" not in live.rejection
    live.refresh()
    serving = live.current()
    assert serving
    assert serving.bundle.id == name


def test_a_fault_met_by_several_threads_is_noted_once(root: Path) -> None:
    """An index that is failing keeps its first reason; one that no longer serves says nothing of the one that does."""
    live = IndexReloader(Settings(index=str(root)))
    live.open()
    serving = live.current()
    assert serving
    for problem in ("first", "second"):
        live.fail(serving, StorageError(str(root / "bundles/x/a.npy"), problem, "mend it"))
    assert live.failing == "a.npy: first"
    live.open()
    live.fail(serving, StorageError("a.npy", "third", "mend it"))
    assert live.failing is None
