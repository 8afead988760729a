"""Files of passages with equal words: which they are, and the digests that tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pincite.index.retrieval.copies import Copies, PassageDigests, find_copies
from pincite.index.storage.npy import map_array, save_array

COPIES_FILE = "passage-copies.npy"  # (m, 3) int64, as find_copies returns it
COPY_DIGESTS_FILE = "copy-digests.npy"  # (n, 4) uint64, a row a passage, for the next ingest


def write_copies(folder: Path, digests: PassageDigests) -> None:
    """Write both files. digests: of all passages."""
    save_array(folder / COPIES_FILE, find_copies(digests))
    save_array(folder / COPY_DIGESTS_FILE, digests.to_array())


def open_copy_digests(folder: Path) -> NDArray[np.uint64]:
    """Open the digests of all passages, (n, 4), as PassageDigests.extend() takes them."""
    return map_array(folder / COPY_DIGESTS_FILE)


def open_copies(folder: Path) -> Copies:
    """Open the passages with equal words, as write_copies wrote them."""
    return Copies(map_array(folder / COPIES_FILE))
