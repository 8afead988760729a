"""Cost of a shelf of ten thousand documents: the first ingest, one of nothing new, one document more, edited or less.

    python -m benchmarks.many_documents BENCH            # 10,000 documents, in var/many-documents: about an hour
    python -m benchmarks.many_documents BENCH 500        # of fewer

BENCH is a folder of public collections (BEIR layout); a record with a title is a Markdown file here. Each step is a
process of its own, `pincite ingest`, `add` or `remove` as anybody runs it. Of each the command prints the seconds,
those of the processor, the texts embedded and taken over, the most memory of its own (anonymous: without mapped files,
which the system can take back), and the last progress line.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from threading import Event, Thread

COLLECTIONS = ("scifact", "medquad-train", "med", "cranfield")
FOLDER = Path("var/many-documents")
ADDED = "# Harbour bell\n\nThe harbour bell rings twice at high water on Sundays.\n"


def main() -> None:
    """Run the steps, and print a table of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=Path)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    options = parser.parse_args()
    documents = FOLDER / str(options.count) / "documents"
    if not documents.exists():
        write_documents(options.bench, options.count, documents)
    added, first = documents / "added.md", min(documents.glob("scifact-*.md"))
    first_text = first.read_text()
    index = documents.parent / "index"
    print("| step | seconds | processor | embedded | reused | peak MB | last progress line |")
    print("|---|---:|---:|---:|---:|---:|---|")
    try:
        added.unlink(missing_ok=True)
        step("ingest of all", index, "ingest", documents)
        step("ingest of nothing new", index, "ingest", documents)
        added.write_text(ADDED)
        step("ingest, one more", index, "ingest", documents)
        first.write_text(first_text + "\nOn Sundays it rings twice.\n")
        step("ingest, one edited", index, "ingest", documents)
        first.write_text(first_text)
        step("remove of one", index, "remove", added.stem)
        step("add of one", index, "add", added)
        added.unlink()
        step("ingest, both taken back", index, "ingest", documents)
    finally:
        first.write_text(first_text)
        added.unlink(missing_ok=True)


def write_documents(bench: Path, count: int, folder: Path) -> None:
    """Write the first `count` records that have a title and a text as Markdown files."""
    folder.mkdir(parents=True)
    for name, record in islice(titled_records(bench), count):
        text = " ".join(record["text"].split())
        (folder / f"{name}.md").write_text(f"# {' '.join(record['title'].split())}\n\n{text}\n")


def titled_records(bench: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for collection in COLLECTIONS:
        with (bench / collection / "corpus.jsonl").open() as lines:
            for number, line in enumerate(lines):
                record = json.loads(line)
                if record.get("title") and record["text"].strip():
                    yield f"{collection}-{number:05}", record


def step(name: str, index: Path, command_name: str, given: Path | str) -> None:
    """Run `pincite ingest`, `add` or `remove`, and print a row of the table."""
    command = [sys.executable, "-c", "from pincite.service.cli.commands import main; main()"]
    command += [command_name, "--json", "--index", str(index), str(given)]
    began, processor_before = time.monotonic(), _children_seconds()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        ended, peak = Event(), [0]
        watcher = Thread(target=_watch_memory, args=(process.pid, ended, peak))
        watcher.start()
        lines = [line.strip() for line in process.stderr if line.strip()]
        report = process.stdout.read()
        ended.set()
        watcher.join()
    if process.returncode:
        sys.exit("\n".join([" ".join(command), *lines]))
    seconds = time.monotonic() - began
    texts = json.loads(report)
    progress_lines = [line for line in lines if " left" in line]
    last = progress_lines[-1] if progress_lines else "none"
    times = [f"{seconds:.1f}", f"{_children_seconds() - processor_before:.1f}"]
    row = [name, *times, texts["embedded"], texts["reused"], f"{peak[0] / 1024:.0f}", last]
    print("|", " | ".join(map(str, row)), "|", flush=True)


def _children_seconds() -> float:
    """Return the processor time of the child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch_memory(pid: int, ended: Event, peak: list[int]) -> None:
    """Keep in `peak` the most anonymous memory that a process has had, in KB: what the system cannot take back."""
    status = Path(f"/proc/{pid}/status")
    while not ended.wait(0.05):
        found = re.search(r"RssAnon:\s+(\d+)", status.read_text())
        peak[0] = max(peak[0], int(found[1]) if found else 0)


if __name__ == "__main__":
    main()
