"""Work offered to idle CPUs: done once, by another thread or by the caller."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from pincite.index import parallel as module
from pincite.index.parallel import occupy_cpu, offload


@pytest.fixture
def one_other(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine of two processors, whatever this one has."""
    with ThreadPoolExecutor(1) as threads:
        monkeypatch.setattr(module, "SPARE_CPUS", 1)
        monkeypatch.setattr(module, "_POOL", threads)
        yield


def test_another_does_it_where_one_is_free(one_other: None) -> None:
    """Begun at once, in another thread, and its result is given."""
    begun = threading.Event()

    def work() -> int:
        begun.set()
        return threading.get_ident()

    result = offload(work)
    assert begun.wait(10)
    assert result() != threading.get_ident()


def test_who_needs_it_does_it_where_none_is_free(one_other: None) -> None:
    """Nobody waits in line; and it is not done again once the others have time."""
    free, did = threading.Event(), []
    waiting = offload(free.wait)
    result = offload(lambda: did.append(threading.get_ident()))
    result()
    free.set()
    assert waiting()
    assert offload(lambda: 1)() == 1  # the line is empty again
    assert did == [threading.get_ident()]


def test_alone_everything_is_done_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On one processor no thread is woken."""
    monkeypatch.setattr(module, "SPARE_CPUS", 0)
    did: list[int] = []
    result = offload(lambda: did.append(threading.get_ident()))
    assert not did
    result()
    assert did == [threading.get_ident()]


def test_where_every_processor_is_busy_nothing_is_offered(one_other: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processors that others have are theirs, until they are done: also when they fail."""
    monkeypatch.setattr(module, "CPUS", 2)
    with occupy_cpu():
        with suppress(ZeroDivisionError), occupy_cpu():
            assert offload(threading.get_ident)() == threading.get_ident()
            raise ZeroDivisionError
        begun = threading.Event()
        offered = offload(begun.set)
        assert begun.wait(10)
        offered()


def test_an_error_comes_to_who_needs_the_result(one_other: None) -> None:
    """Wherever it was met."""
    for _ in range(20):
        with pytest.raises(ZeroDivisionError):
            offload(lambda: 1 // 0)()
