"""Publishing is all or nothing, whatever is killed when."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from pincite.index.errors import BundleError, IndexLockedError, StorageError
from pincite.index.storage.manifest import (
    BUNDLE_FORMAT,
    MANIFEST_FILE,
    POINTER_FILE,
    check_files,
    file_sha256,
    find_bundle,
    read_manifest,
    seal_manifest,
)
from pincite.ingestion.publishing.publisher import Publisher

# Every call by which publishing changes or syncs the disk. Pathlib and shutil end in these.
CALLS = ("open", "fsync", "rename", "replace", "mkdir", "unlink", "rmdir", "close")


def stage(publisher: Publisher, content: str) -> Path:
    """Stage a small but complete bundle: two files and a manifest that covers them."""
    folder = publisher.stage()
    for name in ("a.json", "b.npy"):
        (folder / name).write_text(content + name)
    files = {p.name: {"bytes": p.stat().st_size, "sha256": file_sha256(p)} for p in sorted(folder.iterdir())}
    (folder / MANIFEST_FILE).write_bytes(
        seal_manifest({"format": BUNDLE_FORMAT, "files": files, "made": {"at": content}})
    )
    return folder


def publish(root: Path, content: str, keep: int = 2) -> Path:
    with Publisher(root, keep) as publisher:
        return publisher.publish(stage(publisher, content), content)


def served(root: Path) -> str:
    """Return what a reader that opens the root now is given, every byte checked."""
    folder = find_bundle(root)
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    return str(manifest["made"]["at"])


def run_and_kill(work: Callable[[], object], at: int) -> bool:
    """Run `work` in a child process that kills itself at its `at`-th call of CALLS. True if it was killed."""
    child = os.fork()
    if child == 0:
        made = 0

        def counted(real: Callable[..., object]) -> Callable[..., object]:
            def call(*args: object, **kwargs: object) -> object:
                nonlocal made
                if made == at:
                    os.kill(os.getpid(), signal.SIGKILL)
                made += 1
                return real(*args, **kwargs)

            return call

        for name in CALLS:
            setattr(os, name, counted(getattr(os, name)))
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def on_disk(root: Path) -> list[str]:
    return sorted(p.name for p in (root / "bundles").iterdir())


def roll_back(root: Path, name: str | None = None) -> str:
    """Go back one, or to the one named. Returns what is served then."""
    with Publisher(root, 3) as publisher:
        publisher.roll_back(name)
    return served(root)


def test_killed_at_every_step_the_old_or_the_new_is_served(tmp_path: Path) -> None:
    """SIGKILL at each call in turn, the deletion of an older bundle included: the whole old bundle or the whole new one
    is served, every folder in bundles/ is whole, roll-back gives what was live before, and ingest goes on."""
    seen = []
    for step in range(1000):
        root = tmp_path / str(step)
        for content in ("oldest", "older", "old"):
            publish(root, content, keep=3)
        killed = run_and_kill(lambda root=root: publish(root, "new"), step)
        seen.append(served(root))
        assert [served(root / "bundles" / name) for name in on_disk(root)] == on_disk(root)
        copy = shutil.copytree(root, root.with_name(f"{step}-copy"))
        assert roll_back(copy) == {"old": "older", "new": "old"}[seen[-1]]
        publish(root, "next")
        assert served(root) == "next"
        assert on_disk(root) == sorted(["next", seen[-1]])
        assert sorted(p.name for p in root.iterdir()) == [POINTER_FILE, "HISTORY", "bundles", "lock"]
        assert roll_back(root) == seen[-1]
        if not killed:
            break
    # it was killed before, at and after the switch, and what is served never goes back
    assert len(seen) > 40
    assert seen == sorted(seen, key=("old", "new").index)
    assert seen[-1] == "new"


def test_killed_while_rolling_back_there_is_still_a_way_back(tmp_path: Path) -> None:
    """SIGKILL at each call of a roll-back: what is served is the one or the other, and the next goes back from it."""
    seen = []
    for step in range(1000):
        root = tmp_path / str(step)
        for content in "ABC":
            publish(root, content, keep=3)
        killed = run_and_kill(lambda root=root: roll_back(root), step)
        seen.append(served(root))
        assert roll_back(root) == {"C": "B", "B": "A"}[seen[-1]]
        if not killed:
            break
    assert sorted(set(seen)) == ["B", "C"]


def test_bytes_are_synced_before_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file of a bundle, then its folder, is synced before the pointer is renamed; the root is synced last."""
    log: list[str] = []
    paths: dict[int, str] = {}
    real_open, real_fsync, real_replace = os.open, os.fsync, os.replace

    def logged_open(path: str, flags: int, *rest: int, **kwargs: int) -> int:
        handle = real_open(path, flags, *rest, **kwargs)
        paths[handle] = Path(path).name
        return handle

    monkeypatch.setattr(os, "open", logged_open)
    monkeypatch.setattr(os, "fsync", lambda handle: (log.append(f"sync {paths[handle]}"), real_fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda a, b: (log.append(f"name {Path(b).name}"), real_replace(a, b)))
    publish(tmp_path / "root", "new")
    named = log.index(f"name {POINTER_FILE}")
    assert {"sync a.json", "sync b.npy", f"sync {MANIFEST_FILE}", "sync staging", "sync bundles"} <= set(log[:named])
    assert log[named - 1] == f"sync {POINTER_FILE}.new"
    assert log[named + 1] == "sync root"


def test_old_bundles_stay_for_roll_back_up_to_the_number_kept(tmp_path: Path) -> None:
    """With keep=2, the live bundle and the one before it are on disk, and no other."""
    for content in ("one", "two", "three"):
        publish(tmp_path, content, keep=2)
    assert sorted(p.name for p in (tmp_path / "bundles").iterdir()) == ["three", "two"]
    assert served(tmp_path / "bundles" / "two") == "two"


def test_one_kept_is_two(tmp_path: Path) -> None:
    """The bundle that was live before stays even where one is to be kept."""
    for content in "ABC":
        publish(tmp_path, content, keep=1)
    assert on_disk(tmp_path) == ["B", "C"]


@pytest.mark.parametrize("keep", [1, 2, 3, 9])
def test_what_was_live_before_is_never_deleted(tmp_path: Path, keep: int) -> None:
    """After going back from C to A, D keeps A, and going back gives A: not C, which was gone back from."""
    for content in "ABC":
        publish(tmp_path, content, keep=9)
    roll_back(tmp_path, "A")
    publish(tmp_path, "D", keep)
    assert {"A", "D"} <= set(on_disk(tmp_path))
    assert len(on_disk(tmp_path)) == min(4, max(2, keep))
    assert roll_back(tmp_path) == "A"
    with pytest.raises(BundleError, match="no bundle before"):
        roll_back(tmp_path)


def test_going_forward_again_can_be_undone(tmp_path: Path) -> None:
    """Roll-back follows what was live in turn, by name or not."""
    for content in "ABC":
        publish(tmp_path, content, keep=3)
    assert [roll_back(tmp_path, name) for name in (None, None, "C", None)] == ["B", "A", "C", "A"]


def test_times_of_files_mean_nothing(tmp_path: Path) -> None:
    """A copy whose folders are of another time, as cp -r or a backup makes it, goes back in the same order."""
    for content in "CAB":
        publish(tmp_path / "root", content, keep=3)
    copy = shutil.copytree(tmp_path / "root", tmp_path / "copy")
    for age, name in enumerate("BCA"):
        os.utime(copy / "bundles" / name, (age, age))
    assert [roll_back(copy), roll_back(copy)] == ["A", "C"]
    publish(copy, "D", keep=2)
    assert on_disk(copy) == ["C", "D"]


@pytest.mark.parametrize("harm", ["gone", "cut", "flipped", "empty", "folder", "pipe"])
def test_without_a_history_the_manifests_tell(tmp_path: Path, harm: str) -> None:
    """A history that is missing, as of an earlier version, or damaged gives way to when each bundle was made."""
    for content in "ABC":
        publish(tmp_path, content, keep=3)
    file = tmp_path / "HISTORY"
    data = file.read_bytes()
    file.unlink()
    if harm == "folder":
        file.mkdir()
    elif harm == "pipe":
        os.mkfifo(file)
    elif harm != "gone":
        file.write_bytes({"cut": data[:-70], "flipped": data.replace(b"B", b"D"), "empty": b""}[harm])
    assert roll_back(tmp_path) == "B"
    publish(tmp_path, "D", keep=2)
    assert on_disk(tmp_path) == ["B", "D"]


def test_what_the_history_does_not_tell_of(tmp_path: Path) -> None:
    """Bundles that another version published since, or a backup brought back, come in by when they were made."""
    for content in "BCDE":
        publish(tmp_path, content, keep=9)
        if content == "C":
            (tmp_path / "HISTORY").rename(tmp_path / "aside")
    (tmp_path / "aside").replace(tmp_path / "HISTORY")
    shutil.copytree(tmp_path / "bundles" / "B", tmp_path / "bundles" / "A")
    assert [roll_back(tmp_path) for _ in range(4)] == ["D", "C", "B", "B"]


@pytest.mark.parametrize("torn", ["no manifest", "a file missing", "a file cut", "empty"])
def test_a_torn_bundle_takes_no_whole_one_s_place(tmp_path: Path, torn: str) -> None:
    """A bundle deleted in part is neither gone back to nor kept; what is no bundle is left alone."""
    for content in ("a" * 16, "b" * 16, "c" * 16):
        publish(tmp_path, content, keep=3)
    folder = tmp_path / "bundles" / ("b" * 16)
    for file in {"no manifest": [MANIFEST_FILE], "a file missing": ["a.json"], "a file cut": []}.get(
        torn, os.listdir(folder)
    ):
        (folder / file).unlink()
    if torn == "a file cut":
        (folder / "a.json").write_bytes(b"")
    (tmp_path / "bundles" / "notes").mkdir()
    (tmp_path / "bundles" / "README").write_text("mine")
    copy = shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-copy"))
    assert roll_back(copy) == "a" * 16
    publish(tmp_path, "d" * 16, keep=3)
    assert on_disk(tmp_path) == ["README", "a" * 16, "c" * 16, "d" * 16, "notes"]


def test_what_was_being_deleted_is_deleted_by_the_next(tmp_path: Path) -> None:
    """A bundle that a kill left on its way out goes, whatever of it is there."""
    publish(tmp_path, "A")
    shutil.copytree(tmp_path / "bundles" / "A", tmp_path / "leaving" / "old")
    publish(tmp_path, "B")
    assert not (tmp_path / "leaving").exists()


@pytest.mark.parametrize("harm", ["folder", "full folder", "pipe", "long", "dangling", "no manifest"])
def test_a_damaged_pointer_stops_no_ingest(tmp_path: Path, harm: str) -> None:
    """Whatever CURRENT has become, publishing replaces it, and what was live before can be gone back to."""
    publish(tmp_path, "A")
    publish(tmp_path, "B")
    pointer = tmp_path / POINTER_FILE
    pointer.unlink()
    if "folder" in harm:
        pointer.mkdir()
    elif harm == "pipe":
        os.mkfifo(pointer)
    elif harm == "dangling":
        pointer.symlink_to(tmp_path / "nowhere")
    else:
        pointer.write_text("n" * 300 if harm == "long" else "B")
    if harm == "full folder":
        (pointer / "file").write_text("")
    if harm == "no manifest":
        (tmp_path / "bundles" / "B" / MANIFEST_FILE).unlink()
    publish(tmp_path, "C", keep=3)
    assert served(tmp_path) == "C"
    assert roll_back(tmp_path) == ("A" if harm == "no manifest" else "B")


def test_the_live_bundle_may_be_gone_for_a_roll_back(tmp_path: Path) -> None:
    """If the live bundle has lost its manifest, one can still go back."""
    publish(tmp_path, "A")
    shutil.rmtree(publish(tmp_path, "B"))
    assert roll_back(tmp_path) == "A"


def test_a_damaged_bundle_is_not_gone_back_to(tmp_path: Path) -> None:
    """A bundle of the same length but other bytes is refused, and the remedy names the others."""
    for content in "ABC":
        publish(tmp_path, content, keep=3)
    (tmp_path / "bundles" / "B" / "a.json").write_text("Xa.json")
    with pytest.raises(BundleError, match=r"a\.json: is damaged(.|\n)*name one of those on disk: C, A"):
        roll_back(tmp_path)
    assert served(tmp_path) == "C"


def test_the_same_bundle_can_replace_its_damaged_self(tmp_path: Path) -> None:
    """Publishing a name that a damaged folder has gives a whole bundle under another name."""
    folder = publish(tmp_path, "new")
    (folder / "a.json").write_text("gone")
    assert publish(tmp_path, "new").name == "new-2"
    assert served(tmp_path) == "new"


def test_two_ingests_at_once(tmp_path: Path) -> None:
    """The second of two ingests into one root is refused at once; when the first ends, the root is free."""
    with (
        Publisher(tmp_path, 2),
        pytest.raises(IndexLockedError, match="another ingest is at work"),
        Publisher(tmp_path, 2),
    ):
        pass
    publish(tmp_path, "new")


def test_a_failed_ingest_leaves_no_staging(tmp_path: Path) -> None:
    """An error between staging and publishing removes what was staged and publishes nothing."""
    with pytest.raises(ZeroDivisionError), Publisher(tmp_path, 2) as publisher:
        publisher.publish(stage(publisher, "half"), f"{1 / 0}")
    assert not (tmp_path / "staging").exists()
    with pytest.raises(BundleError, match="holds no index"):
        find_bundle(tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A root that is a file is an error that names it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match=r"file.*: cannot be written"), Publisher(tmp_path / "file", 2):
        pass


@pytest.mark.parametrize(("call", "place"), [("mkdir", "staging"), ("rename", "bundles"), ("replace", "root")])
def test_a_root_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, place: str) -> None:
    """A call that the system forbids is reported with the file or folder, and the old bundle stays."""
    root = tmp_path / "root"
    publish(root, "old")

    def forbidden(path: str, *rest: object, **more: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with Publisher(root, 2) as publisher:
        staging = stage(publisher, "new")
        monkeypatch.setattr(os, call, forbidden)
        with pytest.raises(StorageError, match="this user may not") as caught:
            publisher.stage() if call == "mkdir" else publisher.publish(staging, "new")
        monkeypatch.undo()
    assert place in caught.value.place
    assert served(root) == "old"
    assert not (root / "staging").exists()
    assert not list(root.glob("*.new"))


def test_a_bundle_is_no_index_folder(tmp_path: Path) -> None:
    """Publishing into a bundle's own folder is refused, and writes nothing there."""
    folder = publish(tmp_path, "A")
    with pytest.raises(BundleError, match="is a bundle itself"):
        publish(folder, "B")
    assert served(folder) == "A"


def test_a_lock_that_the_system_does_not_give_is_no_other_ingest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system without locks is reported as such."""

    def refused(handle: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refused)
    with pytest.raises(StorageError, match=r"lock: fails: No locks available"):
        publish(tmp_path, "A")
