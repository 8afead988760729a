"""Confinement of this process, for good: no file, no socket, no other program, so much memory.

The system's limits hold for libraries in C as well. The audit hook is a second line, and tells who tried: it sees what
Python code does. Where a system lacks a limit the others hold: macOS does not hold a process to RLIMIT_AS, and a user
with all rights (root) is not held to RLIMIT_NPROC.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import resource
import signal
import sys
import time
import warnings
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec
from types import ModuleType

from pincite.ingestion.reading.sandbox.limits import MAX_MEMORY_BYTES, READ_SECONDS

_STANDARD_STREAMS = 3  # file descriptors that stay: requests, replies, and errors that nobody reads
# Groups of audit events (docs.python.org, "Audit events table") that no reader needs.
_REFUSED_EVENTS = frozenset(
    """
    compile ctypes exec fcntl ftplib glob http imaplib marshal mmap nntplib open os pathlib pickle poplib pty
    setopencodehook shutil signal smtplib socket sqlite3 subprocess syslog telnetlib tempfile urllib webbrowser winreg
    """.split()
)


class Confinement:
    """Limits that hold from now on, and a record of what was tried against them."""

    def __init__(self) -> None:
        """Confine this process. Whatever readers import must be imported already."""
        self._attempts: set[str] = set()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
        warnings.simplefilter("ignore")  # a warning that is shown opens the source of the line that it names
        sys.meta_path[:] = [BuiltinImporter, FrozenImporter, _NoImporter]
        for kind, limit in (
            (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_NPROC, 0),
            (resource.RLIMIT_NOFILE, _STANDARD_STREAMS),
        ):
            with contextlib.suppress(ValueError, OSError):  # the system lacks it
                resource.setrlimit(kind, (limit, limit))
        sys.addaudithook(self._refuse)

    def allow_seconds(self) -> None:
        """Give one more file its share of processor time: it ends where the parent, and its clock, are gone."""
        seconds = int(time.process_time()) + READ_SECONDS + 2
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))

    def take_attempts(self) -> set[str]:
        """Return what was tried since the last call, as names of audit events."""
        attempts, self._attempts = self._attempts, set()
        return attempts

    def _refuse(self, event: str, _: tuple[object, ...]) -> None:
        if event.partition(".")[0] in _REFUSED_EVENTS:
            self._attempts.add(event)
            raise PermissionError(f"{event} is not allowed to a reader")


class _NoImporter:
    """Importer of nothing: a module that is not there yet is not installed."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Raise ModuleNotFoundError."""
        raise ModuleNotFoundError(f"{name} was not imported before the limits", name=name)


def import_submodules(package: str) -> None:
    """Import every module of a package, except those that another system has."""
    folders = importlib.import_module(package).__path__
    for module in pkgutil.iter_modules(folders, f"{package}."):
        with contextlib.suppress(ImportError):
            importlib.import_module(module.name)
