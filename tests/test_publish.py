"""Publishing is all or nothing, whatever is killed when."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import BundleError, BusyError
from index.manifest import FORMAT, MANIFEST, POINTER, check_files, file_sha256, find_bundle, read_manifest, seal
from ingest.publish import Publisher

# Every call by which publishing changes or syncs the disk. Pathlib and shutil end in these.
CALLS = ("open", "fsync", "rename", "replace", "mkdir", "unlink", "rmdir", "close")


def stage(publisher: Publisher, content: str) -> Path:
    """A small but complete bundle: two files and a manifest that covers them."""
    folder = publisher.stage()
    for name in ("a.json", "b.npy"):
        (folder / name).write_text(content + name)
    files = {p.name: {"bytes": p.stat().st_size, "sha256": file_sha256(p)} for p in sorted(folder.iterdir())}
    (folder / MANIFEST).write_bytes(seal({"format": FORMAT, "files": files, "made": {"at": content}}))
    return folder


def publish(root: Path, content: str, keep: int = 2) -> Path:
    with Publisher(root, keep) as publisher:
        return publisher.publish(stage(publisher, content), content)


def served(root: Path) -> str:
    """What a reader that opens the root now is given, every byte checked."""
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


def test_killed_at_every_step_the_old_or_the_new_is_served(tmp_path: Path) -> None:
    """SIGKILL at each call in turn: what is served is the whole old bundle or the whole new one, and ingest goes on."""
    seen = []
    for step in range(1000):
        root = tmp_path / str(step)
        publish(root, "older")
        publish(root, "old")
        killed = run_and_kill(lambda root=root: publish(root, "new"), step)
        seen.append(served(root))
        publish(root, "next")
        assert served(root) == "next"
        assert not (root / "staging").exists()
        if not killed:
            break
    # it was killed before, at and after the switch, and what is served never goes back
    assert len(seen) > 20
    assert seen == sorted(seen, key=("old", "new").index)
    assert seen[-1] == "new"


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
    named = log.index(f"name {POINTER}")
    assert {"sync a.json", "sync b.npy", f"sync {MANIFEST}", "sync staging", "sync bundles"} <= set(log[:named])
    assert log[named - 1] == f"sync {POINTER}.new"
    assert log[named + 1] == "sync root"


def test_old_bundles_stay_for_roll_back_up_to_the_number_kept(tmp_path: Path) -> None:
    """With keep=2, the live bundle and the one before it are on disk, and no other."""
    for content in ("one", "two", "three"):
        publish(tmp_path, content, keep=2)
    assert sorted(p.name for p in (tmp_path / "bundles").iterdir()) == ["three", "two"]
    assert served(tmp_path / "bundles" / "two") == "two"


def test_the_same_bundle_can_replace_its_damaged_self(tmp_path: Path) -> None:
    """Publishing a name that is taken by a damaged folder gives a whole bundle under a name beside it."""
    folder = publish(tmp_path, "new")
    (folder / "a.json").write_text("gone")
    assert publish(tmp_path, "new").name == "new-2"
    assert served(tmp_path) == "new"


def test_two_ingests_at_once(tmp_path: Path) -> None:
    """The second of two ingests into one root is refused at once; when the first ends, the root is free."""
    with Publisher(tmp_path, 2), pytest.raises(BusyError, match="another ingest is at work"), Publisher(tmp_path, 2):
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
