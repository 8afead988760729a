"""Commands with ever less memory: each ends well, or says that memory is short; the index stays whole.

    python -m tools.faults.memory [--steps 20] [--commands add,remove] [--folder FOLDER]

The address space of `pincite ingest`, `add` and `remove` (RLIMIT_AS), and then what each may have of memory of its own
(RLIMIT_DATA), is limited to 20 falling sizes, evenly spaced from what it needs down to what Python itself needs to
start. Prints a line a size, with the promises that broke. Exit code 1 when any broke.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from tools.faults.bench import COMMANDS, FOLDER, Command, FaultBench

KINDS = ("as", "data")  # limits, as prlimit names them
LEAST_MEGABYTES = 40  # in which Python starts and prints


def needed_megabytes(bench: FaultBench, command: Command, root: Path, kind: str) -> int:
    """Return a limit that a command ends well with, to 64 MB."""
    fitting = 64
    while bench.run(bench.reset(root), command, *_limit(kind, fitting)).returncode:
        fitting *= 2
    too_small = fitting // 2
    while fitting - too_small > 64:
        middle = (fitting + too_small) // 2
        process = bench.run(bench.reset(root), command, *_limit(kind, middle))
        fitting, too_small = (fitting, middle) if process.returncode else (middle, too_small)
    return fitting


def shrink(
    bench: FaultBench, command: Command, kind: str, steps: int
) -> Iterator[tuple[int, subprocess.CompletedProcess[str], list[str]]]:
    """Yield for each size, in MB, how the command ended, and the promises that it or its next run did not keep."""
    root = bench.folder / "memory"
    most = needed_megabytes(bench, command, root, kind)
    for step in range(steps):
        megabytes = most - (most - LEAST_MEGABYTES) * step // max(steps - 1, 1)
        process = bench.run(bench.reset(root), command, *_limit(kind, megabytes))
        broken = [*bench.broken_promises(process, root, command), *bench.broken_by_next_run(root, command)]
        yield megabytes, process, broken


def _limit(kind: str, megabytes: int) -> list[str]:
    return ["prlimit", f"--{kind}={megabytes << 20}"]


def main() -> None:
    """Limit, print, and end with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--commands", default=",".join(COMMANDS))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    bench, broken_count = FaultBench(options.folder.resolve()), 0
    for command, kind in product(options.commands.split(","), KINDS):
        for megabytes, process, broken in shrink(bench, command, kind, options.steps):
            said = " | ".join((process.stderr.strip().splitlines() or [""])[-2:])
            kept = "; ".join(broken) or "kept"
            print(f"{command:6} {kind:4} {megabytes:6,} MB  exit {process.returncode}  {kept}  {said[:150]}")
            broken_count += bool(broken)
    sys.exit(broken_count > 0)


if __name__ == "__main__":
    main()
