"""Many texts through the encoder: on every processor and, in float32, several in one run.

Products are of all tokens of a run, so the weights are read once for several texts; what mixes the tokens of a text
(attention, positions, pooling) is done for each text apart. No text is padded, and each row of a product is summed as
it would be alone, so that a text's vectors are the same to the bit whatever it is packed with (test_encoders.py). In
int8, activations are scaled for each text, so each has a run of its own. Measured in docs/decisions/0015-encoders.md.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from pincite.index.errors import StorageError
from pincite.index.models.encoder import ENCODER_GRAPH, ENCODER_WEIGHTS, EncodedText, Encoder
from pincite.index.models.onnx_session import load_session
from pincite.index.parallel import CPUS
from pincite.ingestion.encoder.bert import BERT_GRAPH, TOKEN_MIXING_OPERATORS
from pincite.ingestion.encoder.onnx_builder import GraphBuilder

BATCH_TEXTS = 8  # texts at most that a thread encodes before it hands them over, which may be a wait
BATCH_CHARACTERS = 2000  # in a batch, some 400 tokens: of more, the activations of a layer do not fit a core's cache

# by the last operator of a block: positions (t, d), pooled vectors (1, d), what attention gives (1, t, d)
_CONCAT_AXES = {"Slice": 0, "ReduceMean": 0, "Reshape": 1}

EncodeBatch = Callable[[Sequence[str]], list[EncodedText]]  # at most BATCH_TEXTS passages


def passage_encoder(encoder: Encoder, folder: Path, precision: str) -> EncodeBatch:
    """Return the fastest function that encodes passages to the same bits as Encoder.encode_passage."""

    def encode_each_alone(texts: Sequence[str]) -> list[EncodedText]:
        return [encoder.encode_passage(text) for text in texts]

    if precision == "int8":
        return encode_each_alone
    import onnx

    model = onnx.load(str(folder / ENCODER_GRAPH), load_external_data=False)
    if model.graph.name != BERT_GRAPH:
        return encode_each_alone
    _pack_graph(model.graph)
    try:
        session = load_session(model.SerializeToString(), weights_folder=folder)
    except Exception as error:  # ONNX Runtime raises what it likes, of the disk as well
        raise StorageError(
            str(folder / ENCODER_WEIGHTS), f"cannot be loaded: {error}", "run the command again"
        ) from error
    return lambda texts: _encode_packed(texts, encoder, session)


def encode_all(texts: Sequence[str], encode: EncodeBatch, workers: int = CPUS) -> Iterator[tuple[str, EncodedText]]:
    """Encode texts, each on one processor, by default as many batches at a time as there are processors.

    The longest come first, so that the processors end at nearly the same time.
    """
    with ThreadPoolExecutor(workers) as pool:
        pending: deque[Future[list[tuple[str, EncodedText]]]] = deque()
        for batch in _batches(sorted(texts, key=len, reverse=True)):
            pending.append(pool.submit(lambda turn: list(zip(turn, encode(turn), strict=True)), batch))
            if len(pending) > 2 * workers:  # what waits is bounded, however many texts there are
                yield from pending.popleft().result()
        for future in pending:
            yield from future.result()


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for text in texts:
        if batch and (len(batch) == BATCH_TEXTS or sum(map(len, batch)) + len(text) > BATCH_CHARACTERS):
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch


def _encode_packed(texts: Sequence[str], encoder: Encoder, session: Any) -> list[EncodedText]:
    """Encode texts, BATCH_TEXTS at most, in one run of a packed graph."""
    encodings = [encoder.tokenize_passage(text) for text in texts]
    lengths = [len(tokens) for tokens in encodings]
    ids = np.array([[token for tokens in encodings for token in tokens.ids]], dtype=np.int64)
    feed = {"input_ids": ids, "lengths": np.array(lengths + [0] * (BATCH_TEXTS - len(texts)), dtype=np.int64)}
    vectors, tokens = session.run(None, feed | encoder.token_embeddings(ids[0]))
    token_vectors = np.split(tokens[0], np.cumsum(lengths[:-1]))
    return [encoder.encoded_passage(*parts) for parts in zip(encodings, texts, vectors, token_vectors, strict=False)]


def _pack_graph(graph: Any) -> None:
    """Have a graph of one text (1, t) take BATCH_TEXTS of them, one behind the other.

    A run of operators that mix tokens has one tensor in, (1, t, ...), and one out; it is copied for each text. In,
    besides the graph's own inputs: lengths (BATCH_TEXTS,) int64, zero where no text is. Out: embedding (BATCH_TEXTS, d)
    and tokens (1, t, d).
    """
    from onnx import TensorProto, helper

    constants = {w.name for w in graph.initializer}
    builder = GraphBuilder()
    for mixes_tokens, group in groupby(list(graph.node), key=lambda node: node.op_type in TOKEN_MIXING_OPERATORS):
        block = list(group)
        if not mixes_tokens:
            builder.nodes.extend(block)
            continue
        produced = {name for node in block for name in node.output}
        (source,) = {name for node in block for name in node.input} - produced - constants
        result = block[-1].output[0]
        sources = [f"{result}.source.{text}" for text in range(BATCH_TEXTS)]
        builder.nodes.append(helper.make_node("Split", [source, "lengths"], sources, axis=1))
        for slot in range(BATCH_TEXTS):
            names = {name: f"{name}.{slot}" for name in produced} | {source: sources[slot]}
            builder.nodes.extend(_copy_node(node, names, slot) for node in block)
        builder.add(
            "Concat", [f"{result}.{text}" for text in range(BATCH_TEXTS)], result, axis=_CONCAT_AXES[block[-1].op_type]
        )
    del graph.node[:]
    graph.node.extend(builder.nodes)
    graph.input.append(helper.make_tensor_value_info("lengths", TensorProto.INT64, [BATCH_TEXTS]))


def _copy_node(node: Any, names: dict[str, str], slot: int) -> Any:
    copy = type(node)()
    copy.CopyFrom(node)
    copy.name = f"{node.name}.{slot}"
    copy.input[:] = [names.get(name, name) for name in node.input]
    copy.output[:] = [names[name] for name in node.output]
    return copy
