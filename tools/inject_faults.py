"""Fault injection for ingest: every call that it makes to its disk fails once, as on a full or broken disk.

    python -m tools.inject_faults [--every N | --sample N --seed S] [--calls write,fsync] [--jobs N] [--folder FOLDER]

`pincite ingest` runs under strace, over documents that changed, below a root that has a live bundle. Once it is only
watched; then, for each call that it made to a file of the index or the documents, it runs again and that call fails
with ENOSPC, and again with EIO. Each time it must say in its own words what is wrong and leave the old bundle live and
whole, or succeed; nothing staged may stay; and the next ingest must work. Prints a line for each kind of call and for
each fault that broke a promise, then the counts. Exit code 1 when any broke. A run takes about two seconds.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from pincite.index.errors import PinciteError
from pincite.index.storage.manifest import check_files, find_bundle, read_manifest
from tools.small_model import write_small_model

ROOT = Path(__file__).resolve().parent.parent
SYSTEM_CALLS = (
    "openat write pwrite64 writev fsync fdatasync ftruncate fallocate rename renameat renameat2 mkdir mkdirat "
    "sendfile copy_file_range unlink unlinkat fchmod chmod"
).split()
INJECTED_ERRORS = ("ENOSPC", "EIO")
ROOT_ENTRIES = {"CURRENT", "HISTORY", "bundles", "lock"}  # what may lie below a root
ERROR_MESSAGE = re.compile(r"^pincite: (?!pincite )\S.*: .+\n  remedy: .+", re.MULTILINE)
DOCUMENT_TEXT = (
    "# Harbour\n\n## Leave\n\nEverybody has 27 days of leave a year.\n\n## Tides\n\nThe bell rings at high water.\n"
)


@dataclass(frozen=True, slots=True)
class FaultPoint:
    """One call of an ingest to its disk."""

    call: str
    number: int  # among the calls of this name that the process makes, from 1
    trace_text: str  # the call with its arguments, as strace writes it


@dataclass(frozen=True, slots=True)
class FaultOutcome:
    """Outcome of one fault."""

    point: FaultPoint
    error: str
    reached: bool  # the call was made again, and made to fail
    exit_code: int
    broken_promises: tuple[str, ...]  # promises that did not hold
    error_output: str


class FaultBench:
    """A folder with documents, a model, and an index of the documents before they changed."""

    def __init__(self, folder: Path) -> None:
        """Make all of it, unless it is there."""
        self.folder = folder
        self.model, self.documents_before, self.documents_after = folder / "model", folder / "before", folder / "after"
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            write_small_model(self.model)
            for documents, more in (
                (self.documents_before, ""),
                (self.documents_after, "\nOn Sundays it rings twice.\n"),
            ):
                documents.mkdir()
                (documents / "harbour.md").write_text(DOCUMENT_TEXT + more)
                (documents / "fog.md").write_text("# Fog\n\nIn fog the horn sounds twice a minute.\n")
            _require_success(self.ingest(folder / "index", self.documents_before))
            self.reset(folder / "work")
            _require_success(self.ingest(folder / "work", self.documents_after))  # compiles what Python compiles, once
            (folder / "done").touch()
        self.old_id = _live_id(folder / "index")

    def reset(self, root: Path) -> None:
        """Make `root` what it was before the documents changed. Finished bundles are never written to: links do."""
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.folder / "index", root, copy_function=_link_bundles)

    def ingest(self, root: Path, documents: Path, *prefix: str) -> subprocess.CompletedProcess[str]:
        """Run `pincite ingest` below `root`, with a command in front of it."""
        program = [sys.executable, "-c", "from pincite.service.cli.commands import main; main()"]
        arguments = ["ingest", "--index", str(root), "--model", str(self.model), str(documents)]
        environment = {
            **os.environ,
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(ROOT),
            "PINCITE_ENCODER_PRECISION": "float32",
        }
        command = [*prefix, *program, *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)

    def record_points(self, calls: Sequence[str]) -> list[FaultPoint]:
        """Return the calls that an ingest of the changed documents makes to the index or the documents."""
        root, log = self.folder / "work", self.folder / "watched"
        self.reset(root)
        _require_success(self.ingest(root, self.documents_after, *_strace(log, calls)))
        self.new_id = _live_id(root)
        seen: Counter[str] = Counter()
        points = []
        lines = log.read_text(errors="replace").splitlines()
        process = lines[0].split()[0]  # threads have counts of their own, and make no calls to the disk
        for line in lines:
            match = re.match(rf"{process} +(\w+)(\(.*)", line)
            if match is None:  # another thread's, the rest of one that was interrupted, or an end
                continue
            call, trace_text = match.groups()
            seen[call] += 1
            if f"{root}/" in trace_text or f"{self.documents_after}/" in trace_text:
                points.append(FaultPoint(call, seen[call], trace_text))
        return points

    def inject(self, point: FaultPoint, error: str, root: Path) -> FaultOutcome:
        """Have one call of an ingest below `root` fail, and see what comes of it."""
        self.reset(root)
        log = root.with_suffix(".strace")
        fault = ("-e", f"inject={point.call}:error={error}:when={point.number}")
        process = self.ingest(root, self.documents_after, *_strace(log, [point.call]), *fault)
        hit = [line for line in log.read_text(errors="replace").splitlines() if line.endswith("(INJECTED)")]
        reached = any(f"{root}/" in line or f"{self.documents_after}/" in line for line in hit)
        broken = [*self._broken_promises(point, process, root), *self._broken_by_next_ingest(root)]
        return FaultOutcome(point, error, reached, process.returncode, tuple(broken), process.stderr.strip())

    def _broken_promises(self, point: FaultPoint, process: subprocess.CompletedProcess[str], root: Path) -> list[str]:
        """List the promises that an ingest with a fault did not keep."""
        live, left = _live_id(root), sorted({path.name for path in root.iterdir()} - ROOT_ENTRIES)
        broken = [f"left {', '.join(left)}"] if left else []
        if "Traceback" in process.stderr or process.returncode not in (0, 1):
            broken.append(f"exit {process.returncode} with a traceback")
        elif process.returncode == 1 and not ERROR_MESSAGE.search(process.stderr):
            broken.append("names no file or no remedy")
        elif process.returncode == 1 and not (names := _file_names(point, root)) & set(
            re.findall(r"[^\s/:]+", process.stderr)
        ):
            broken.append(f"names none of {', '.join(sorted(names))}")
        if live != (self.new_id if process.returncode == 0 else self.old_id) and not (
            process.returncode and live == self.new_id
        ):
            broken.append(f"{live} is live")
        return broken

    def _broken_by_next_ingest(self, root: Path) -> list[str]:
        """List the promises that the next ingest did not keep."""
        process = self.ingest(root, self.documents_after)
        left = sorted({path.name for path in root.iterdir()} - ROOT_ENTRIES)
        if process.returncode or _live_id(root) != self.new_id or left:
            return [f"the next ingest: exit {process.returncode}, {_live_id(root)} is live, left {left}"]
        return []


def choose_faults(points: list[FaultPoint], every: int, sample: int, seed: int) -> list[tuple[FaultPoint, str]]:
    """Choose points and errors: all, every n-th, or a sample in which each kind of call has the same share."""
    if not sample:
        return [(point, error) for point in points[::every] for error in INJECTED_ERRORS]
    rng = random.Random(seed)
    kinds = {call: [p for p in points if p.call == call] for call in dict.fromkeys(p.call for p in points)}
    for points_of_call in kinds.values():
        rng.shuffle(points_of_call)
    turns = [each[turn] for turn in range(sample) for each in kinds.values() if turn < len(each)]
    return [(point, INJECTED_ERRORS[at % len(INJECTED_ERRORS)]) for at, point in enumerate(turns[:sample])]


def inject_all(bench: FaultBench, chosen: Sequence[tuple[FaultPoint, str]], jobs: int) -> list[FaultOutcome]:
    """Inject faults, `jobs` at a time, each in a root of its own."""
    roots: Queue[Path] = Queue()
    for job in range(jobs):
        roots.put(bench.folder / f"job{job}")

    def one(fault: tuple[FaultPoint, str]) -> FaultOutcome:
        root = roots.get()
        try:
            return bench.inject(*fault, root)
        finally:
            roots.put(root)

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, chosen))


def summary(outcomes: Sequence[FaultOutcome]) -> str:
    """Format the table, the faults that broke a promise, and the counts."""
    lines = [f"{'call':16}{'error':8}{'faults':>7}{'message':>9}{'no harm':>9}{'broken':>8}"]
    for call, error in dict.fromkeys((o.point.call, o.error) for o in outcomes):
        group = [o for o in outcomes if (o.point.call, o.error) == (call, error)]
        message, harmless = (sum(o.exit_code == code and not o.broken_promises for o in group) for code in (1, 0))
        broken = sum(bool(o.broken_promises) for o in group)
        lines.append(f"{call:16}{error:8}{len(group):7}{message:9}{harmless:9}{broken:8}")
    for o in (o for o in outcomes if o.broken_promises):
        lines.append(
            f"\nBROKEN {o.point.call} {o.point.number} {o.error}: {'; '.join(o.broken_promises)}\n"
            f"  {o.point.trace_text[:150]}"
        )
        lines += [f"  | {line}" for line in o.error_output.splitlines()[-3:]]
    missed = sum(not o.reached for o in outcomes)
    kept = sum(not o.broken_promises for o in outcomes)
    return "\n".join([*lines, f"\n{len(outcomes)} faults, {missed} not reached, {kept} kept every promise"])


def _strace(log: Path, calls: Sequence[str]) -> list[str]:
    return ["strace", "-f", "-y", "-s", "0", "--seccomp-bpf", "-o", str(log), "-e", f"trace={','.join(calls)}"]


def _file_names(point: FaultPoint, root: Path) -> set[str]:
    """Return the names of the files that a call was about; of a file that has none, its folder's."""
    paths = [Path(path) for path in re.findall(r'[<"]([^<>"]+)[>"]', point.trace_text)]
    folders = {path.parent.name for path in paths if path.name.startswith("#")}
    return {path.name for path in paths} | folders | ({root.name} if any(p.name == "work" for p in paths) else set())


def _link_bundles(source: str, target: str) -> None:
    (os.link if "/bundles/" in source else shutil.copyfile)(source, target)


def _live_id(root: Path) -> str:
    """Return the id of the live bundle if every byte of it is as it was; else what is wrong with it."""
    try:
        manifest = read_manifest(folder := find_bundle(root))
        check_files(folder, manifest)
        return str(manifest["id"])
    except (PinciteError, OSError) as error:
        return f"nothing whole ({error})"


def _require_success(process: subprocess.CompletedProcess[str]) -> None:
    if process.returncode:
        raise SystemExit(f"an ingest without a fault failed: {process.stderr}")


def main() -> None:
    """Inject, print, and end with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--calls", default=",".join(SYSTEM_CALLS))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "faults")
    arguments = parser.parse_args()
    bench = FaultBench(arguments.folder.resolve())
    outcomes = inject_all(
        bench,
        choose_faults(
            bench.record_points(arguments.calls.split(",")), arguments.every, arguments.sample, arguments.seed
        ),
        arguments.jobs,
    )
    print(summary(outcomes))
    sys.exit(any(o.broken_promises or not o.reached for o in outcomes))


if __name__ == "__main__":
    main()
