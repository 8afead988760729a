"""Many texts through the encoder: on every processor and, in float32, several in one run.

Products are of all tokens of a run, so the weights are read once for several texts; what mixes the tokens of a text
(attention, places, pooling) is done for each apart. No text is padded and each row of a product is added up as it would
be alone, so that a text's vectors are the same to the bit whatever it is packed with (test_encoders.py). Eight
bits are rounded for each text, so there each has a run of its own. Measured in docs/decisions/0015-encoders.md.
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
from pincite.index.models.encoder import ENCODER_GRAPH, ENCODER_WEIGHTS, Encoded, Encoder
from pincite.index.models.onnx_session import load_session
from pincite.index.parallel import CPUS
from pincite.index.system_errors import naming_file
from pincite.ingestion.encoder.onnx_builder import GraphBuilder

BATCH_TEXTS = (
    8  # texts at most that a thread encodes before it hands them over (each time may be a wait): one run, if packed
)
BATCH_CHARACTERS = (
    2000  # of a turn, some 400 tokens: with more, what they make of one layer no longer lies in a core's cache
)
PACKED_GRAPH = "packed.onnx"

Encode = Callable[[Sequence[str]], list[Encoded]]  # at most TURN passages


def passage_encoder(encoder: Encoder, folder: Path, numbers: str) -> Encode:
    """Return the fastest function that encodes passages to the same bits as Encoder.encode_passage."""

    def alone(texts: Sequence[str]) -> list[Encoded]:
        return [encoder.encode_passage(text) for text in texts]

    if numbers == "int8":
        return alone
    import onnx

    model = onnx.load(str(folder / ENCODER_GRAPH), load_external_data=False)
    if not any(node.doc_string for node in model.graph.node):
        return alone
    _pack(model.graph)
    graph = folder / PACKED_GRAPH  # in the folder of the weights that it names
    with naming_file(graph):
        onnx.save(model, str(graph))
    try:
        session = load_session(graph)
    except Exception as error:  # ONNX Runtime raises what it likes, of the disk as well
        raise StorageError(
            str(folder / ENCODER_WEIGHTS), f"cannot be loaded: {error}", "run the command again"
        ) from error
    finally:
        graph.unlink()
    return lambda texts: _encode_packed(texts, encoder, session)


def encode_all(texts: Sequence[str], encode: Encode, workers: int = CPUS) -> Iterator[tuple[str, Encoded]]:
    """Encode texts, each on one processor, by default as many turns at a time as there are processors.

    The longest come first, so that the processors end at nearly the same time.
    """
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[list[tuple[str, Encoded]]]] = deque()
        for turn in _batches(sorted(texts, key=len, reverse=True)):
            waiting.append(pool.submit(lambda turn: list(zip(turn, encode(turn), strict=True)), turn))
            if len(waiting) > 2 * workers:  # what waits is bounded, however many texts there are
                yield from waiting.popleft().result()
        for turns in waiting:
            yield from turns.result()


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    turn: list[str] = []
    for text in texts:
        if turn and (len(turn) == BATCH_TEXTS or sum(map(len, turn)) + len(text) > BATCH_CHARACTERS):
            yield turn
            turn = []
        turn.append(text)
    if turn:
        yield turn


def _encode_packed(texts: Sequence[str], encoder: Encoder, session: Any) -> list[Encoded]:
    """Encode texts, TURN at most, in one run of a packed graph."""
    read = [encoder.tokenize_passage(text) for text in texts]
    lengths = [len(tokens) for tokens in read]
    ids = np.array([[token for tokens in read for token in tokens.ids]], dtype=np.int64)
    fed = {"input_ids": ids, "lengths": np.array(lengths + [0] * (BATCH_TEXTS - len(texts)), dtype=np.int64)}
    vectors, tokens = session.run(None, fed | encoder.token_embeddings(ids[0]))
    each = np.split(tokens[0], np.cumsum(lengths[:-1]))
    return [encoder.encoded_passage(*of) for of in zip(read, texts, vectors, each, strict=False)]


def _pack(graph: Any) -> None:
    """Have a graph of one text (1, t) take TURN of them one behind the other.

    What is marked as within a text (onnx_builder.py) is written once for each. In, besides its own inputs: lengths
    (TURN,) int64, zero where no text is. Out: embedding (TURN, d) and tokens (1, t, d).
    """
    from onnx import TensorProto, helper

    constants = {w.name for w in graph.initializer}
    nodes = GraphBuilder()
    for along, group in groupby(list(graph.node), key=lambda node: node.doc_string):
        run = list(group)
        if not along:
            nodes.nodes.extend(run)
            continue
        made = {name for node in run for name in node.output}
        (source,) = {name for node in run for name in node.input} - made - constants
        result = run[-1].output[0]
        sources = [f"{result}.source.{text}" for text in range(BATCH_TEXTS)]
        nodes.nodes.append(helper.make_node("Split", [source, "lengths"], sources, axis=1))
        for text in range(BATCH_TEXTS):
            names = {name: f"{name}.{text}" for name in made} | {source: sources[text]}
            nodes.nodes.extend(_renamed(node, names, text) for node in run)
        nodes.add("Concat", [f"{result}.{text}" for text in range(BATCH_TEXTS)], result, axis=int(along))
    del graph.node[:]
    graph.node.extend(nodes.nodes)
    graph.input.append(helper.make_tensor_value_info("lengths", TensorProto.INT64, [BATCH_TEXTS]))


def _renamed(node: Any, names: dict[str, str], text: int) -> Any:
    copy = type(node)()
    copy.CopyFrom(node)
    copy.name = f"{node.name}.{text}"
    copy.input[:] = [names.get(name, name) for name in node.input]
    copy.output[:] = [names[name] for name in node.output]
    return copy
