"""Check of this process's limit of memory before libraries are loaded that end the process where it is too low.

BLAS, FAISS and PyTorch do not raise MemoryError when they are loaded into too little: they print, or crash.
"""

from __future__ import annotations

import resource

from pincite.index.errors import StorageError

INDEX_MEGABYTES = 720  # to make an index with an encoder that is there; a small one took 650
EXPORT_MEGABYTES = 2600  # to export an encoder with PyTorch; the default took between 1,500 and 2,500
_LIMITS = ((resource.RLIMIT_AS, "address space", "ulimit -v"), (resource.RLIMIT_DATA, "memory of its own", "ulimit -d"))


def require_memory(megabytes: int, doing: str) -> None:
    """Raise StorageError where a limit of this process (RLIMIT_AS, RLIMIT_DATA) is below what is needed."""
    for resource_number, what, command in _LIMITS:
        limit = resource.getrlimit(resource_number)[0]
        if limit != resource.RLIM_INFINITY and limit < megabytes << 20:
            problem = f"this process may have {limit >> 20:,} MB of {what}, and {doing} takes {megabytes:,} MB"
            raise StorageError("memory", problem, f"raise the limit ({command}), then run the command again")
