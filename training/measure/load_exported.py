"""An exported file, opened by serving's own code: what is measured is what serving gives."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pincite.index.models.cross_encoder import CROSS_ENCODER_GRAPH, CrossEncoder
from pincite.index.models.encoder import TOKENIZER_FILE
from pincite.ingestion.encoder.model_files import find_model


def load_exported(path: Path) -> CrossEncoder:
    """Load an exported file and the default encoder's tokenizer, under the names that they have in a bundle."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / CROSS_ENCODER_GRAPH).symlink_to(path.resolve())
        (Path(folder) / TOKENIZER_FILE).symlink_to(find_model("default").folder / "tokenizer.json")
        return CrossEncoder(Path(folder))
