"""Cache of what a store returns for rows: one call fetches all that are missing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


class RowCache(Generic[T]):
    """The most recently used values of rows. Threads may share it."""

    def __init__(self, fetch: Callable[[list[int]], Sequence[T]], size: int) -> None:
        """fetch: returns the values of some rows, in the order asked. size: values kept, those used last."""
        self._fetch, self._size = fetch, size
        self._values: OrderedDict[int, T] = OrderedDict()
        self._lock = Lock()

    def get(self, rows: NDArray[np.int64] | Sequence[int]) -> list[T]:
        """Return the values of some rows, in the order asked."""
        wanted = [int(row) for row in rows]
        with self._lock:
            found = {row: self._values[row] for row in wanted if row in self._values}
        missing = [row for row in dict.fromkeys(wanted) if row not in found]
        if missing:
            found |= dict(zip(missing, self._fetch(missing), strict=True))
        with self._lock:
            for row in wanted:
                self._values[row] = found[row]
                self._values.move_to_end(row)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return [found[row] for row in wanted]
