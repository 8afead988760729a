"""Files of the token vectors: their names, how they are written, and how they are opened."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np

from pincite.index.retrieval.late_interaction import QuantizedTokens, TokenIndex
from pincite.index.storage.npy import ArrayWriter, StartsWriter, map_array

PRODUCT_FILE = "token-product.onnx"
TOKENS_FILE = "tokens.npy"
SCALES_FILE = "token-scales.npy"
TOKEN_STARTS_FILE = "token-starts.npy"


class TokenWriter(ExitStack):
    """Writer of the quantised token vectors of all passages, one passage after another; a context manager."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """Create the three files in `folder`. dimension: d, the length of a vector."""
        super().__init__()
        self._values = self.enter_context(ArrayWriter(folder / TOKENS_FILE, np.uint8, (dimension,)))
        self._scales = self.enter_context(ArrayWriter(folder / SCALES_FILE, np.float32))
        self._starts = self.enter_context(closing(StartsWriter(folder / TOKEN_STARTS_FILE)))

    def add(self, tokens: QuantizedTokens) -> None:
        """Add the token vectors of the next passage."""
        self._values.append(tokens.values)
        self._scales.append(tokens.scales)
        self._starts.add(len(tokens.values))

    def append_from(self, bundle: Path, passages: range) -> None:
        """Add the token vectors of passages of another bundle."""
        rows = self._starts.append_from(bundle / TOKEN_STARTS_FILE, passages)
        self._values.append_from(bundle / TOKENS_FILE, rows)
        self._scales.append_from(bundle / SCALES_FILE, rows)


def open_tokens(folder: Path, product: Any) -> TokenIndex:
    """Open the files that TokenWriter wrote. product: the ONNX Runtime session of the graph in PRODUCT_FILE."""
    values, scales = map_array(folder / TOKENS_FILE), map_array(folder / SCALES_FILE)
    starts = np.load(folder / TOKEN_STARTS_FILE, allow_pickle=False)
    return TokenIndex(values, scales, starts, product)
