"""Try an ingest on a folder of good, real and hostile files, and hold it to its promises.

    PYTHONPATH=tests/support python -m tools.mixed_folder [--real FOLDER] [--seed N] [--sizes 3] [--folder FOLDER]

Every file is read once alone, in a process for readers: its seconds and that process's memory are measured. Then
`pincite ingest --skip-bad` makes an index of the whole folder, under strace where that is installed. Each file is in
the index, or left out or refused for a reason of the closed list; none takes over 30 seconds or 1 GB; a process that
reads opens nothing and starts nothing once it is confined; a file outside is not opened, a server is not asked; and
every good document answers its question. Prints the outcomes by reason, and each broken promise. Exit code 1 for any.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pincite
from pincite.index.errors import REASONS, ReadError
from pincite.ingestion.reading.files import find_files
from pincite.ingestion.reading.sandbox.limits import MAX_MEMORY_BYTES, READ_SECONDS
from pincite.ingestion.reading.sandbox.reader_process import ReaderProcess
from tools.mixed_folder.files import QUESTIONS, good_files, hostile_files

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = "from pincite.service.cli.commands import main; main()"
FORBIDDEN_CALLS = ("socket", "connect", "execve", "openat")


class _Server(HTTPServer):
    """Server that counts who asks."""

    requests = 0


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Count a request."""
        assert isinstance(self.server, _Server)
        self.server.requests += 1


def make_folder(folder: Path, real: Path | None, canary: Path, address: str, seed: int, sizes: int) -> None:
    """Write the files of every kind, each kind in a folder of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    for kind, files in (("good", good_files()), ("hostile", hostile_files(str(canary), address, seed, sizes))):
        (folder / kind).mkdir(parents=True)
        for name, data in files:
            (folder / kind / name).write_bytes(data)
    (folder / "hostile" / "canary.md").symlink_to(canary)
    os.mkfifo(folder / "hostile" / "pipe.md")
    if real is not None:
        shutil.copytree(real, folder / "real", ignore=shutil.ignore_patterns("*.json"))


def read_alone(folder: Path) -> Iterator[str]:
    """Yield the promises that reading one file did not keep."""
    found = find_files([folder])
    with ReaderProcess() as reader:
        for file in found.files:
            began = time.monotonic()
            try:
                reader.read(file.read(), file.place, file.suffix)
            except ReadError as error:
                if error.reason not in REASONS:
                    yield f"{file.name}: the reason {error.reason} is none of the list"
            if (seconds := time.monotonic() - began) > READ_SECONDS + 1:
                yield f"{file.name}: {seconds:.0f} s"
            if (peak := _peak_memory(reader.pid)) > MAX_MEMORY_BYTES:
                yield f"{file.name}: {peak:,} bytes of memory"


def _peak_memory(pid: int | None) -> int:
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if pid and status.exists() else None
    return int(found[1]) * 1024 if found else 0


def ingest(folder: Path, index: Path, log: Path) -> tuple[dict[str, object], str]:
    """Make an index of a folder. Returns the report, and what strace wrote, "" without it."""
    tracer: list[str] = []
    if shutil.which("strace"):
        tracer = ["strace", "-f", "--seccomp-bpf", "-o", str(log), "-e", f"trace={','.join(FORBIDDEN_CALLS)},prlimit64"]
    command = [*tracer, sys.executable, "-c", PROGRAM, "ingest", "--skip-bad", "--json", "--index", str(index)]
    process = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
    if process.returncode not in (0, 4) or "Traceback" in process.stderr:
        sys.exit(f"the ingest ended with {process.returncode}: {process.stderr[-2000:]}")
    return json.loads(process.stdout), log.read_text(errors="replace") if tracer else ""


def broken_in_trace(trace: str, canary: Path) -> Iterator[str]:
    """Yield what confined processes did that they may not, and who opened the canary."""
    confined: set[str] = set()
    for line in trace.splitlines():
        process, _, call = line.partition(" ")
        call = call.strip()
        if "RLIMIT_NOFILE, {rlim_cur=3," in call:
            confined.add(process)
        elif process in confined and call.startswith(FORBIDDEN_CALLS) and not re.search(r" = -1 E", call):
            yield f"a confined process: {call[:120]}"
        if str(canary) in call and call.startswith("openat"):
            yield f"the canary was opened: {call[:120]}"


def unanswered(index: Path) -> Iterator[str]:
    """Yield the questions that no good document answers."""
    opened = pincite.open(index)
    for question, words in QUESTIONS.items():
        answer = opened.ask(question, k=1)
        if answer.status != "answered" or words not in answer.hits[0].text:
            yield f"{question} {answer.status}"


def main() -> None:
    """Make the folder, read, ingest, ask, print; end with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sizes", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "mixed")
    options = parser.parse_args()
    work = options.folder.resolve()
    shutil.rmtree(work, ignore_errors=True)
    (work / "outside").mkdir(parents=True)
    canary = work / "outside" / "canary.md"
    canary.write_text("The canary sings.\n")
    server = _Server(("127.0.0.1", 0), _Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    make_folder(work / "files", options.real, canary, address, options.seed, options.sizes)
    broken = list(read_alone(work / "files"))
    report, trace = ingest(work / "files", work / "index", work / "strace")
    faults, left_out = report["faults"], report["left_out"]
    assert isinstance(faults, list)
    assert isinstance(left_out, list)
    reasons = Counter(fault["reason"] for fault in faults)
    count = sum(len(names) for _, _, names in os.walk(work / "files"))
    outcomes = [("in the index", report["documents"]), ("left out", len(left_out)), *sorted(reasons.items())]
    for outcome, number in outcomes:
        print(f"{number:6}  {outcome}")
    if count != report["documents"] + len(left_out) + len(faults):  # type: ignore[operator]
        broken.append(f"{count} files, and another number of outcomes")
    broken += [f"the reason {reason}" for reason in reasons if reason not in REASONS]
    broken += [*broken_in_trace(trace, canary), *unanswered(work / "index")]
    broken += [f"the server was asked {server.requests} times"] if server.requests else []
    print(f"{count:6}  files; {'strace watched' if trace else 'without strace'}; {len(broken)} promises broken")
    print(*(f"BROKEN {promise}" for promise in broken), sep="\n")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
