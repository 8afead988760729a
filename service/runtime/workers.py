"""Worker processes that answer on the same port: threads of one process share the GIL, processes do not.

They are forked before this process has threads or an index, wait until it is ready, and end when it does, however it
ends: each has the read end of a pipe, this process the write end.
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

_PORT_BYTES = 2

RunWorker = Callable[[int, Callable[[], object]], None]  # takes the port, and a function that waits for the first's end


class WorkerProcesses:
    """Worker processes beyond this one, on the same port."""

    def __init__(self, *workers: RunWorker) -> None:
        """Fork a process for each of `workers`, while this process has one thread.

        Each calls worker(port, wait_for_parent_exit) after begin(), then ends. Raises SettingError if processes cannot
        share a port on this system.
        """
        if workers and not hasattr(socket, "SO_REUSEPORT"):
            raise SettingError("PINCITE_PROCESSES", "processes cannot share a port on this system", "set it to 1")
        self._processes: list[int] = []
        self._write_ends: list[int] = []
        for worker in workers:
            read_end, write_end = os.pipe()
            process = os.fork()
            if not process:
                for end in (*self._write_ends, write_end):  # a pipe ends when no process has its write end
                    os.close(end)
                os._exit(_run_worker(read_end, worker))
            os.close(read_end)
            self._processes.append(process)
            self._write_ends.append(write_end)

    def begin(self, port: int) -> None:
        """Let the workers open the index and listen on `port`."""
        for write_end in tuple(self._write_ends):
            with suppress(OSError):  # the worker has ended, or was just asked to end
                os.write(write_end, port.to_bytes(_PORT_BYTES, "big"))

    def end(self) -> None:
        """Ask the workers to finish what is in flight. Safe in a signal handler, and more than once."""
        while self._write_ends:
            os.close(self._write_ends.pop())

    def wait(self) -> None:
        """Wait until all workers have ended."""
        while self._processes:
            os.waitpid(self._processes.pop(), 0)


def _run_worker(read_end: int, worker: RunWorker) -> int:
    """Run a worker process until the first process ends. Return its exit code."""
    os.setsid()  # Ctrl+C of a terminal goes to the first process alone, which passes it on
    port = os.read(read_end, _PORT_BYTES)
    if not port:
        return 0
    try:
        worker(int.from_bytes(port, "big"), partial(os.read, read_end, 1))
    except PinciteError as error:
        print(f"pincite: {error}", file=sys.stderr)
        return 1
    except Exception:
        traceback.print_exc()  # and no further: the code that forked this process is the first process's
        return 1
    return 0
