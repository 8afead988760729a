"""A folder of good and hostile files: a short form of `python -m tools.mixed_folder`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools.mixed_folder.__main__ import broken_in_trace

ROOT = Path(__file__).resolve().parents[2]


def test_every_file_is_ingested_or_refused_and_the_good_ones_answer(tmp_path: Path) -> None:
    """Some 200 files are read or refused, in time and memory; nothing is opened or asked; six questions answered."""
    command = [sys.executable, "-m", "tools.mixed_folder", "--sizes", "1", "--folder", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "0 promises broken" in run.stdout


def test_calls_of_a_confined_process_are_seen(tmp_path: Path) -> None:
    """A call that succeeds after the limit, and an opened canary, are broken promises; a refused call is none."""
    canary = tmp_path / "canary.md"
    trace = (
        '7 openat(AT_FDCWD, "/lib/x", O_RDONLY) = 3\n'
        "7 prlimit64(0, RLIMIT_NOFILE, {rlim_cur=3, rlim_max=3}, NULL) = 0\n"
        '7 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = -1 EMFILE (Too many open files)\n'
        "7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\n"
        f'8 openat(AT_FDCWD, "{canary}", O_RDONLY) = 3\n'
    )
    assert [promise.partition(":")[0] for promise in broken_in_trace(trace, canary)] == [
        "a confined process",
        "the canary was opened",
    ]
