"""Options of a command that limit it to documents by publisher, language, tag and date of review."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from pincite.index.metadata.metadata_filter import MetadataFilter

_OPTIONS = (
    click.option("--publisher", "publishers", multiple=True, metavar="NAME", help="Only documents by this publisher."),
    click.option(
        "--language", "languages", multiple=True, metavar="TAG", help="Only in this language; en has en-GB, too."
    ),
    click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only documents with this tag."),
    click.option("--since", metavar="DATE", help="Only reviewed on this day or later: 2025, 2025-05 or 2025-05-06."),
    click.option("--until", metavar="DATE", help="Only reviewed on this day or earlier."),
)


def filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, which gets them as one filter, `metadata`. Raises FilterError for a wrong value."""

    @wraps(command)
    def with_filter(
        *args: Any,
        publishers: tuple[str, ...],
        languages: tuple[str, ...],
        tags: tuple[str, ...],
        since: str | None,
        until: str | None,
        **options: Any,
    ) -> None:
        command(*args, metadata=MetadataFilter(publishers, languages, tags, since, until), **options)

    decorated: Callable[..., None] = with_filter
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
