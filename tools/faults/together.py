"""Two commands at once below one root: one is refused or comes after the other, and the index is what they made.

    python -m tools.faults.together [--times 20] [--folder FOLDER]

Two changes of an index (an ingest of either state of its documents, an addition, a removal) are started at the same
moment, each pair in turn. Each must succeed or be refused because the other is at work; what is live is whole, and
what those that succeeded make, in either order; nothing else stays. Prints how often each came about. Exit code 1 when
a promise was broken.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from itertools import combinations, cycle, islice, permutations
from pathlib import Path

from tools.faults.bench import FOLDER, Change, FaultBench, left_behind, live_id

REFUSAL = "another ingest is at work here"


def pairs(bench: FaultBench) -> list[tuple[Change, ...]]:
    """Return every two of four changes."""
    changes: list[Change] = [("ingest", str(bench.documents_before)), *bench.arguments.items()]
    return [*combinations(changes, 2)]


def race(bench: FaultBench, pair: tuple[Change, ...], root: Path) -> tuple[str, list[str]]:
    """Start two changes. Returns what came about, and the promises that they did not keep."""
    bench.reset(root)
    both = [bench.start(root, *change) for change in pair]
    ends = [bench.end_of(process) for process in both]
    ended_well = [change for change, end in zip(pair, ends, strict=True) if end.returncode == 0]
    broken = left_behind(root)
    for end in ends:
        if end.returncode and (end.returncode != 1 or REFUSAL not in end.stderr):
            broken.append(f"exit {end.returncode}: {end.stderr.strip()[-200:]}")
    live = live_id(root)
    if not ended_well or live not in {bench.id_after(*order) for order in permutations(ended_well)}:
        broken.append(f"{live} is live, and none made it")
    outcome = "both, one after the other" if len(ended_well) == 2 else "one, the other refused"
    return f"{' and '.join(command for command, _ in pair)}: {outcome}", broken


def main() -> None:
    """Race, print, and end with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    bench = FaultBench(options.folder.resolve())
    chosen = islice(cycle(pairs(bench)), options.times)
    races = [race(bench, pair, bench.folder / "together") for pair in chosen]
    for outcome, times in sorted(Counter(outcome for outcome, _ in races).items()):
        print(f"{times:4}  {outcome}")
    for broken in (broken for _, broken in races if broken):
        print("BROKEN", "; ".join(broken))
    sys.exit(any(broken for _, broken in races))


if __name__ == "__main__":
    main()
