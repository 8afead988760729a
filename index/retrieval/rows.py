"""Rows of a matrix that may be too large for memory."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Rows(Protocol):
    """A matrix whose rows are read by their numbers: an array, or a file that is read row by row."""

    def __getitem__(self, rows: NDArray[np.int64] | slice, /) -> NDArray[Any]:
        """Return some rows, in the order asked: (m, width)."""
