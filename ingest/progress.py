"""Progress of stages that take long: a factory takes a stage, such as "reading documents", and gives its callback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

Progress = Callable[[int, int], None]  # called with what is done, and what there is to do
ProgressFactory = Callable[[str], Progress]


def silent(stage: str) -> Progress:
    """Return a callback that reports nothing."""
    return lambda done, total: None


def with_progress(items: Sequence[T], stage: str, progress_for: ProgressFactory) -> Iterator[T]:
    """Yield the items, and report each as done when the next is asked for; report nothing where there are none."""
    if items:
        progress = progress_for(stage)
        for done, item in enumerate(items, start=1):
            yield item
            progress(done, len(items))
