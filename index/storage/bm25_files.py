"""Files of the BM25 index: their names, and how they are opened. storage/bm25_writer.py writes them.

The forward index, which no query reads, holds the analysis of every passage for the next ingest.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pincite.index.retrieval.bm25 import BM25Index, Postings
from pincite.index.storage.npy import map_array

TERMS_FILE = "lexical-terms.json"
STARTS_FILE = "lexical-starts.npy"
ROWS_FILE = "lexical-rows.npy"
SCORES_FILE = "lexical-weights.npy"
MAX_SCORES_FILE = "lexical-most.npy"
FORWARD_FILE = "lexical-forward.npy"  # (p, 2) int32, passage after passage: a term's place in the order, its count
FORWARD_STARTS_FILE = "lexical-forward-starts.npy"  # (n + 1,) int64: where each passage's terms begin in it


def open_bm25(folder: Path, passage_count: int) -> BM25Index:
    """Open the files that write_bm25 wrote over `passage_count` passages; rows and scores are mapped from disk."""
    return BM25Index(
        Postings(
            terms=json.loads((folder / TERMS_FILE).read_text(encoding="utf-8")),
            starts=np.load(folder / STARTS_FILE, allow_pickle=False),
            rows=map_array(folder / ROWS_FILE),
            scores=map_array(folder / SCORES_FILE),
            max_scores=np.load(folder / MAX_SCORES_FILE, allow_pickle=False),
            passage_count=passage_count,
        )
    )
