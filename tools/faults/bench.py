"""Ground for faults: an index, three commands that change it, and the promises that each of them keeps."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal, get_args

from pincite.index.errors import PinciteError
from pincite.index.storage.manifest import check_files, find_bundle, read_manifest
from tools.small_model import write_small_model

Command = Literal["ingest", "add", "remove"]  # commands that change an index
Change = tuple[Command, str]  # a command and its argument

COMMANDS: tuple[Command, ...] = get_args(Command)
ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "var" / "faults"
KILLED = -9  # exit code of a process that SIGKILL ended, as Popen has it
ROOT_ENTRIES = {"CURRENT", "HISTORY", "bundles", "lock"}  # what may lie below a root
ERROR_MESSAGE = re.compile(r"^pincite: (?!pincite )\S.*: .+\n  remedy: .+", re.MULTILINE)
PROGRAM = (sys.executable, "-c", "from pincite.service.cli.commands import main; main()")
DOCUMENT_TEXT = (
    "# Harbour\n\n## Leave\n\nEverybody has 27 days of leave a year.\n\n## Tides\n\nThe bell rings at high water.\n"
)
FOG_TEXT = "# Fog\n\nIn fog the horn sounds twice a minute.\n"
BELL_TEXT = "# Bell\n\nThe bell was cast in 1904.\n"
REMOVED_ALREADY = "holds no document 'fog'"  # in the refusal to remove once more what was removed


class FaultBench:
    """Folder with a model, an index of two documents, and what each command changes in it.

    ingest reads the folder of both, one of them changed; add brings the changed one and a third; remove takes one out.
    """

    def __init__(self, folder: Path) -> None:
        """Make all of it in `folder`, whatever was there."""
        self.folder = folder
        self.model, self.documents_before = folder / "model", folder / "before"
        self.documents_after, self.documents_added = folder / "after", folder / "added"
        self.arguments: dict[Command, str] = {
            "ingest": str(self.documents_after),
            "add": str(self.documents_added),
            "remove": "fog",
        }
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_small_model(self.model)
        harbour = DOCUMENT_TEXT + "\nOn Sundays it rings twice.\n"
        for documents, files in (
            (self.documents_before, {"harbour.md": DOCUMENT_TEXT, "fog.md": FOG_TEXT}),
            (self.documents_after, {"harbour.md": harbour, "fog.md": FOG_TEXT}),
            (self.documents_added, {"harbour.md": harbour, "bell.md": BELL_TEXT}),
        ):
            documents.mkdir()
            for name, text in files.items():
                (documents / name).write_text(text)
        require_success(self.end_of(self.start(folder / "index", "ingest", str(self.documents_before))))
        self.old_id = live_id(folder / "index")
        self._ids: dict[tuple[Change, ...], str] = {}
        self._kept_from: set[tuple[str, str, str]] = set()  # folders from which the next run kept its promises
        self.new_ids = {command: self.id_after((command, argument)) for command, argument in self.arguments.items()}

    def id_after(self, *changes: Change) -> str:
        """Return the id of the index that changes make of the one before, one after the other."""
        if changes not in self._ids:
            root = self.reset(self.folder / "work")
            for change in changes:
                require_success(self.end_of(self.start(root, *change)))
            self._ids[changes] = live_id(root)
        return self._ids[changes]

    def reset(self, root: Path) -> Path:
        """Make `root` what it was before anything changed, and return it.

        Finished bundles are never written to: hard links of their files will do.
        """
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.folder / "index", root, copy_function=_link_bundles)
        return root

    def run(self, root: Path, command: Command, *prefix: str) -> subprocess.CompletedProcess[str]:
        """Run a command that changes the index below `root`, with a program in front of it."""
        return self.end_of(self.start(root, command, self.arguments[command], *prefix))

    def start(self, root: Path, command: Command, argument: str, *prefix: str) -> subprocess.Popen[str]:
        """Start a command that changes the index below `root`, with a program in front of it."""
        words = [*prefix, *PROGRAM, command, "--index", str(root), "--model", str(self.model), argument]
        environment = {
            **os.environ,
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(ROOT),
            "PINCITE_ENCODER_PRECISION": "float32",
        }
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    @staticmethod
    def end_of(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
        """Wait until a command has ended."""
        with process:
            output, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def broken_promises(self, process: subprocess.CompletedProcess[str], root: Path, command: Command) -> list[str]:
        """List the promises that a command did not keep, killed or not.

        Old or new is live and whole; success means new; an error is said in pincite's words; nothing staged stays.
        """
        broken, live = [], live_id(root)
        if process.returncode != KILLED:
            broken += left_behind(root)
            if "Traceback" in process.stderr or process.returncode not in (0, 1):
                broken.append(f"exit {process.returncode} with a traceback")
            elif process.returncode == 1 and not ERROR_MESSAGE.search(process.stderr):
                broken.append("names no file or no remedy")
        if live != self.new_ids[command] and (live != self.old_id or process.returncode == 0):
            broken.append(f"{live} is live")
        return broken

    def broken_by_next_run(self, root: Path, command: Command) -> list[str]:
        """List the promises that the same command did not keep when it was run again.

        Where a run began with this very folder before, to the byte, and kept them, it is not run again.
        """
        if (state := (command, self.new_ids[command], folder_digest(root))) in self._kept_from:
            return []
        was_removed = command == "remove" and live_id(root) == self.new_ids[command]
        process = self.run(root, command)
        left, live = left_behind(root), live_id(root)
        has_ended_well = REMOVED_ALREADY in process.stderr if was_removed else process.returncode == 0
        if not has_ended_well or live != self.new_ids[command] or left:
            return [f"the next {command}: exit {process.returncode}, {live} is live, {left}"]
        self._kept_from.add(state)
        return []


def left_behind(root: Path) -> list[str]:
    """Name what lies below a root and should not."""
    left = sorted({path.name for path in root.iterdir()} - ROOT_ENTRIES)
    return [f"left {', '.join(left)}"] if left else []


def folder_digest(root: Path) -> str:
    """Return the SHA-256 of the names and bytes of all that lies below a folder."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        digest.update(f"{path.relative_to(root)}\0{content}\0".encode())
    return digest.hexdigest()


def live_id(root: Path) -> str:
    """Return the id of the live bundle if every byte of it is as it was; else what is wrong with it."""
    try:
        manifest = read_manifest(folder := find_bundle(root))
        check_files(folder, manifest)
        return str(manifest["id"])
    except (PinciteError, OSError) as error:
        return f"nothing whole ({error})"


def require_success(process: subprocess.CompletedProcess[str]) -> None:
    """End this program where a command without a fault failed."""
    if process.returncode:
        raise SystemExit(f"a command without a fault failed: {process.stderr}")


def _link_bundles(source: str, target: str) -> None:
    (os.link if "/bundles/" in source else shutil.copyfile)(source, target)
