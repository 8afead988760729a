"""Installations of both environments: sizes, versions, weights and indexes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from benchmarks.peers.processes import HERE, PEER_PYTHON, PINCITE_PYTHON, WORK_FOLDER

INSTALLS = {
    "pincite, for serving": (PINCITE_PYTHON, ["pincite"]),
    "pincite[ingest]": (PINCITE_PYTHON, ["pincite[ingest]"]),
    "ONNX Runtime + FAISS, with tokenizers": (PEER_PYTHON, ["onnxruntime", "faiss-cpu", "tokenizers"]),
    "sentence-transformers + FAISS": (PEER_PYTHON, ["sentence-transformers", "faiss-cpu"]),
    "txtai, with sentence-transformers": (PEER_PYTHON, ["txtai", "sentence-transformers"]),
    "Haystack, with its sentence-transformers": (PEER_PYTHON, ["haystack-ai", "sentence-transformers-haystack"]),
}
SHOWN = ("torch", "sentence-transformers", "txtai", "haystack-ai", "onnxruntime", "faiss-cpu")


def sizes() -> dict[str, float]:
    """MB of each installation."""
    found = {}
    for name, (python, wanted) in INSTALLS.items():
        command = [python, "-I", str(HERE / "sizes.py"), *wanted]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found[name] = float(json.loads(said)["MB"])
    return found


def versions() -> str:
    """Return the versions that the peers run."""
    code = f"from importlib.metadata import version; print(', '.join(f'{{n}} {{version(n)}}' for n in {SHOWN}))"
    return subprocess.run([PEER_PYTHON, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def folder_size(folder: Path) -> float:
    """MB of a folder's files."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 2**20


def weights() -> float:
    return folder_size(Path(json.loads((WORK_FOLDER / "model.json").read_text())))


def indexes() -> dict[str, float]:
    bundles = json.loads((WORK_FOLDER / "bundles.json").read_text())
    return {encoder: folder_size(Path(bundle)) for encoder, bundle in bundles.items()}
