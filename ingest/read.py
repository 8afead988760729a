"""Files to documents. The one place where ingest opens what people give it; a reader is chosen by file ending."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import CorpusError, ReadError
from index.vocabulary import Document
from ingest.compose import compose, slug, unique
from ingest.draft import Draft, Reader
from ingest.readers.markdown import read_markdown
from ingest.readers.webtext import read_webtext

READERS: dict[str, Reader] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_webtext,
    ".text": read_webtext,
}
MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents, in order of their ids, and what the ingest report should say about reading them."""

    documents: tuple[Document, ...]
    notes: tuple[str, ...]


def read_corpus(paths: Sequence[Path]) -> Corpus:
    """Read every document below `paths`. One that cannot be read stops it all: nothing is half-indexed.

    In a folder, README files, hidden files and files with an ending that no reader knows are left out, the last
    with a note. Raises CorpusError when a path is missing, nothing is found or two documents claim one id.
    """
    notes: list[str] = []
    drafts = [(path, name, _read(path)) for path, name in _files(paths, notes)]
    if not drafts:
        places = ", ".join(str(p) for p in paths)
        raise CorpusError(
            places, "holds no documents", f"add files ending in {', '.join(READERS)}, or give another path"
        )
    notes += [f"{path}: {note}" for path, _, draft in drafts for note in draft.notes]
    documents = _identify(drafts)
    return Corpus(tuple(sorted(documents, key=lambda d: d.id)), tuple(notes))


def _files(paths: Sequence[Path], notes: list[str]) -> Iterator[tuple[Path, str]]:
    """Each file once, with the name its id is made from when it states none: its path below the folder given."""
    seen: set[Path] = set()
    for given in paths:
        if not given.exists():
            raise CorpusError(
                str(given), "no such file or folder", "give the path of a document or of a folder of documents"
            )
        files = sorted(p for p in given.rglob("*") if p.is_file()) if given.is_dir() else [given]
        for path in files:
            inside = path.relative_to(given) if given.is_dir() else Path(path.name)
            if given.is_dir() and (_hidden(inside) or path.stem.upper() == "README"):
                continue
            if given.is_dir() and path.suffix.lower() not in READERS:
                notes.append(f"{path}: left out, no reader for {path.suffix or 'a file without an ending'}")
            elif path.resolve() not in seen:
                seen.add(path.resolve())
                yield path, str(inside.with_suffix(""))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _read(path: Path) -> Draft:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        ending = path.suffix or "files without an ending"
        raise ReadError(str(path), f"no reader for {ending}", f"give a file ending in {', '.join(READERS)}")
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        raise ReadError(
            str(path), f"cannot be read: {error.strerror}", "check that it exists and who may read it"
        ) from error
    if size > MOST_BYTES:
        raise ReadError(str(path), f"is {size:,} bytes; {MOST_BYTES:,} at most", "split it into several documents")
    draft = reader(data, str(path))
    if not any(part.kind != "heading" for part in draft.parts):
        raise ReadError(str(path), "holds no text below its headings", "add text, or remove the file")
    return draft


def _identify(drafts: list[tuple[Path, str, Draft]]) -> Iterator[Document]:
    claimed: dict[str, Path] = {}
    for path, _, draft in drafts:
        if draft.id in claimed:
            raise CorpusError(
                str(path), f"has the id {draft.id!r}, as {claimed[draft.id]} has", "give one of them another id"
            )
        if draft.id:
            claimed[draft.id] = path
    taken = dict.fromkeys(claimed, 1)
    for path, name, draft in drafts:
        document_id = draft.id or unique(slug(name) or "document", taken)
        yield compose(draft, document_id, draft.title or path.stem)
