"""Ground for faults: documents, an index of them, the documents changed, and the promises that every ingest keeps."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from pincite.index.errors import PinciteError
from pincite.index.storage.manifest import check_files, find_bundle, read_manifest
from tools.small_model import write_small_model

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "var" / "faults"
KILLED = -9  # exit code of a process that SIGKILL ended, as Popen has it
ROOT_ENTRIES = {"CURRENT", "HISTORY", "bundles", "lock"}  # what may lie below a root
ERROR_MESSAGE = re.compile(r"^pincite: (?!pincite )\S.*: .+\n  remedy: .+", re.MULTILINE)
PROGRAM = (sys.executable, "-c", "from pincite.service.cli.commands import main; main()")
DOCUMENT_TEXT = (
    "# Harbour\n\n## Leave\n\nEverybody has 27 days of leave a year.\n\n## Tides\n\nThe bell rings at high water.\n"
)


class FaultBench:
    """Folder with documents, a model, and an index of the documents before they changed."""

    def __init__(self, folder: Path) -> None:
        """Make all of it in `folder`, whatever was there."""
        self.folder = folder
        self.model, self.documents_before, self.documents_after = folder / "model", folder / "before", folder / "after"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_small_model(self.model)
        for documents, more in ((self.documents_before, ""), (self.documents_after, "\nOn Sundays it rings twice.\n")):
            documents.mkdir()
            (documents / "harbour.md").write_text(DOCUMENT_TEXT + more)
            (documents / "fog.md").write_text("# Fog\n\nIn fog the horn sounds twice a minute.\n")
        require_success(self.ingest(folder / "index", self.documents_before))
        require_success(self.ingest(self.reset(folder / "work"), self.documents_after))
        self.old_id, self.new_id = live_id(folder / "index"), live_id(folder / "work")

    def reset(self, root: Path) -> Path:
        """Make `root` what it was before the documents changed, and return it.

        Finished bundles are never written to: hard links of their files will do.
        """
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.folder / "index", root, copy_function=_link_bundles)
        return root

    def ingest(self, root: Path, documents: Path, *prefix: str) -> subprocess.CompletedProcess[str]:
        """Run `pincite ingest` below `root`, with a command in front of it."""
        with self.start(root, documents, *prefix) as process:
            output, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def start(self, root: Path, documents: Path, *prefix: str) -> subprocess.Popen[str]:
        """Start `pincite ingest` below `root`, with a command in front of it."""
        command = [*prefix, *PROGRAM, "ingest", "--index", str(root), "--model", str(self.model), str(documents)]
        environment = {
            **os.environ,
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(ROOT),
            "PINCITE_ENCODER_PRECISION": "float32",
        }
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    def broken_promises(self, process: subprocess.CompletedProcess[str], root: Path) -> list[str]:
        """List the promises that an ingest of the changed documents did not keep, killed or not.

        Old or new is live and whole; success means new; an error is said in pincite's words; nothing staged stays.
        """
        broken, live = [], live_id(root)
        if process.returncode != KILLED:
            broken += left_behind(root)
            if "Traceback" in process.stderr or process.returncode not in (0, 1):
                broken.append(f"exit {process.returncode} with a traceback")
            elif process.returncode == 1 and not ERROR_MESSAGE.search(process.stderr):
                broken.append("names no file or no remedy")
        if live != self.new_id and (live != self.old_id or process.returncode == 0):
            broken.append(f"{live} is live")
        return broken

    def broken_by_next_ingest(self, root: Path) -> list[str]:
        """List the promises that the next ingest did not keep."""
        process = self.ingest(root, self.documents_after)
        left = left_behind(root)
        if process.returncode or live_id(root) != self.new_id or left:
            return [f"the next ingest: exit {process.returncode}, {live_id(root)} is live, {left}"]
        return []


def left_behind(root: Path) -> list[str]:
    """Name what lies below a root and should not."""
    left = sorted({path.name for path in root.iterdir()} - ROOT_ENTRIES)
    return [f"left {', '.join(left)}"] if left else []


def live_id(root: Path) -> str:
    """Return the id of the live bundle if every byte of it is as it was; else what is wrong with it."""
    try:
        manifest = read_manifest(folder := find_bundle(root))
        check_files(folder, manifest)
        return str(manifest["id"])
    except (PinciteError, OSError) as error:
        return f"nothing whole ({error})"


def require_success(process: subprocess.CompletedProcess[str]) -> None:
    """End the command where an ingest without a fault failed."""
    if process.returncode:
        raise SystemExit(f"an ingest without a fault failed: {process.stderr}")


def _link_bundles(source: str, target: str) -> None:
    (os.link if "/bundles/" in source else shutil.copyfile)(source, target)
