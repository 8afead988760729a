"""The files of the care classifier."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from pincite.index.care.classifier import KINDS, NGRAM_BUCKETS, CareClassifier
from pincite.index.errors import BundleError
from pincite.index.storage.npy import save_array
from pincite.index.storage.plain_files import REBUILD_REMEDY
from pincite.index.system_errors import naming_file

CARE_FILE = "care.json"  # the model that its vectors are of, what it was fitted on, and how often it errs
CARE_WEIGHTS = "care-weights.npy"  # (2, d + NGRAM_BUCKETS + 1) float16: the last column is the bias


def write_care(folder: Path, classifier: CareClassifier, facts: dict[str, Any]) -> None:
    """Write both files."""
    table = np.concatenate([classifier.weights, classifier.bias[:, None]], axis=1)
    save_array(folder / CARE_WEIGHTS, table.astype(np.float16))
    with naming_file(folder / CARE_FILE):
        (folder / CARE_FILE).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def read_care(folder: Path) -> dict[str, Any]:
    """Read what the classifier was fitted on, and how often it errs."""
    facts: dict[str, Any] = json.loads((folder / CARE_FILE).read_text(encoding="utf-8"))
    return facts


def open_care(folder: Path, dimension: int) -> CareClassifier:
    """Open the files that write_care wrote, for questions' vectors of a dimension. Raises BundleError."""
    table = np.load(folder / CARE_WEIGHTS, allow_pickle=False).astype(np.float32)
    expected = (len(KINDS), dimension + NGRAM_BUCKETS + 1)
    if table.shape != expected:
        raise BundleError(str(folder / CARE_WEIGHTS), f"has the shape {table.shape}, not {expected}", REBUILD_REMEDY)
    return CareClassifier(table[:, :-1], table[:, -1])
