"""Bodies of replies while they are unpacked."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from pincite.ingestion.reading.web.body import TooLargeError, read_body


def test_a_bomb_is_never_unpacked_as_a_whole() -> None:
    """One chunk that unpacks to 60 MB takes no more memory than the bound and a few pieces."""
    bomb = gzip.compress(bytes(60_000_000), 9)
    tracemalloc.start()
    with pytest.raises(TooLargeError):
        read_body([bomb], "gzip", 1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
