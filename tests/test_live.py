"""Hot reload: a newly published index serves, a bad one is refused, and roll-back is one command."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.errors import BundleError, PinciteError
from index.manifest import BUNDLES, POINTER, find_bundle
from index.settings import Settings
from ingest.build import Report
from ingest.publish import Publisher
from service.app import create_app
from service.cli import main
from service.live import Live


@pytest.fixture
def root(index: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "index"
    shutil.copytree(index, copy, symlinks=True)
    return copy


@pytest.fixture
def publish(root: Path, ingest: Callable[..., Report], tmp_path: Path) -> Callable[[str], str]:
    """`publish(text)`: an index of one document with that text; returns its id."""

    def run(text: str) -> str:
        file = tmp_path / "note.md"
        file.write_text(f"# Note\n\n## Harbour\n\n{text}\n", encoding="utf-8")
        return ingest(root, file, keep=4).id

    return run


def test_a_new_index_serves_once_it_is_published(root: Path, publish: Callable[[str], str]) -> None:
    """The next look opens it; answers come from it, and the one before it is let go by nobody but its requests."""
    live = Live(Settings(index=str(root)))
    live.open()
    before = live()
    client = create_app(live, Settings()).test_client()
    name = publish("The crane lifts ten tonnes.")
    live.refresh()
    assert client.get("/readyz").get_json()["index"] == name
    assert "ten tonnes" in client.get("/v1/query?q=how+much+does+the+crane+lift").get_json()["hits"][0]["text"]
    assert before
    assert before.ask("is a sabbatical paid").hits  # whoever holds the old one still gets its answer


def test_memory_is_settled_before_the_first_question(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sees that the service is ready is not kept waiting by what it does to its memory."""
    seen = []
    live = Live(Settings(index=str(root)))
    monkeypatch.setattr("service.live.settle", lambda: seen.append(live()))
    live.open()
    assert seen == [None]
    assert live()


def test_a_damaged_index_is_refused_once_and_the_old_one_serves_on(root: Path, publish: Callable[[str], str]) -> None:
    """Readiness stays, says why, and counts one refusal; when a whole one is published it serves."""
    live = Live(Settings(index=str(root)))
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
    """Whatever happens to CURRENT, what serves goes on."""
    live = Live(Settings(index=str(root)))
    live.open()
    serving = live()
    pointer = root / POINTER
    pointer.unlink()
    if harm != "gone":
        pointer.write_text({"empty": "", "nonsense": "../../etc"}[harm])
    live.refresh()
    assert live() is serving
    assert live.refused


def test_roll_back_publishes_the_index_before(root: Path, publish: Callable[[str], str]) -> None:
    """One command goes back, again and by name; what is damaged or not there is refused and nothing changes."""
    first = find_bundle(root).name
    second = publish("The crane lifts ten tonnes.")
    third = publish("The crane lifts twelve tonnes.")
    said = CliRunner().invoke(main, ["rollback", "--index", str(root)])
    assert said.stdout.splitlines() == [f"     {third}", f"live {second}", f"     {first}"]
    assert find_bundle(root).name == second
    assert CliRunner().invoke(main, ["rollback", third, "--index", str(root)]).exit_code == 0
    assert find_bundle(root).name == third
    missing = CliRunner().invoke(main, ["rollback", "nothing", "--index", str(root)])
    assert (missing.exit_code, "holds no bundle nothing" in missing.stderr) == (1, True)
    (root / BUNDLES / second / "passages.faiss").write_bytes(b"")
    with Publisher(root, 3) as publisher, pytest.raises(BundleError, match=r"passages\.faiss"):
        publisher.roll_back(second)
    assert find_bundle(root).name == third


def test_roll_back_makes_no_folder(tmp_path: Path) -> None:
    """Where there is no index, it says so and leaves nothing behind."""
    done = CliRunner().invoke(main, ["rollback", "--index", str(tmp_path / "none")])
    assert (done.exit_code, "holds no index" in done.stderr) == (1, True)
    assert not (tmp_path / "none").exists()


def test_there_is_nothing_before_the_first(root: Path) -> None:
    """With one bundle on disk, roll-back says so."""
    with Publisher(root, 3) as publisher, pytest.raises(BundleError, match="no bundle before"):
        publisher.roll_back()


def test_the_index_that_cannot_be_opened_at_first_is_told(tmp_path: Path) -> None:
    """Without an index, the one who waits for the opening is handed the error."""
    failed: list[Exception] = []
    live = Live(Settings(index=str(tmp_path)))
    live.watch(failed.append, lambda: failed.append(AssertionError("ready"))).join(timeout=20)
    assert isinstance(failed[0], BundleError)
    assert live() is None


def test_what_is_mended_is_no_longer_refused(root: Path) -> None:
    """When a damaged pointer names the serving index again, readiness has nothing to say of it any more."""
    live = Live(Settings(index=str(root)))
    live.open()
    pointer = root / POINTER
    whole = pointer.read_bytes()
    pointer.write_bytes(b"nowhere\n")
    live.refresh()
    assert live.refused
    pointer.write_bytes(whole)
    live.refresh()
    assert live.refused is None
    assert live.refusals == 1


def test_any_fault_of_the_first_opening_ends_the_start(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that is none of ours, such as a file that may not be read, is told too: no service hangs unready."""

    def forbidden(self: Live) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Live, "open", forbidden)
    failures: list[PinciteError] = []
    live = Live(Settings(index=str(root)))
    live.watch(failures.append, lambda: pytest.fail("it is not ready")).join(timeout=20)
    assert failures[0].place == str(root)
    assert "PermissionError" in failures[0].problem
