"""A sentence-transformers model of six megabytes: the default's shape and tokenizer, one layer, random weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from pincite.ingestion.encoder.model_files import find_model

SMALL_WIDTHS = {384: 48, 1536: 96}  # width of the layers, and of what is inside them
WEIGHTS_FILE = "model.safetensors"


def write_small_model(folder: Path) -> Path:
    """Write the model into a new folder. Ingest exports it in a tenth of the default's time."""
    source = find_model("default").folder
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(WEIGHTS_FILE))
    for path in (folder / "config.json", folder / "1_Pooling" / "config.json"):
        config = json.loads(path.read_text())
        config = {k: SMALL_WIDTHS.get(v, v) if isinstance(v, int) else v for k, v in config.items()}
        path.write_text(json.dumps(config | ({"num_hidden_layers": 1} if "num_hidden_layers" in config else {})))
    rng = np.random.default_rng(1)
    layer_shapes: dict[str, tuple[int, ...]] = {
        name: w.shape
        for name, w in load_file(source / WEIGHTS_FILE).items()
        if ".layer." not in name or ".layer.0." in name
    }
    shapes = {name: tuple(SMALL_WIDTHS.get(n, n) for n in shape) for name, shape in layer_shapes.items()}
    save_file(
        {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}, folder / WEIGHTS_FILE
    )
    return folder
