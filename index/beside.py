"""Work that another processor may do beside this one."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def beside(work: Callable[[], T]) -> Callable[[], T]:
    """Offer work to the other processors. What is returned gives its result; where none has begun it, it does it now.

    So a question that is alone is worked out by all processors, and of many at once each by its own.
    """
    offered = _OTHERS.submit(work)
    return lambda: work() if offered.cancel() else offered.result()


_OTHERS = ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1), "beside")
