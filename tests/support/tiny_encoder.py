"""An encoder of a few kilobytes: the mean of its words' vectors, which are random. Embeds in microseconds."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from pincite.ingestion.encoder.encoder_files import EncoderFiles
from pincite.ingestion.encoder.model_files import ModelFiles

DIMENSION = 16
WORDS = [f"{a}{b}{c}" for a in "bdgklmnprst" for b in "aeiou" for c in ("l", "nd", "rk", "st", "m")]


class Tiny:
    """Stand-in for the embedding model; it counts how often it was exported."""

    exported = 0
    words: Sequence[str] = WORDS

    def __init__(self, files: ModelFiles | None = None) -> None:
        pass

    def export(self) -> EncoderFiles:
        """Return the graph, the tokenizer and the configuration."""
        type(self).exported += 1
        return self._files()

    def _files(self) -> EncoderFiles:
        tokenizer = Tokenizer(
            WordLevel({"[UNK]": 0, **{w: n for n, w in enumerate(self.words, start=1)}}, unk_token="[UNK]")
        )
        tokenizer.pre_tokenizer = Whitespace()
        config = {"dimension": DIMENSION, "tokens": 64, "query_prompt": "", "passage_prompt": "", "pooling": "mean"}
        return EncoderFiles(_graph(len(self.words)), tokenizer.to_str().encode(), config)

    def embed(self, texts: Sequence[str], progress: Callable[[int, int], None]) -> NDArray[np.float32]:
        """Return what the exported encoder gives."""
        encoder = self._files().open()
        return np.stack([encoder.encode_passage(text).vector for text in texts])


def write_documents(folder: Path, count: int, seed: int = 1) -> Path:
    """So many documents of ten sections each, a passage or two a section, with words of WORDS alone."""
    folder.mkdir(exist_ok=True)
    chance = random.Random(seed)
    for number in range(count):
        sections = (f"## {_words(chance, 3)}\n\n{_sentence(chance)} {_sentence(chance)}\n" for _ in range(10))
        (folder / f"note-{number:05}.md").write_text(f"# {_words(chance, 3)}\n\n" + "\n".join(sections))
    return folder


def _sentence(chance: random.Random) -> str:
    return f"{_words(chance, 12).capitalize()}."


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(WORDS, k=count))


def _graph(word_count: int) -> onnx.ModelProto:
    table = np.random.default_rng(1).normal(size=(word_count + 1, DIMENSION)).astype(np.float32)
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["tokens"]),
        helper.make_node("ReduceMean", ["tokens"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("LpNormalization", ["mean"], ["embedding"], axis=-1, p=2),
    ]
    given = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])]
    found = [
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", DIMENSION]),
        helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["batch", "length", DIMENSION]),
    ]
    graph = helper.make_graph(nodes, "tiny", given, found, [numpy_helper.from_array(table, "table")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
