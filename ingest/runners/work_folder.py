"""Work folder of an ingest that embeds from file to file: what it holds, who holds it, and when it goes.

FOLDER/pincite-embedding/encoder/                the encoder that a runner loads
FOLDER/pincite-embedding/texts-000000.parquet    texts to embed, written again by each run
FOLDER/pincite-embedding/vectors-000000.parquet  their vectors, kept until the index is published
FOLDER/pincite-embedding/lock                    held by one ingest; let go by the kernel when the process dies
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType

from pincite.index.errors import IndexLockedError, StorageError
from pincite.index.models.encoder import ENCODER_FILES
from pincite.index.system_errors import naming_file, printable_path
from pincite.ingestion.embedding.embed_texts import EmbedWindow, MissingTexts
from pincite.ingestion.progress import Progress
from pincite.ingestion.runners.embed_file import encoder_sha256
from pincite.ingestion.runners.parquet import PART_SUFFIX
from pincite.ingestion.runners.texts_file import TEXTS_PATTERN, TextsFile, write_texts_files
from pincite.ingestion.runners.vectors_file import VECTORS_PATTERN, StoredVectors, is_finished, vectors_path

WORK_FOLDER = "pincite-embedding"
ENCODER_FOLDER = "encoder"
LOCK_FILE = "lock"

# Files of texts, the folder and the precision of the encoder come in. A runner writes the vectors of each file, and
# yields the file when they are there.
RunFiles = Callable[[Sequence[Path], Path, str], Generator[Path, None, None]]


class WorkFolder:
    """Folder in which a runner embeds; a context manager, which deletes the folder unless an error leaves the block.

    It is made when the first text is to be embedded, and is an EmbedApart.
    """

    def __init__(self, parent: Path, run: RunFiles) -> None:
        """Have `run` embed in WORK_FOLDER below `parent`."""
        self._folder = parent.absolute() / WORK_FOLDER  # other processes have other working folders
        self._run = run
        self._lock = -1

    def __enter__(self) -> WorkFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Delete the folder if it was used and all went well, and let its lock go."""
        if self._lock < 0:
            return
        if error is None:
            shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._lock)
        self._lock = -1

    def __call__(
        self, encoder_folder: Path, precision: str, windows: Iterator[MissingTexts], progress: Progress
    ) -> EmbedWindow:
        """Write the texts of all windows, have those embedded whose vectors are not there, and give the vectors.

        Raises IndexLockedError when another ingest holds the folder, StorageError where it cannot be written.
        """
        self._take_lock()
        encoder = self._copy_encoder(encoder_folder)
        sha256 = encoder_sha256(encoder)
        texts_files = write_texts_files(windows, self._folder)
        self._delete_others(texts_files)
        todo = {f.path: f for f in texts_files if not is_finished(vectors_path(f.path), sha256, f.sha256)}
        done, total = 0, sum(f.passages for f in todo.values())
        if todo:
            with closing(self._run(list(todo), encoder, precision)) as finished:
                for path in finished:
                    done += todo[path].passages
                    progress(done, total)
        return StoredVectors([vectors_path(f.path) for f in texts_files])

    def _take_lock(self) -> None:
        if self._lock >= 0:  # a second attempt, without the previous bundle
            return
        with naming_file(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        with naming_file(self._folder / LOCK_FILE):
            lock = os.open(self._folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            with naming_file(self._folder / LOCK_FILE):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except StorageError as error:
            os.close(lock)
            if not isinstance(error.__cause__, BlockingIOError):
                raise
            raise IndexLockedError(
                printable_path(self._folder), "another ingest embeds here", "wait until it has ended, or give --work"
            ) from error.__cause__
        self._lock = lock

    def _copy_encoder(self, source: Path) -> Path:
        """Copy the encoder to where every process of a runner sees it."""
        folder = self._folder / ENCODER_FOLDER
        with naming_file(folder):
            folder.mkdir(exist_ok=True)
            for name in ENCODER_FILES:
                shutil.copyfile(source / name, folder / name)
        return folder

    def _delete_others(self, texts_files: Sequence[TextsFile]) -> None:
        """Delete files of earlier runs that are not asked for, and what was being written when one was stopped."""
        kept = {f.path for f in texts_files} | {vectors_path(f.path) for f in texts_files}
        patterns = (TEXTS_PATTERN, VECTORS_PATTERN, f"*{PART_SUFFIX}")
        with naming_file(self._folder):
            for path in {path for pattern in patterns for path in self._folder.glob(pattern)} - kept:
                path.unlink(missing_ok=True)
