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
CALLS = (
    "openat write pwrite64 writev fsync fdatasync ftruncate fallocate rename renameat renameat2 mkdir mkdirat "
    "sendfile copy_file_range unlink unlinkat fchmod chmod"
).split()
ERRORS = ("ENOSPC", "EIO")
HARMLESS = ("unlink", "unlinkat")  # of what is thrown away: it fails without a word, and the next ingest throws it away
KEPT = {"CURRENT", "HISTORY", "bundles", "lock"}  # what may lie below a root
MESSAGE = re.compile(r"^pincite: (?!pincite )\S.*: .+\n  remedy: .+", re.MULTILINE)
DOCUMENT = (
    "# Harbour\n\n## Leave\n\nEverybody has 27 days of leave a year.\n\n## Tides\n\nThe bell rings at high water.\n"
)


@dataclass(frozen=True, slots=True)
class Point:
    """One call of an ingest to its disk."""

    call: str
    number: int  # among the calls of this name that the process makes, from 1
    what: str  # the call with its arguments, as strace writes it


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of one fault."""

    point: Point
    error: str
    reached: bool  # the call was made again, and made to fail
    code: int
    broken: tuple[str, ...]  # promises that did not hold
    said: str


class Bench:
    """A folder with documents, a model, and an index of the documents before they changed."""

    def __init__(self, folder: Path) -> None:
        """Make all of it, unless it is there."""
        self.folder = folder
        self.model, self.before, self.after = folder / "model", folder / "before", folder / "after"
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            write_small_model(self.model)
            for documents, more in ((self.before, ""), (self.after, "\nOn Sundays it rings twice.\n")):
                documents.mkdir()
                (documents / "harbour.md").write_text(DOCUMENT + more)
                (documents / "fog.md").write_text("# Fog\n\nIn fog the horn sounds twice a minute.\n")
            _must(self.ingest(folder / "index", self.before))
            self.reset(folder / "work")
            _must(self.ingest(folder / "work", self.after))  # compiles what Python compiles, once
            (folder / "done").touch()
        self.old = _live(folder / "index")

    def reset(self, root: Path) -> None:
        """Make `root` what it was before the documents changed. Finished bundles are never written to: links do."""
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.folder / "index", root, copy_function=_link_bundles)

    def ingest(self, root: Path, documents: Path, *under: str) -> subprocess.CompletedProcess[str]:
        """Run `pincite ingest` below `root`, with a command in front of it."""
        program = [sys.executable, "-c", "from pincite.service.cli.commands import main; main()"]
        words = ["ingest", "--index", str(root), "--model", str(self.model), str(documents)]
        environment = {
            **os.environ,
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(ROOT),
            "PINCITE_ENCODER_PRECISION": "float32",
        }
        line = [*under, *program, *words]
        return subprocess.run(line, capture_output=True, text=True, env=environment, timeout=120, check=False)

    def points(self, calls: Sequence[str]) -> list[Point]:
        """Return the calls that an ingest of the changed documents makes to the index or the documents."""
        root, log = self.folder / "work", self.folder / "watched"
        self.reset(root)
        _must(self.ingest(root, self.after, *_strace(log, calls)))
        self.new = _live(root)
        seen: Counter[str] = Counter()
        found = []
        lines = log.read_text(errors="replace").splitlines()
        process = lines[0].split()[0]  # threads have counts of their own, and make no calls to the disk
        for line in lines:
            made = re.match(rf"{process} +(\w+)(\(.*)", line)
            if made is None:  # another thread's, the rest of one that was interrupted, or an end
                continue
            call, what = made.groups()
            seen[call] += 1
            if f"{root}/" in what or f"{self.after}/" in what:
                found.append(Point(call, seen[call], what))
        return found

    def inject(self, point: Point, error: str, root: Path) -> Outcome:
        """Have one call of an ingest below `root` fail, and see what comes of it."""
        self.reset(root)
        log = root.with_suffix(".strace")
        fault = ("-e", f"inject={point.call}:error={error}:when={point.number}")
        done = self.ingest(root, self.after, *_strace(log, [point.call]), *fault)
        hit = [line for line in log.read_text(errors="replace").splitlines() if line.endswith("(INJECTED)")]
        reached = any(f"{root}/" in line or f"{self.after}/" in line for line in hit)
        broken = [*self._broken(point, done, root), *self._broken_later(root)]
        return Outcome(point, error, reached, done.returncode, tuple(broken), done.stderr.strip())

    def _broken(self, point: Point, done: subprocess.CompletedProcess[str], root: Path) -> list[str]:
        """List the promises that an ingest with a fault did not keep."""
        live, left = _live(root), sorted({path.name for path in root.iterdir()} - KEPT)
        broken = [f"left {', '.join(left)}"] if left else []
        if "Traceback" in done.stderr or done.returncode not in (0, 1):
            broken.append(f"exit {done.returncode} with a traceback")
        elif done.returncode == 1 and not MESSAGE.search(done.stderr):
            broken.append("names no file or no remedy")
        elif done.returncode == 1 and not (names := _names(point, root)) & set(re.findall(r"[^\s/:]+", done.stderr)):
            broken.append(f"names none of {', '.join(sorted(names))}")
        if live != (self.new if done.returncode == 0 else self.old) and not (done.returncode and live == self.new):
            broken.append(f"{live} is live")
        return broken

    def _broken_later(self, root: Path) -> list[str]:
        """List the promises that the next ingest did not keep."""
        done = self.ingest(root, self.after)
        left = sorted({path.name for path in root.iterdir()} - KEPT)
        if done.returncode or _live(root) != self.new or left:
            return [f"the next ingest: exit {done.returncode}, {_live(root)} is live, left {left}"]
        return []


def choose(points: list[Point], every: int, sample: int, seed: int) -> list[tuple[Point, str]]:
    """Points and errors: all, or every so many, or a sample in which each kind of call has the same share."""
    if not sample:
        return [(point, error) for point in points[::every] for error in ERRORS]
    chance = random.Random(seed)
    kinds = {call: [p for p in points if p.call == call] for call in dict.fromkeys(p.call for p in points)}
    for each in kinds.values():
        chance.shuffle(each)
    turns = [each[turn] for turn in range(sample) for each in kinds.values() if turn < len(each)]
    return [(point, ERRORS[at % len(ERRORS)]) for at, point in enumerate(turns[:sample])]


def run(bench: Bench, chosen: Sequence[tuple[Point, str]], jobs: int) -> list[Outcome]:
    """Inject faults, `jobs` at a time, each in a root of its own."""
    roots: Queue[Path] = Queue()
    for job in range(jobs):
        roots.put(bench.folder / f"job{job}")

    def one(given: tuple[Point, str]) -> Outcome:
        root = roots.get()
        try:
            return bench.inject(*given, root)
        finally:
            roots.put(root)

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, chosen))


def told(outcomes: Sequence[Outcome]) -> str:
    """Format the table, the faults that broke a promise, and the counts."""
    lines = [f"{'call':16}{'error':8}{'faults':>7}{'message':>9}{'no harm':>9}{'broken':>8}"]
    for call, error in dict.fromkeys((o.point.call, o.error) for o in outcomes):
        each = [o for o in outcomes if (o.point.call, o.error) == (call, error)]
        message, harmless = (sum(o.code == code and not o.broken for o in each) for code in (1, 0))
        broken = sum(bool(o.broken) for o in each)
        lines.append(f"{call:16}{error:8}{len(each):7}{message:9}{harmless:9}{broken:8}")
    for o in (o for o in outcomes if o.broken):
        lines.append(
            f"\nBROKEN {o.point.call} {o.point.number} {o.error}: {'; '.join(o.broken)}\n  {o.point.what[:150]}"
        )
        lines += [f"  | {line}" for line in o.said.splitlines()[-3:]]
    missed = sum(not o.reached for o in outcomes)
    kept = sum(not o.broken for o in outcomes)
    return "\n".join([*lines, f"\n{len(outcomes)} faults, {missed} not reached, {kept} kept every promise"])


def _strace(log: Path, calls: Sequence[str]) -> list[str]:
    return ["strace", "-f", "-y", "-s", "0", "--seccomp-bpf", "-o", str(log), "-e", f"trace={','.join(calls)}"]


def _names(point: Point, root: Path) -> set[str]:
    """Return the names of the files that a call was about; of a file that has none, its folder's."""
    paths = [Path(path) for path in re.findall(r'[<"]([^<>"]+)[>"]', point.what)]
    folders = {path.parent.name for path in paths if path.name.startswith("#")}
    return {path.name for path in paths} | folders | ({root.name} if any(p.name == "work" for p in paths) else set())


def _link_bundles(source: str, target: str) -> None:
    (os.link if "/bundles/" in source else shutil.copyfile)(source, target)


def _live(root: Path) -> str:
    """Return the id of the live bundle if every byte of it is as it was; else what is wrong with it."""
    try:
        manifest = read_manifest(folder := find_bundle(root))
        check_files(folder, manifest)
        return str(manifest["id"])
    except (PinciteError, OSError) as error:
        return f"nothing whole ({error})"


def _must(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise SystemExit(f"an ingest without a fault failed: {done.stderr}")


def main() -> None:
    """Inject, print, and end with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--calls", default=",".join(CALLS))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "faults")
    given = parser.parse_args()
    bench = Bench(given.folder.resolve())
    outcomes = run(
        bench, choose(bench.points(given.calls.split(",")), given.every, given.sample, given.seed), given.jobs
    )
    print(told(outcomes))
    sys.exit(any(o.broken or not o.reached for o in outcomes))


if __name__ == "__main__":
    main()
