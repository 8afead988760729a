"""Many texts through the encoder: on every processor and, in float32, several in one run.

Products are of all tokens of a run, so the weights are read once for several texts; what mixes the tokens of a text
(attention, places, pooling) is done for each apart. No text is padded and each row of a product is added up as it would
be alone, so that a text's vectors are the same to the bit whatever it is packed with (tests/test_packing.py). Eight
bits are rounded for each text, so there each has a run of its own. Measured in docs/decisions/0015-encoders.md.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Encoding

from index.encoder import GRAPH, Encoded, Encoder, load_session
from ingest.nodes import Nodes

TURN = 8  # texts that a thread encodes before it hands them over (each time may be a wait), and the most of one run
TOKENS = 320  # of one run: with more, what they make of one layer no longer lies in a core's cache
PACKED = "packed.onnx"

Encode = Callable[[Sequence[str]], list[Encoded]]  # at most TURN passages


def passage_encoder(encoder: Encoder, folder: Path, numbers: str) -> Encode:
    """How an encoder's folder encodes passages fastest, to the same bits as Encoder.encode_passage."""
    import onnx

    model = onnx.load(str(folder / GRAPH), load_external_data=False)
    if numbers == "int8" or not any(node.doc_string for node in model.graph.node):
        return lambda texts: [encoder.encode_passage(text) for text in texts]
    _pack(model.graph)
    graph = folder / PACKED  # beside the weights that it names
    onnx.save(model, str(graph))
    try:
        session = load_session(graph)
    finally:
        graph.unlink()
    return lambda texts: [encoded for run in _runs(texts, encoder) for encoded in _encode_run(run, encoder, session)]


def encode_all(
    texts: Sequence[str], encode: Encode, workers: int = os.cpu_count() or 1
) -> Iterator[tuple[str, Encoded]]:
    """Encode texts, each on one processor, by default as many turns at a time as there are processors.

    The longest come first, so that the processors end at nearly the same time.
    """
    ordered = sorted(texts, key=len, reverse=True)
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[list[tuple[str, Encoded]]]] = deque()
        for at in range(0, len(ordered), TURN):
            turn = ordered[at : at + TURN]
            waiting.append(pool.submit(lambda turn: list(zip(turn, encode(turn), strict=True)), turn))
            if len(waiting) > 2 * workers:  # what waits is bounded, however many texts there are
                yield from waiting.popleft().result()
        for turns in waiting:
            yield from turns.result()


def _runs(texts: Sequence[str], encoder: Encoder) -> Iterator[list[tuple[str, Encoding]]]:
    """Texts with their tokens, TOKENS a run; a text of more has a run of its own."""
    run: list[tuple[str, Encoding]] = []
    for text in texts:
        read = encoder.read_passage(text)
        if run and sum(len(r) for _, r in run) + len(read) > TOKENS:
            yield run
            run = []
        run.append((text, read))
    yield run


def _encode_run(run: Sequence[tuple[str, Encoding]], encoder: Encoder, session: Any) -> Iterator[Encoded]:
    lengths = [len(read) for _, read in run]
    ids = np.array([[token for _, read in run for token in read.ids]], dtype=np.int64)
    fed = {"input_ids": ids, "lengths": np.array(lengths + [0] * (TURN - len(run)), dtype=np.int64)}
    vectors, tokens = session.run(None, fed)
    ends = np.cumsum(lengths)
    for (text, read), vector, of_text in zip(run, vectors, np.split(tokens[0], ends), strict=False):
        yield encoder.passage_of(read, text, vector, of_text)


def _pack(graph: Any) -> None:
    """Have a graph of one text (1, t) take TURN of them one behind the other.

    What is marked as within a text (ingest.nodes) is written once for each. In, besides input_ids: lengths (TURN,)
    int64, zero where no text is. Out: embedding (TURN, d) and tokens (1, t, d).
    """
    from onnx import TensorProto, helper

    constants = {w.name for w in graph.initializer}
    nodes = Nodes()
    for along, group in groupby(list(graph.node), key=lambda node: node.doc_string):
        run = list(group)
        if not along:
            nodes.nodes.extend(run)
            continue
        made = {name for node in run for name in node.output}
        (source,) = {name for node in run for name in node.input} - made - constants
        result = run[-1].output[0]
        sources = [f"{result}.source.{text}" for text in range(TURN)]
        nodes.nodes.append(helper.make_node("Split", [source, "lengths"], sources, axis=1))
        for text in range(TURN):
            names = {name: f"{name}.{text}" for name in made} | {source: sources[text]}
            nodes.nodes.extend(_renamed(node, names, text) for node in run)
        nodes.add("Concat", [f"{result}.{text}" for text in range(TURN)], result, axis=int(along))
    del graph.node[:]
    graph.node.extend(nodes.nodes)
    graph.input.append(helper.make_tensor_value_info("lengths", TensorProto.INT64, [TURN]))


def _renamed(node: Any, names: dict[str, str], text: int) -> Any:
    copy = type(node)()
    copy.CopyFrom(node)
    copy.name = f"{node.name}.{text}"
    copy.input[:] = [names.get(name, name) for name in node.input]
    copy.output[:] = [names[name] for name in node.output]
    return copy
