"""A block of a page that a command writes, between two marks."""

from __future__ import annotations

from pathlib import Path


def write_block(page: Path, begin: str, end: str, block: str) -> None:
    """Replace what stands between two marks of a page. begin, end: the marks, which stay."""
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    page.write_text(before + begin + block + end + rest.partition(end)[2], encoding="utf-8")
