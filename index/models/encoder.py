"""The query encoder: tokenizer and ONNX graph from a bundle, run by ONNX Runtime. No PyTorch here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from pincite.index.errors import BundleError, PinciteError
from pincite.index.models.onnx_session import ENCODING_FIELDS, Feed, feed_of, load_session
from pincite.index.storage.npy import RowReader, map_array
from pincite.index.system_errors import to_storage_error

ENCODER_GRAPH = "encoder.onnx"
ENCODER_WEIGHTS = "encoder.weights"  # which the graph names: mapped from disk
TOKEN_EMBEDDINGS = "token-embeddings.npy"  # a row for each token id, if the graph takes rows instead of ids
TOKENIZER_FILE = "tokenizer.json"
ENCODER_CONFIG = "encoder.json"
ENCODER_FILES = (ENCODER_GRAPH, ENCODER_WEIGHTS, TOKEN_EMBEDDINGS, TOKENIZER_FILE, ENCODER_CONFIG)
# The cosine that a probe, encoded when the encoder was made, must have with itself here: another processor may round
# otherwise, and vectors that do not fit those of the passages must not pass unseen.
MIN_PROBE_COSINE = 0.999


@dataclass(frozen=True, slots=True)
class EncodedText:
    """One text's vectors, from one run of the encoder."""

    vector: NDArray[np.float32]  # (d,), unit length: the whole text
    token_vectors: NDArray[np.float32]  # (t, d), t > 0, unit rows: each token in its context, without special tokens
    spans: tuple[tuple[int, int], ...]  # t ranges of code points in the text
    slice_of_whole: slice | None = None  # of a part that was cut out: which of the whole text's tokens are its own


