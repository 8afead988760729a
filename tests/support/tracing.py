"""The system calls of a process and of all that it starts, by strace."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from browser import missing

CALLS = (
    "connect,sendto,sendmsg,sendmmsg,openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,bind"
)
HERE = re.compile(r'AF_UNIX|AF_NETLINK|inet_addr\("127\.|inet_pton\(AF_INET6, "::1"|htons\(0\)')
NAMES = re.compile(r"htons\(53\)|io\.systemd\.Resolve")  # who knows names, on this machine as well


def traced(log: Path) -> list[str]:
    """Return the command line that has strace write a command's calls to `log`. Skips without strace, fails in CI."""
    strace = shutil.which("strace") or missing("there is no strace")
    return [strace, "-f", "--seccomp-bpf", "-s", "300", "-e", f"trace={CALLS}", "-o", str(log)]


def outward(log: Path) -> list[str]:
    """List the calls that reach beyond this machine, or look up a name."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    reaching = (line for line in lines if re.search(r"\b(connect|sendto|sendmsg|sendmmsg)\(", line))
    return [line for line in reaching if "sa_family=" in line and (NAMES.search(line) or not HERE.search(line))]


def made(log: Path) -> set[Path]:
    """Return the files and folders that were made: absolute, or as the process named them."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    calls = (
        line for line in lines if "O_CREAT" in line or re.search(r"\b(creat|mkdir|mkdirat|link|symlink)\w*\(", line)
    )
    named = (re.search(r'"([^"]+)"', line) for line in calls if not re.search(r"= -1 E\w+", line))
    return {Path(found[1]) for found in named if found}
