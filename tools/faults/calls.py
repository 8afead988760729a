"""Fault injection into the system calls of a command that changes an index: each fails once, or is the last.

    python -m tools.faults.calls                     # ENOSPC and EIO at every call that changes a disk: two hours
    python -m tools.faults.calls --kill              # SIGKILL at every call of every kind: eight hours
    python -m tools.faults.calls --each-place [--kill]              # calls that are alike once or twice
    python -m tools.faults.calls --sample 40 --seed 7 [--kill] [--commands add,remove] [--calls write,fsync]
                                 [--jobs N] [--folder FOLDER]

`pincite ingest`, `add` and `remove` run under strace, below a root that has a live bundle. Once each is only watched;
then it runs again for each call that it made to a file of the index or the documents, and meets a fault at that call.
Whatever the fault, the old bundle or the new one is live and whole, and the same command, run again, works and leaves
nothing but bundles. After an error the command must have succeeded, or have said what is wrong, with the file and the
remedy, and left nothing staged. Prints a line for each kind of call and for each fault that broke a promise, then the
counts. Exit code 1 when any broke. A fault takes one to three seconds.

--each-place takes the first and the last of the calls that are alike: the same call with the same files, numbers apart,
after the same call. So the writes of a loop over rows are tried at its first row and at its last.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from queue import Queue

from tools.faults.bench import COMMANDS, FOLDER, KILLED, Command, FaultBench, require_success

WRITING_CALLS = (
    "openat write pwrite64 writev fsync fdatasync ftruncate fallocate rename renameat renameat2 mkdir mkdirat "
    "sendfile copy_file_range unlink unlinkat rmdir fchmod chmod"
).split()
READING_CALLS = "read pread64 lseek close flock fcntl fstat newfstatat getdents64 mmap readlink access".split()
ERRORS = ("ENOSPC", "EIO")
KILL = "SIGKILL"


@dataclass(frozen=True, slots=True)
class FaultPoint:
    """One call of a command to a file of the index or the documents."""

    command: Command
    call: str
    number: int  # among the calls of this name that the process makes, from 1
    trace_text: str  # the call with its arguments, as strace writes it


@dataclass(frozen=True, slots=True)
class FaultOutcome:
    """Outcome of one fault."""

    point: FaultPoint
    fault: str  # one of ERRORS, or KILL
    reached: bool  # the call was made again, and met the fault
    exit_code: int
    broken_promises: tuple[str, ...]  # promises that did not hold
    error_output: str


def record_points(bench: FaultBench, command: Command, calls: Sequence[str]) -> list[FaultPoint]:
    """Return the calls that a command makes to the index or the documents."""
    root, log = bench.folder / "work", bench.folder / "watched"
    bench.reset(root)
    require_success(bench.run(root, command, *_strace(log, calls)))
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
        if _concerns(trace_text, bench, root):
            points.append(FaultPoint(command, call, seen[call], trace_text))
    return points


def each_place(points: Sequence[FaultPoint]) -> list[FaultPoint]:
    """Return the first and the last of the points that are alike: the same call with the same files, after the same.

    The numbers in a call (descriptors, offsets, sizes, results) may differ.
    """
    texts = [f"{point.command} {point.call}{_without_numbers(point.trace_text)}" for point in points]
    alike: dict[tuple[str, str], list[int]] = {}
    for number, place in enumerate(pairwise(["", *texts])):
        alike.setdefault(place, []).append(number)
    chosen = {end for numbers in alike.values() for end in (numbers[0], numbers[-1])}
    return [points[number] for number in sorted(chosen)]


def inject(bench: FaultBench, point: FaultPoint, fault: str, root: Path) -> FaultOutcome:
    """Have one call of a command below `root` meet a fault, and see what comes of it."""
    bench.reset(root)
    log = root.with_suffix(".strace")
    what = f"signal={fault}" if fault == KILL else f"error={fault}"
    injected = ("-e", f"inject={point.call}:{what}:when={point.number}")
    # a call stopped by seccomp takes no signal
    tracer = [option for option in _strace(log, [point.call]) if fault != KILL or option != "--seccomp-bpf"]
    process = bench.run(root, point.command, *tracer, *injected)
    broken = bench.broken_promises(process, root, point.command)
    reached = process.returncode == KILLED if fault == KILL else _met_error(log, bench, root)
    if (
        reached
        and process.returncode == 1
        and not (names := _file_names(point, root)) & set(re.findall(r"[^\s/:]+", process.stderr))
    ):
        broken.append(f"names none of {', '.join(sorted(names))}")
    broken += bench.broken_by_next_run(root, point.command)
    return FaultOutcome(point, fault, reached, process.returncode, tuple(broken), process.stderr.strip())


def choose_faults(
    points: list[FaultPoint], faults: Sequence[str], every: int, sample: int, seed: int
) -> list[tuple[FaultPoint, str]]:
    """Choose points and faults: all, every n-th, or a sample in which each kind of call has the same share."""
    if not sample:
        return [(point, fault) for point in points[::every] for fault in faults]
    rng = random.Random(seed)
    kinds = {call: [p for p in points if p.call == call] for call in dict.fromkeys(p.call for p in points)}
    for points_of_call in kinds.values():
        rng.shuffle(points_of_call)
    turns = [each[turn] for turn in range(sample) for each in kinds.values() if turn < len(each)]
    return [(point, faults[at % len(faults)]) for at, point in enumerate(turns[:sample])]


def inject_all(bench: FaultBench, chosen: Sequence[tuple[FaultPoint, str]], jobs: int) -> list[FaultOutcome]:
    """Inject faults, `jobs` at a time, each in a root of its own; print every hundredth and the broken ones."""
    roots: Queue[Path] = Queue()
    for job in range(jobs):
        roots.put(bench.folder / f"job{job}")

    def one(fault: tuple[FaultPoint, str]) -> FaultOutcome:
        root = roots.get()
        try:
            return inject(bench, *fault, root)
        finally:
            roots.put(root)

    outcomes = []
    with ThreadPoolExecutor(jobs) as pool:
        for outcome in pool.map(one, chosen):
            outcomes.append(outcome)
            if outcome.broken_promises or len(outcomes) % 100 == 0:
                print(f"{len(outcomes):,} of {len(chosen):,}", *outcome.broken_promises, file=sys.stderr, flush=True)
    return outcomes


def summary(outcomes: Sequence[FaultOutcome]) -> str:
    """Format the table, the faults that broke a promise, and the counts."""
    heads = f"{'faults':>7}{'killed':>8}{'message':>9}{'no harm':>9}{'broken':>8}"
    lines = [f"{'command':9}{'call':16}{'fault':9}{heads}"]
    for command, call, fault in dict.fromkeys((o.point.command, o.point.call, o.fault) for o in outcomes):
        group = [o for o in outcomes if (o.point.command, o.point.call, o.fault) == (command, call, fault)]
        ends = [sum(o.exit_code == code and not o.broken_promises for o in group) for code in (KILLED, 1, 0)]
        broken = sum(bool(o.broken_promises) for o in group)
        lines.append(f"{command:9}{call:16}{fault:9}{len(group):7}{ends[0]:8}{ends[1]:9}{ends[2]:9}{broken:8}")
    for o in (o for o in outcomes if o.broken_promises):
        lines.append(
            f"\nBROKEN {o.point.command} {o.point.call} {o.point.number} {o.fault}: {'; '.join(o.broken_promises)}\n"
            f"  {o.point.trace_text[:150]}"
        )
        lines += [f"  | {line}" for line in o.error_output.splitlines()[-3:]]
    missed = sum(not o.reached for o in outcomes)
    kept = sum(not o.broken_promises for o in outcomes)
    return "\n".join([*lines, f"\n{len(outcomes)} faults, {missed} not reached, {kept} kept every promise"])


def _strace(log: Path, calls: Sequence[str]) -> list[str]:
    return ["strace", "-f", "-y", "-s", "0", "--seccomp-bpf", "-o", str(log), "-e", f"trace={','.join(calls)}"]


def _met_error(log: Path, bench: FaultBench, root: Path) -> bool:
    """Return whether a call to the index or the documents was made to fail."""
    hit = [line for line in log.read_text(errors="replace").splitlines() if line.endswith("(INJECTED)")]
    return any(_concerns(line, bench, root) for line in hit)


def _concerns(trace_text: str, bench: FaultBench, root: Path) -> bool:
    """Return whether a call is to a file of the index or the documents."""
    return any(f"{folder}/" in trace_text for folder in (root, bench.documents_after, bench.documents_added))


def _without_numbers(trace_text: str) -> str:
    """Return a call with its numbers replaced, but for those in paths."""
    return re.sub(r'([<"][^<>"]*[>"])|0x[0-9a-f]+|\d+', lambda match: match[1] or "N", trace_text)


def _file_names(point: FaultPoint, root: Path) -> set[str]:
    """Return the names of the files that a call was about; of a file that has none, its folder's."""
    paths = [Path(path) for path in re.findall(r'[<"]([^<>"]+)[>"]', point.trace_text)]
    folders = {path.parent.name for path in paths if path.name.startswith("#")}
    return {path.name for path in paths} | folders | ({root.name} if any(p.name == "work" for p in paths) else set())


def main() -> None:
    """Inject, print, and end with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--commands", default=",".join(COMMANDS))
    parser.add_argument("--each-place", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--calls")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    bench = FaultBench(options.folder.resolve())
    default = [*WRITING_CALLS, *READING_CALLS] if options.kill else WRITING_CALLS
    calls = options.calls.split(",") if options.calls else default
    made = [p for command in options.commands.split(",") for p in record_points(bench, command, calls)]
    points = each_place(made) if options.each_place else made
    faults = (KILL,) if options.kill else ERRORS
    outcomes = inject_all(
        bench, choose_faults(points, faults, options.every, options.sample, options.seed), options.jobs
    )
    print(summary(outcomes))
    print(f"{len({o.point for o in outcomes}):,} of {len(made):,} calls")
    sys.exit(any(o.broken_promises or not o.reached for o in outcomes))


if __name__ == "__main__":
    main()
