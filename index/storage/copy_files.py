"""The file of passages with equal words."""

from __future__ import annotations

from pathlib import Path

from pincite.index.retrieval.copies import Copies, PassageDigests, find_copies
from pincite.index.storage.npy import map_array, save_array

COPIES_FILE = "passage-copies.npy"  # (m, 3) int64, as find_copies returns it


def write_copies(folder: Path, digests: PassageDigests) -> None:
    """Write the file. digests: of all passages."""
    save_array(folder / COPIES_FILE, find_copies(digests))


def open_copies(folder: Path) -> Copies:
    """Open the file that write_copies wrote."""
    return Copies(map_array(folder / COPIES_FILE))
