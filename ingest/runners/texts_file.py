"""Parquet files of the texts to embed: a row group has the texts of one window, a row one text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa

from pincite.ingestion.embedding.embed_texts import MissingTexts
from pincite.ingestion.embedding.text_digests import digest_texts
from pincite.ingestion.runners.parquet import RowGroupReader, new_parquet

FILE_WINDOWS = 4  # windows in a file: 2,048 passages, some minutes of one core
TEXTS_PATTERN = "texts-*.parquet"

# digest: the first 16 bytes of the text's SHA-256. tokens: whether its token vectors are wanted, too
_SCHEMA = pa.schema([("digest", pa.binary(16)), ("text", pa.string()), ("tokens", pa.bool_())])


@dataclass(frozen=True, slots=True)
class TextsFile:
    """One file of texts."""

    path: Path
    sha256: str  # of what it asks for: digests and wanted token vectors, window after window
    passages: int  # passages in its windows


class TextsDigest:
    """SHA-256 of all that a file of texts asks for, window after window."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, missing: MissingTexts) -> None:
        """Add a window."""
        self._digest.update(len(missing.texts).to_bytes(8, "little"))
        self._digest.update(b"".join(text_digests(missing)))
        self._digest.update(bytes(text in missing.token_texts for text in missing.texts))

    def hexdigest(self) -> str:
        """Return the digest of the windows added so far, in hexadecimal."""
        return self._digest.hexdigest()


def text_digests(missing: MissingTexts) -> list[bytes]:
    """Return the digest of each text of a window: 16 bytes."""
    return [row.tobytes() for row in digest_texts((text,) for text in missing.texts).astype("<u8")]


def write_texts_files(windows: Iterable[MissingTexts], folder: Path) -> list[TextsFile]:
    """Write the texts of all windows, FILE_WINDOWS in a file. A window without texts is in none."""
    remaining = (missing for missing in windows if missing.texts)
    files: list[TextsFile] = []
    for first in remaining:
        path = folder / TEXTS_PATTERN.replace("*", f"{len(files):06}")
        digest, passages = TextsDigest(), 0
        with new_parquet(path, _SCHEMA, "zstd") as file:
            for missing in chain([first], islice(remaining, FILE_WINDOWS - 1)):
                wanted = [text in missing.token_texts for text in missing.texts]
                file.add({"digest": text_digests(missing), "text": list(missing.texts), "tokens": wanted})
                digest.add(missing)
                passages += missing.passages
        files.append(TextsFile(path, digest.hexdigest(), passages))
    return files


def read_texts_file(path: Path) -> Iterator[MissingTexts]:
    """Yield the texts of each window of a file. Raises StorageError where it is damaged or cannot be read."""
    with RowGroupReader(path) as groups:
        for table in groups:
            texts: list[str] = table["text"].to_pylist()
            wanted: list[bool] = table["tokens"].to_pylist()
            token_texts = frozenset(text for text, is_wanted in zip(texts, wanted, strict=True) if is_wanted)
            yield MissingTexts(0, tuple(texts), token_texts)
