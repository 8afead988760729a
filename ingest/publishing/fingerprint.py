"""Fingerprints of a bundle's inputs, compared with the live bundle's to see whether there is anything to do.

Imports no NumPy, FAISS or ONNX Runtime and no reader: an ingest that finds nothing new ends here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pincite.index as index_package
import pincite.ingestion as ingest_package
from pincite.index import answer, care, models
from pincite.index.errors import BundleError, StorageError
from pincite.index.settings import Settings
from pincite.index.storage.manifest import (
    BUNDLE_FORMAT,
    STANDS_FOR,
    check_files,
    file_sha256,
    find_bundle,
    read_manifest,
)
from pincite.index.types import Document

CALIBRATION_WITHOUT_TOKENS = "calibration-without-tokens.json"  # for bundles that have no token vectors
CALIBRATIONS = Path(answer.__file__).parent
MODELS = Path(models.__file__).parent
CARE = Path(care.__file__).parent
# files of the package that go into a bundle
PACKAGED_FILES = (
    CALIBRATIONS / "calibration.json",
    CALIBRATIONS / CALIBRATION_WITHOUT_TOKENS,
    MODELS / "cross-encoder.onnx",
    CARE / "care.json",
    CARE / "care-weights.npy",
)

DocumentFingerprint = list[Any]  # what one document is made of, as JSON takes it


def document_fingerprint(document: Document) -> DocumentFingerprint:
    """Return the fingerprint entry of a document that came from no file."""
    blocks = [asdict(block) for block in document.blocks]
    return [document.id, document.title, document.sha256, asdict(document.source), document.language, blocks]


class CorpusFingerprint:
    """Digest of all documents' fingerprints, one after another."""

    def __init__(self, fingerprints: Iterable[DocumentFingerprint] = ()) -> None:
        """Start with some fingerprints: of a file, its name in the given folder and the SHA-256 of its bytes."""
        self._digest = hashlib.sha256()
        for fingerprint in fingerprints:
            self.add(fingerprint)

    def add(self, fingerprint: DocumentFingerprint) -> None:
        """Add another document."""
        self._digest.update(json.dumps(fingerprint, sort_keys=True).encode() + b"\n")

    def sha256(self) -> str:
        """Return the digest of everything added so far, in hexadecimal."""
        return self._digest.hexdigest()


def build_fingerprint(corpus: CorpusFingerprint, model_sha256: str, settings: Settings) -> str:
    """Digest all that a bundle is made of: documents, weights, settings, and the code that makes it."""
    body = [BUNDLE_FORMAT, corpus.sha256(), model_sha256, bundle_settings(settings), code_digest()]
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def code_digest() -> str:
    """Digest the code and the packaged files that make a bundle."""
    packages = (index_package, ingest_package)
    sources = sorted(p for package in packages for p in Path(str(package.__file__)).parent.rglob("*.py"))
    digests = [file_sha256(p) for p in [*sources, *PACKAGED_FILES]]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def bundle_settings(settings: Settings) -> dict[str, int | str]:
    """Return the settings that a bundle depends on."""
    return {
        "encoder_precision": settings.encoder_precision,
        "passage_words": settings.passage_words,
        "token_vectors": settings.token_vectors,
    }


def matching_live_bundle(root: Path, input_fingerprint: str) -> Path | None:
    """Return the folder of the live bundle if it has this fingerprint and every byte of it is as it was.

    None, too, where it is damaged or cannot be read: a new one takes its place then.
    """
    try:
        folder = find_bundle(root)
        manifest = read_manifest(folder)
        if manifest["inputs"] != input_fingerprint or STANDS_FOR in manifest:
            return None
        check_files(folder, manifest)
    except (BundleError, StorageError):
        return None
    return folder