class Encoder:
    """Encodes text as the ingest step did. One is loaded a process; threads share it."""

    def __init__(
        self,
        config: Mapping[str, Any],
        tokenizer: Tokenizer,
        session: Any,
        token_embeddings: NDArray[np.float32] | RowReader | None = None,
    ) -> None:
        """Take what ENCODER_FILES hold. token_embeddings: (vocabulary, d), if the graph takes rows instead of ids."""
        self.dimension: int = config["dimension"]
        self._query_prompt: str = config["query_prompt"]
        self._passage_prompt: str = config["passage_prompt"]
        self._mean_pooling: bool = config["pooling"] == "mean"
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(config["tokens"])
        self._session = session
        names = [i.name for i in session.get_inputs()]
        self._inputs = [name for name in names if name in ENCODING_FIELDS]
        self._embedding_tables = (
            {} if token_embeddings is None else {n: token_embeddings for n in names if n not in ENCODING_FIELDS}
        )

    @classmethod
    def open(cls, folder: Path, bulk: bool = False) -> Encoder:
        """Open ENCODER_FILES of a folder. Raises BundleError or StorageError where they cannot be loaded.

        `bulk` is for thousands of texts, on all processors: faster, for more memory. Token embeddings are mapped, where
        they are read row by row otherwise, and concurrent runs do not share a memory arena.
        """
        try:
            config = json.loads((folder / ENCODER_CONFIG).read_text(encoding="utf-8"))
            session = load_session(folder / ENCODER_GRAPH, arena=not bulk)
            takes_rows = any(i.name not in ENCODING_FIELDS for i in session.get_inputs())
            open_table = map_array if bulk else RowReader
            table = open_table(folder / TOKEN_EMBEDDINGS) if takes_rows else None
            encoder = cls(config, Tokenizer.from_buffer((folder / TOKENIZER_FILE).read_bytes()), session, table)
            cosine = encoder._probe_cosine(**config["probe"]) if "probe" in config else 1.0
        except PinciteError:
            raise
        except (OSError, MemoryError) as error:
            raise to_storage_error(error, folder) from error
        except Exception as error:  # third-party loaders raise what they like; the bundle is what is wrong
            raise BundleError(
                str(folder), f"the query encoder cannot be loaded: {error}", "run `pincite ingest`"
            ) from error
        if not cosine >= MIN_PROBE_COSINE:
            raise BundleError(
                str(folder),
                f"the query encoder gives other vectors on this processor (cosine {cosine:.4f} < {MIN_PROBE_COSINE})",
                "run `pincite ingest` on this machine, or anywhere with PINCITE_ENCODER_PRECISION=float32",
            )
        return encoder

    def encode_part(self, whole: EncodedText, start: int, end: int) -> EncodedText | None:
        """Encode a part of an encoded text from the whole's token vectors, by their mean, without another run.

        None where the model pools otherwise than by the mean, or no token lies within [start, end).
        """
        token_numbers = [i for i, (s, e) in enumerate(whole.spans) if start <= s and e <= end]
        if not (self._mean_pooling and token_numbers):
            return None
        own_tokens = slice(token_numbers[0], token_numbers[-1] + 1)
        mean = whole.token_vectors[own_tokens].mean(axis=0)
        spans = tuple((s - start, e - start) for s, e in whole.spans[own_tokens])
        return EncodedText(mean / np.linalg.norm(mean), whole.token_vectors[own_tokens], spans, own_tokens)

    def _probe_cosine(self, text: str, vector: list[float]) -> float:
        """Return the cosine of a text's vector with the vector stored when the encoder was exported."""
        return float(self.encode_passage(text).vector @ np.array(vector, dtype=np.float32))

    def is_token(self, word: str) -> bool:
        """Return whether a word is a single token of the vocabulary."""
        return self._tokenizer.token_to_id(word) is not None

    def encode_query(self, text: str) -> EncodedText:
        """Encode one question."""
        return self._run(self._query_prompt, text)

    def encode_passage(self, text: str) -> EncodedText:
        """Encode one passage."""
        return self._run(self._passage_prompt, text)

    def passage_feed(self, text: str) -> Feed:
        """Return the graph's inputs for a passage, (1, t) each."""
        return self._input_feed(self.tokenize_passage(text))

    def tokenize_passage(self, text: str) -> Encoding:
        """Tokenize a passage."""
        return self._tokenizer.encode(self._passage_prompt + text)

    def encoded_passage(
        self, encoding: Encoding, text: str, vector: NDArray[np.float32], token_vectors: NDArray[np.float32]
    ) -> EncodedText:
        """Select a passage's vectors from a run's output: vector (d,), and vectors (t, d) of all tokens."""
        return _text_vectors(encoding, self._passage_prompt, text, vector, token_vectors)

    def token_embeddings(self, token_ids: NDArray[np.int64]) -> Feed:
        """Return the token embeddings that the graph takes as an input: (1, t, d) for t ids."""
        return {name: table[token_ids][None] for name, table in self._embedding_tables.items()}

    def _input_feed(self, encoding: Encoding) -> Feed:
        feed = feed_of(encoding, self._inputs)
        return feed | self.token_embeddings(feed["input_ids"][0])

    def _run(self, prompt: str, text: str) -> EncodedText:
        # One text at a time, never padded: its vector does not depend on what else is encoded.
        encoding = self._tokenizer.encode(prompt + text)
        vector, token_vectors = self._session.run(None, self._input_feed(encoding))
        return _text_vectors(encoding, prompt, text, vector[0], token_vectors[0])


def _text_vectors(
    encoding: Encoding, prompt: str, text: str, vector: NDArray[np.float32], token_vectors: NDArray[np.float32]
) -> EncodedText:
    """Select the vectors of a text's own tokens, without the special tokens and the prompt."""
    spans = [(start - len(prompt), end - len(prompt)) for start, end in encoding.offsets]
    text_tokens = [
        i for i, (start, end) in enumerate(spans) if 0 <= start < end and not encoding.special_tokens_mask[i]
    ]
    if not text_tokens:  # characters that the tokenizer drops, alone
        return EncodedText(vector, vector[None], ((0, len(text)),))
    return EncodedText(vector, token_vectors[text_tokens], tuple(spans[i] for i in text_tokens))
