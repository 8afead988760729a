"""Time from starting a process to its first answer, and its memory.

    python benchmarks/first_answer.py [--index FOLDER] [--runs N]

Each run starts `pincite ask` (the answer printed) and `pincite serve` (the answer received over HTTP), pinned to one
core where the system allows it, and reads the server's peak memory from the kernel. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

PINCITE = [sys.executable, "-c", "from service.cli import main; main()"]
QUESTION = "How long do people live with ALS?"


def ask(index: str) -> float:
    """Seconds that one `pincite ask` takes as a whole process."""
    began = time.perf_counter()
    subprocess.run([*PINCITE, "ask", QUESTION, "--index", index], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def serve(index: str) -> tuple[float, float, list[float]]:
    """Seconds from start to first answer, peak memory in MB, and the milliseconds of 200 more answers."""
    began = time.perf_counter()
    process = subprocess.Popen([*PINCITE, "serve", "--port", "0", "--index", index], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        found = next(filter(None, (re.search(r"listens on (http://\S+)", line) for line in process.stderr)))
        url = f"{found[1]}/v1/query?q={QUESTION.replace(' ', '+')}"
        urllib.request.urlopen(url, timeout=60).read()
        first = time.perf_counter() - began
        rest = []
        for n in range(200):
            sent = time.perf_counter()
            urllib.request.urlopen(f"{url}+{n}", timeout=60).read()
            rest.append((time.perf_counter() - sent) * 1000)
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        return first, int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024, rest  # type: ignore[index]
    finally:
        process.terminate()
        process.communicate()


def line(name: str, values: list[float], unit: str, digits: int) -> str:
    """One row of the table: median, least, most."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"| {name} | {middle:.{digits}f} {unit} | {low:.{digits}f}-{high:.{digits}f} |"


def main() -> None:
    """Run, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", default="var/index")
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    ask(given.index)  # the file cache is warm from here on
    asked = [ask(given.index) for _ in range(given.runs)]
    served = [serve(given.index) for _ in range(given.runs)]
    each = sorted(ms for _, _, rest in served for ms in rest)
    print(f"{given.runs} runs, one core, {platform.machine()}, Python {platform.python_version()}\n")
    print("| | median | least-most |\n|---|---:|---:|")
    print(line("`pincite ask`, whole process", asked, "s", 2))
    print(line("`pincite serve`, start to first answer over HTTP", [s for s, _, _ in served], "s", 2))
    print(line("`pincite serve`, peak memory", [mb for _, mb, _ in served], "MB", 0))
    late = each[int(len(each) * 0.99)]
    print(f"| one question over HTTP, p50 and p99 | {statistics.median(each):.1f} ms | {late:.1f} |")


if __name__ == "__main__":
    main()
