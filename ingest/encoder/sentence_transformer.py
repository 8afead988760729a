"""A sentence-transformers model: exported to ONNX, which embeds and serves, and embedding a sample to check the export.

The one module that needs PyTorch. It is imported inside the functions: it takes seconds, and an ingest that
finds nothing new must not pay for it.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pincite.ingestion.offline  # noqa: F401 - before PyTorch and the libraries round it are imported, below
from pincite.index.errors import ModelError
from pincite.index.models.encoder import ENCODER_GRAPH, TOKENIZER_FILE
from pincite.index.system_errors import naming_file
from pincite.ingestion.encoder.bert import bert_config, bert_graph
from pincite.ingestion.encoder.encoder_files import EncoderFiles
from pincite.ingestion.encoder.model_files import ModelFiles
from pincite.ingestion.encoder.onnx_builder import OPSET_VERSION
from pincite.ingestion.progress import Progress

MIN_PARITY_COSINE = 0.99999


class Embedder:
    """A sentence-transformers model on the CPU."""

    def __init__(self, files: ModelFiles) -> None:
        """Load the model. Raises ModelError when its files cannot be loaded."""
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self.files = files
        try:
            self._model = SentenceTransformer(
                str(files.folder), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
            )
        except Exception as error:  # the loaders raise what they like
            raise ModelError(
                str(files.folder), f"cannot be loaded: {error}", "give a sentence-transformers model's folder"
            ) from error
        self._model.eval()
        # One short text at a time is too little to share: next to any other load, threads that wait for each other
        # took twenty times as long (25 s for 60 sentences against 1.2 s). Sums then do not depend on cores either.
        torch.set_num_threads(1)

    @property
    def query_prompt(self) -> str:
        """The prompt that the model wants before a question; empty for most."""
        return self._model.prompts.get("query") or ""

    @property
    def passage_prompt(self) -> str:
        """The prompt that the model wants before a passage; empty for most."""
        return self._model.prompts.get("document") or self._model.prompts.get("passage") or ""

    def embed(self, texts: Sequence[str], progress: Progress) -> NDArray[np.float32]:
        """Embed texts one by one, as the exported encoder does. Returns (n, d) float32, unit rows."""
        rows = []
        for done, text in enumerate(texts, start=1):
            rows.append(
                self._model.encode(
                    [self.passage_prompt + text], batch_size=1, normalize_embeddings=True, show_progress_bar=False
                )[0]
            )
            progress(done, len(texts))
        return np.stack(rows).astype(np.float32)

    def export(self) -> EncoderFiles:
        """Export the whole pipeline, pooling and normalising included, with its tokenizer.

        Raises ModelError for a model without a fast tokenizer.
        """
        tokenizer = self.files.folder / TOKENIZER_FILE
        if not tokenizer.is_file():
            raise ModelError(str(tokenizer), "is missing", "give a model with a fast tokenizer")
        config = {
            "dimension": self._model.get_embedding_dimension(),
            "tokens": self._model.max_seq_length,
            "query_prompt": self.query_prompt,
            "passage_prompt": self.passage_prompt,
            "pooling": self._model[1].get_config_dict().get("pooling_mode") if len(self._model) > 1 else None,
        }
        with naming_file(tokenizer):
            return EncoderFiles(self._export_graph(), tokenizer.read_bytes(), config)

    def _export_graph(self) -> Any:
        """Build the model's graph, as an onnx.ModelProto: from the weights of a BERT, by tracing any other model."""
        bert = bert_config(self._model)
        if bert is None:
            return self._trace()
        weights = {name: tensor.numpy() for name, tensor in self._model[0].auto_model.state_dict().items()}
        return bert_graph(weights, bert)

    def _trace(self) -> Any:
        """Trace the model with torch.onnx."""
        import onnx
        import torch

        example = {k: v for k, v in self._features("two words").items() if isinstance(v, torch.Tensor)}
        axes = {name: {0: "batch", 1: "tokens"} for name in example} | {
            "embedding": {0: "batch"},
            "tokens": {0: "batch", 1: "tokens"},
        }
        graph = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tracing warns of constants that parity, checked after, would show
            torch.onnx.export(
                _pipeline(self._model, list(example)),
                tuple(example.values()),
                graph,
                dynamo=False,
                opset_version=OPSET_VERSION,
                input_names=list(example),
                output_names=["embedding", "tokens"],
                dynamic_axes=axes,
            )
        return onnx.load_from_string(graph.getvalue())

    def _features(self, text: str) -> dict[str, Any]:
        return dict(self._model.preprocess([text]))


def check_parity(text: str, onnx_vector: NDArray[np.float32], torch_vector: NDArray[np.float32]) -> float:
    """Compare ONNX Runtime's vector of a text with PyTorch's. Both (d,) float32, unit length.

    Returns their cosine. Raises ModelError, quoting the text, when it is below MIN_PARITY_COSINE.
    """
    cosine = float(onnx_vector @ torch_vector)
    if not cosine >= MIN_PARITY_COSINE:  # also when it is not a number
        raise ModelError(
            ENCODER_GRAPH,
            f"ONNX Runtime and PyTorch give different vectors (cosine {cosine:.6f} < {MIN_PARITY_COSINE}) "
            f"for {text[:60]!r}",
            "install the versions in constraints.txt; if they are, report this model as one that cannot be exported",
        )
    return cosine


def _pipeline(model: Any, names: list[str]) -> Any:
    import torch

    class Pipeline(torch.nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked alone
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Any) -> Any:
            features = dict(zip(names, tensors, strict=True))
            for module in self.model:
                features = module(features)
            tokens = torch.nn.functional.normalize(features["token_embeddings"], dim=-1)
            return features["sentence_embedding"], tokens

    return Pipeline()
