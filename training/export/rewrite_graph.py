"""Rewriting of an exported cross-encoder for one pair at a time: same weights and rounding, an eighth of the nodes.

torch.onnx writes masks, shapes and guards that one unpadded pair has no use for, and three products where query, key
and value can be one. The same values are rounded. Since they are summed in another order, a number is now and then
rounded the other way, and logits differ as they do between ONNX Runtime's own levels of optimisation of one file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from pincite.index.models.cross_encoder import MAX_PAIR_TOKENS
from pincite.ingestion.encoder.bert import layer_norm, multi_head_attention
from pincite.ingestion.encoder.onnx_builder import CONTRIB_DOMAIN, GraphBuilder

ATTENTION_HEADS = 12  # of all-MiniLM-L6-v2
LAYER_NORM_EPSILON = 1e-12  # of all-MiniLM-L6-v2
PARAMETER_PREFIX = "encoder."  # of the encoder's parameters in a CrossEncoderNetwork

Arrays = Mapping[str, NDArray[Any]]


def rewrite_graph(model: Any) -> Any:
    """Rewrite the graph of an int8 cross-encoder, as export.py makes it, for one pair.

    Inputs: input_ids and token_type_ids, (1, t) int64. Outputs: answers (1,) and marks (1, t), float32 logits.
    """
    arrays = _arrays(model)
    nodes = GraphBuilder()
    hidden = _embed(nodes, arrays)
    layers = len({name for name in arrays if name.endswith("query.steps")})
    for number in range(layers):
        hidden = _layer(nodes, arrays, f"encoder.layer.{number}", hidden)
    last, first = nodes.constant("last", np.array([-1])), nodes.constant("tokens", np.array([1]))
    mean = nodes.add("ReduceMean", [hidden, first], "mean", keepdims=0)
    nodes.add("Squeeze", [_product(nodes, arrays, ["answers"], mean, "answers.logits"), last], "answers")
    nodes.add("Squeeze", [_product(nodes, arrays, ["marks"], hidden, "marks.logits"), last], "marks")
    return nodes.to_model(
        "judge",  # the name of the graph in the shipped file, kept so that an export has the same bytes
        [(name, TensorProto.INT64, [1, "t"]) for name in ("input_ids", "token_type_ids")],
        [("answers", TensorProto.FLOAT, [1]), ("marks", TensorProto.FLOAT, [1, "t"])],
    )


def _arrays(model: Any) -> Arrays:
    """Return the constants of an exported model by their names in transformers; `steps` and `scale` if quantised."""
    found = {w.name.removeprefix(PARAMETER_PREFIX): numpy_helper.to_array(w) for w in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "MatMulInteger":  # /encoder/encoder/layer.0/attention/self/query/MatMul_quant
            name = re.sub(r"^/(?:encoder/)?|/(?:Gemm_)?MatMul_quant$", "", node.name).replace("/", ".")
            table = node.input[1].removesuffix("_quantized")
            if found[f"{table}_zero_point"].any():
                raise ValueError(f"{node.name}: weights that are not rounded about zero")
            found[f"{name}.steps"], found[f"{name}.scale"] = found[f"{table}_quantized"], found[f"{table}_scale"]
    return found


def _embed(nodes: GraphBuilder, arrays: Arrays) -> str:
    """Words, kept in eight bits with a scale a row, their places, and the type of each token."""
    words, places = "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"
    ids = "input_ids"
    steps = nodes.add("Gather", [nodes.constant("words", arrays[f"{words}.values"]), ids], "word.steps")
    scales = nodes.add("Gather", [nodes.constant("words.scales", arrays[f"{words}.scales"]), ids], "word.scales")
    wide = nodes.add("Cast", [steps], "word.wide", to=TensorProto.FLOAT)
    word = nodes.add("Mul", [wide, scales], "word")
    types = nodes.constant("types", arrays["embeddings.token_type_embeddings.weight"])
    typed = nodes.add("Add", [word, nodes.add("Gather", [types, "token_type_ids"], "type")], "typed")
    rows = (
        arrays[f"{places}.values"][:MAX_PAIR_TOKENS].astype(np.float32) * arrays[f"{places}.scales"][:MAX_PAIR_TOKENS]
    )
    table = nodes.constant("places", rows)
    length = nodes.add("Shape", [ids], "length", start=1, end=2)
    place = nodes.add("Slice", [table, nodes.constant("begin", np.array([0])), length], "place")
    placed = nodes.add("Add", [typed, place], "placed")
    return layer_norm(nodes, arrays, "embeddings.LayerNorm", placed, "embeddings.LayerNorm.normed", LAYER_NORM_EPSILON)


def _layer(nodes: GraphBuilder, arrays: Arrays, name: str, hidden: str) -> str:
    parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    joined = _product(nodes, arrays, parts, hidden, f"{name}.joined")
    mixed = multi_head_attention(
        nodes, joined, f"{name}.attention.self", ATTENTION_HEADS, arrays[f"{parts[0]}.bias"].size
    )
    added = _residual(nodes, arrays, f"{name}.attention.output", mixed, hidden)
    wide = _product(nodes, arrays, [f"{name}.intermediate.dense"], added, f"{name}.wide")
    return _residual(
        nodes, arrays, f"{name}.output", nodes.add("Gelu", [wide], f"{name}.active", CONTRIB_DOMAIN), added
    )


def _residual(nodes: GraphBuilder, arrays: Arrays, name: str, source: str, added: str) -> str:
    product = _product(nodes, arrays, [f"{name}.dense"], source, f"{name}.product")
    summed = nodes.add("Add", [product, added], f"{name}.summed")
    return layer_norm(nodes, arrays, f"{name}.LayerNorm", summed, f"{name}.LayerNorm.normed", LAYER_NORM_EPSILON)


def _product(nodes: GraphBuilder, arrays: Arrays, names: list[str], source: str, output: str) -> str:
    """Add the products of one tensor with several tables as one: its input is quantised once for all of them."""
    joined = {part: np.concatenate([arrays[f"{n}.{part}"] for n in names], axis=-1) for part in ("steps", "scale")}
    bias = np.concatenate([arrays[f"{name}.bias"] for name in names])
    inputs = [
        source,
        nodes.constant(f"{output}.steps", joined["steps"]),
        nodes.constant(f"{output}.scale", joined["scale"]),
        nodes.constant(f"{output}.zeros", np.zeros(bias.size, dtype=np.int8)),
        nodes.constant(f"{output}.bias", bias),
    ]
    return nodes.add("DynamicQuantizeMatMul", inputs, output, CONTRIB_DOMAIN)
