"""Further processes that answer on the same port: threads of one share Python's lock, processes do not.

They are forked before this one has threads or an index, wait until it is ready, and end when it does, however it ends:
each holds one end of a pipe, and this process the other.
"""

from __future__ import annotations

import os
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from pincite.index.errors import PinciteError, SettingError

_BYTES = 2  # of a port

Serve = Callable[[int, Callable[[], object]], None]


class WorkerProcesses:
    """Further processes that serve on the same port."""

    def __init__(self, *serves: Serve) -> None:
        """Fork a process for each of `serves`, while this process has one thread.

        Each calls its serve(port, until) when the first process says so, then ends; until() returns when it shall
        end. Raises SettingError where processes cannot share a port.
        """
        if serves and not hasattr(socket, "SO_REUSEPORT"):
            raise SettingError("PINCITE_PROCESSES", "processes cannot share a port on this system", "set it to 1")
        self._processes: list[int] = []
        self._pipes: list[int] = []
        for serve in serves:
            told, tell = os.pipe()
            process = os.fork()
            if not process:
                for end in (*self._pipes, tell):  # a pipe ends when nobody has its other end
                    os.close(end)
                os._exit(_run_worker(told, serve))
            os.close(told)
            self._processes.append(process)
            self._pipes.append(tell)

    def begin(self, port: int) -> None:
        """Have them open the index and listen."""
        for pipe in tuple(self._pipes):
            with suppress(OSError):  # one that has ended, or all that were just asked to
                os.write(pipe, port.to_bytes(_BYTES, "big"))

    def end(self) -> None:
        """Have them finish what is in flight. Safe in a signal handler, and more than once."""
        while self._pipes:
            os.close(self._pipes.pop())

    def wait(self) -> None:
        """Return when they have ended."""
        while self._processes:
            os.waitpid(self._processes.pop(), 0)


def _run_worker(told: int, serve: Serve) -> int:
    """Run a worker process until the first process ends. Returns its exit code."""
    os.setsid()  # a terminal's Ctrl+C is for the first process, which passes it on
    port = os.read(told, _BYTES)
    if not port:
        return 0
    try:
        serve(int.from_bytes(port, "big"), partial(os.read, told, 1))
    except PinciteError as error:
        print(f"pincite: {error}", file=sys.stderr)
        return 1
    except Exception:
        traceback.print_exc()  # and no further: what comes after this is the first process's
        return 1
    return 0
