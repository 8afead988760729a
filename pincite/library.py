"""An index as Python programs use it: what the endpoints and the command line do, as functions and objects."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from pincite.index.types import Answer, Citation, Document

if TYPE_CHECKING:
    from pincite.index.citation_check import Verification
    from pincite.index.quote_search import QuoteSearchResult
    from pincite.index.searcher import Searcher
    from pincite.ingestion.report import BuildReport

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


class Index:
    """An open index. Threads may share it; close it, or use it as a context manager.

    >>> import pincite
    >>> with pincite.open("var/index") as index:
    ...     answer = index.ask("How long do people live with ALS?", k=1)
    >>> answer.status
    'answered'
    >>> print(answer.hits[0].citation)
    Amyotrophic Lateral Sclerosis (ALS) > Outlook / Prognosis > ALS life expectancy
    >>> answer.hits[0].evidence[0].quote
    'Life expectancy after ALS is diagnosed averages three to five years.'
    """

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files of the index."""
        self._searcher.bundle.close()

    @property
    def id(self) -> str:
        """The index id: the same for the same documents, model and settings."""
        return self._searcher.bundle.id

    def ask(
        self,
        question: str,
        *,
        k: int = 5,
        verbatim: bool = False,
        documents: Sequence[str] | None = None,
        sections: Sequence[str] | None = None,
        publishers: str | Sequence[str] = (),
        languages: str | Sequence[str] = (),
        tags: str | Sequence[str] = (),
        since: str | None = None,
        until: str | None = None,
    ) -> Answer:
        """Answer a question with the k best passages.

        verbatim: search the question as typed, without corrections. documents, sections: ids (a section's as
        `document#section`) that alone may answer. publishers, languages, tags, since, until: what the metadata of a
        document must meet, every one that is given; of several values one is enough. Where no document does, the
        answer names the filter in `unmatched_filters`. Raises QuestionError for a blank or too long question,
        FilterError for a filter that cannot be understood, and KeyError for an id that the index does not hold.
        """
        from pincite.index.filters import scope
        from pincite.index.metadata.metadata_filter import MetadataFilter

        wanted = MetadataFilter(_listed(publishers), _listed(languages), _listed(tags), since, until)
        found = scope(self._searcher.bundle, documents, sections, wanted)
        return found.mark(self._searcher.ask(question, k, verbatim, found.rows))

    def locate(self, quote: str, *, documents: Sequence[str] | None = None) -> QuoteSearchResult:
        """Find where the documents hold a quote: word for word, or the nearest words and how they differ.

        >>> import pincite
        >>> with pincite.open("var/index") as index:
        ...     found = index.locate("averages three to five years")
        >>> found.status, found.matches[0].start
        ('exact', 9898)
        """
        from pincite.index.quote_search import locate

        return locate(self._searcher.bundle, quote, documents)

    def verify(self, citation: Citation) -> Verification:
        """Check whether the documents still say what a citation says they do, where it says it.

        >>> import pincite
        >>> with pincite.open("var/index") as index:
        ...     citation = index.ask("How long do people live with ALS?").hits[0].citation
        ...     index.verify(citation).status
        'holds'
        """
        from pincite.index.citation_check import verify_citation

        c = citation
        page = str(c.page) if c.page else None
        return verify_citation(self._searcher.bundle, c.document, c.start, c.end, c.quote, c.sha256, c.path, page)

    def documents(self) -> dict[str, str]:
        """Return the title of each document by its id, in the order of ids.

        >>> import pincite
        >>> with pincite.open("var/index") as index:
        ...     index.documents()
        {'als': 'Amyotrophic Lateral Sclerosis (ALS)'}
        """
        return dict(self._searcher.bundle.titles())

    def document(self, name: str) -> Document:
        """Return one document, with its text and outline. Raises KeyError when the index does not hold it."""
        return self._searcher.bundle.document(name)


def open_index(
    index: str | os.PathLike[str] = "var/index",
    *,
    store_url: str = "",
    store_key_file: str | os.PathLike[str] = "",
) -> Index:
    """Open an index: a folder that `ingest` publishes to, or one bundle in it.

    store_url: address of the Qdrant server that holds the passages (extra `qdrant`); without it, the index's own files
    do. store_key_file: file with the key of that server. Raises BundleError or StorageError, naming the file and the
    remedy, or StoreError.
    """
    from pincite.index.searcher import open_searcher
    from pincite.index.settings import Settings

    settings = Settings(index=str(index), store_url=store_url, store_key_file=os.fspath(store_key_file))
    return Index(open_searcher(settings))


def ingest(
    paths: Paths,
    *,
    index: str | os.PathLike[str] = "var/index",
    progress: Callable[[str, int, int], None] | None = None,
    skip_bad: bool = False,
) -> BuildReport:
    """Index documents (.md, .txt, or folders of them) and publish the result to a folder.

    progress: called with the stage, what is done and what there is to do. skip_bad: leave documents at fault out. Needs
    the extra `ingest`. Raises RefusedError, which lists every document at fault, or another PinciteError when the model
    or the index is; nothing is published then.
    """
    from functools import partial

    from pincite.index.settings import Settings
    from pincite.ingestion.build import build
    from pincite.ingestion.reading.files import given_path

    given = [paths] if isinstance(paths, str | os.PathLike) else paths
    report = progress or _silent
    documents = [given_path(path) for path in given]
    return build(documents, Settings(index=str(index)), lambda stage: partial(report, stage), skip_bad=skip_bad)


def _listed(values: str | Sequence[str]) -> tuple[str, ...]:
    """Return one value, or each of several."""
    return (values,) if isinstance(values, str) else tuple(values)


def _silent(stage: str, done: int, of: int) -> None:
    """Say nothing."""
