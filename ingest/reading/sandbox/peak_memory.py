"""Peak memory of this process, by a file of the system that is opened once and stays open."""

from __future__ import annotations

import os
import re
import resource
import sys

_STATUS_FILE = "/proc/self/status"
_MAX_STATUS_BYTES = 16_384
_MAX_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes


class PeakMemory:
    """Measure of the most memory that was resident, in bytes.

    Linux's ru_maxrss counts what the parent had when it started this process; VmHWM counts this program alone.
    """

    def __init__(self) -> None:
        """Open the file: a confined process can open none."""
        self._status = os.open(_STATUS_FILE, os.O_RDONLY | os.O_CLOEXEC) if os.path.exists(_STATUS_FILE) else None

    def read(self) -> int:
        """Return the peak up to now."""
        if self._status is not None:
            found = re.search(rb"VmHWM:\s+([0-9]+) kB", os.pread(self._status, _MAX_STATUS_BYTES, 0))
            if found:
                return int(found[1]) * 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAX_RSS_UNIT
