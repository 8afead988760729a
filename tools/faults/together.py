"""Two ingests at once below one root: one is refused or comes after the other, and the index is what one of them made.

    python -m tools.faults.together [--times 20] [--folder FOLDER]

Both are started at the same moment, over different documents. Each must succeed or be refused because the other is at
work; what is live is whole, and of one that succeeded; nothing else stays. Prints how often each came about. Exit code
1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from tools.faults.bench import FOLDER, FaultBench, left_behind, live_id

REFUSAL = "another ingest is at work here"


def race(bench: FaultBench, root: Path) -> tuple[str, list[str]]:
    """Start two ingests. Returns what came about, and the promises that they did not keep."""
    bench.reset(root)
    both = [bench.start(root, documents) for documents in (bench.documents_before, bench.documents_after)]
    errors = [process.communicate(timeout=120)[1] for process in both]
    codes = [process.returncode for process in both]
    made = {made_id for made_id, code in zip((bench.old_id, bench.new_id), codes, strict=True) if code == 0}
    broken = left_behind(root)
    for code, said in zip(codes, errors, strict=True):
        if code and (code != 1 or REFUSAL not in said):
            broken.append(f"exit {code}: {said.strip()[-200:]}")
    if live_id(root) not in made:
        broken.append(f"{live_id(root)} is live, and none made it")
    return "both, one after the other" if codes == [0, 0] else "one, the other refused", broken


def main() -> None:
    """Race, print, and end with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    bench = FaultBench(options.folder.resolve())
    races = [race(bench, bench.folder / "together") for _ in range(options.times)]
    for outcome, times in Counter(outcome for outcome, _ in races).items():
        print(f"{times:4}  {outcome}")
    for broken in (broken for _, broken in races if broken):
        print("BROKEN", "; ".join(broken))
    sys.exit(any(broken for _, broken in races))


if __name__ == "__main__":
    main()
