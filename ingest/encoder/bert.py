"""The graph of a BERT encoder, written straight from its weights, in a third of the nodes that torch.onnx makes.

BERT as in Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers" (2019), with the pooling of Reimers
and Gurevych, "Sentence-BERT" (2019). The graph takes one text, never padded, so it needs no mask: tokens in, vectors
out. Query, key and value are one product. Measured in docs/decisions/0015-encoders.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pincite.ingestion.encoder.onnx_builder import CONTRIB, GraphBuilder

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class BertConfig:
    """Configuration of a BERT encoder that its weights do not show."""

    layers: int
    heads: int
    epsilon: float  # of its norms
    pooling: str  # "mean" or "cls"


def bert_config(model: Any) -> BertConfig | None:
    """Return the configuration of a sentence-transformers model that is a plain BERT, else None."""
    kinds = [type(module).__name__ for module in model]
    if kinds != ["Transformer", "Pooling", "Normalize"]:
        return None
    config, pooling = model[0].auto_model.config, model[1].get_config_dict()
    plain = config.model_type == "bert" and config.hidden_act == "gelu" and not config.is_decoder
    absolute = getattr(config, "position_embedding_type", "absolute") == "absolute"
    if not (plain and absolute and pooling.get("pooling_mode") in ("mean", "cls")):
        return None
    return BertConfig(
        config.num_hidden_layers, config.num_attention_heads, config.layer_norm_eps, str(pooling["pooling_mode"])
    )


def bert_graph(weights: Weights, shape: BertConfig) -> Any:
    """Build the graph as an onnx.ModelProto.

    weights: by their names in transformers' BertModel, float32. In: input_ids (1, t) int64. Out: embedding (1, d) and
    tokens (1, t, d), both float32 with unit rows.
    """
    from onnx import TensorProto

    nodes, weights = GraphBuilder(), _folded(weights, shape)
    hidden = _embed(nodes, weights, shape)
    for number in range(shape.layers):
        hidden = _layer(nodes, weights, shape, number, hidden)
    with nodes.per_text_block(along=0):
        pooled, one = hidden, nodes.constant("one", np.array([1]))
        if shape.pooling == "cls":
            pooled = nodes.add("Slice", [hidden, nodes.constant("zero", np.array([0])), one, one], "first")
        nodes.add("ReduceMean", [pooled, one], "pooled", keepdims=0)
    nodes.add("LpNormalization", ["pooled"], "embedding", axis=-1, p=2)
    nodes.add("LpNormalization", [hidden], "tokens", axis=-1, p=2)
    width = weights["embeddings.word_embeddings.weight"].shape[1]
    return nodes.model(
        "bert",
        [("input_ids", TensorProto.INT64, [1, "length"])],
        [("embedding", TensorProto.FLOAT, [1, width]), ("tokens", TensorProto.FLOAT, [1, "length", width])],
    )


def _folded(weights: Weights, shape: BertConfig) -> Weights:
    """Fold each residual branch's output bias into the preceding LayerNorm's bias, saving two Adds a layer.

    A norm's output goes to the products of a branch and, past them, to the sum with that branch's own. So the bias of
    the branch's last product may be the norm's, if those of its first products take back what that changes.
    """
    folded = dict(weights)
    norm = "embeddings.LayerNorm"
    for number in range(shape.layers):
        name = f"encoder.layer.{number}"
        attention = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        for last, first, next_norm in (
            (f"{name}.attention.output.dense", attention, f"{name}.attention.output.LayerNorm"),
            (f"{name}.output.dense", [f"{name}.intermediate.dense"], f"{name}.output.LayerNorm"),
        ):
            moved = weights[f"{last}.bias"]
            folded[f"{norm}.bias"] = weights[f"{norm}.bias"] + moved
            for product in first:
                folded[f"{product}.bias"] = weights[f"{product}.bias"] - weights[f"{product}.weight"] @ moved
            norm = next_norm
    return folded


def _embed(nodes: GraphBuilder, weights: Weights, shape: BertConfig) -> str:
    """Words, their places, and the one token type that a single text has."""
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    nodes.constant("words", weights["embeddings.word_embeddings.weight"])
    nodes.constant("places", places)
    nodes.add("Gather", ["words", "input_ids"], "word")
    with nodes.per_text_block(along=0):
        nodes.add("Shape", ["input_ids"], "length", start=1, end=2)
        nodes.add(
            "Slice", [nodes.constant("places", places), nodes.constant("begin", np.array([0])), "length"], "place"
        )
    nodes.add("Add", ["word", "place"], "placed")
    return layer_norm(nodes, weights, "embeddings.LayerNorm", "placed", "embedded", shape.epsilon)


def _layer(nodes: GraphBuilder, weights: Weights, shape: BertConfig, number: int, hidden: str) -> str:
    """Attention and the two products after it, each with what came in added and normalised."""
    name = f"encoder.layer.{number}"
    attended = _attend(nodes, weights, shape, f"{name}.attention.self", hidden)
    added = _residual(nodes, weights, f"{name}.attention.output", attended, hidden, shape)
    wide = _product(nodes, f"{name}.intermediate", weights[f"{name}.intermediate.dense.weight"], added)
    bias = nodes.constant(f"{name}.intermediate.bias", weights[f"{name}.intermediate.dense.bias"])
    active = nodes.add("BiasGelu", [wide, bias], f"{name}.active", CONTRIB)
    return _residual(nodes, weights, f"{name}.output", active, added, shape)


def _attend(nodes: GraphBuilder, weights: Weights, shape: BertConfig, name: str, hidden: str) -> str:
    """Attention of every head over all tokens. (1, t, d) in and out."""
    parts = [f"{name}.{part}" for part in ("query", "key", "value")]
    joined = _product(nodes, name, np.concatenate([weights[f"{part}.weight"] for part in parts]), hidden)
    bias = nodes.constant(f"{name}.bias", np.concatenate([weights[f"{part}.bias"] for part in parts]))
    width = weights[f"{parts[0]}.bias"].size
    biased = nodes.add("Add", [joined, bias], f"{name}.biased")
    return attention(nodes, biased, name, shape.heads, width)


def attention(nodes: GraphBuilder, joined: str, name: str, heads: int, width: int) -> str:
    """Attention of every head over all tokens. joined: query, key and value, (1, t, 3 * width). (1, t, width) out."""
    size = width // heads
    apart = nodes.constant("apart", np.array([-1, 3 * heads, size]))
    together = nodes.constant("together", np.array([1, -1, width]))
    with nodes.per_text_block(along=1):
        nodes.add("Reshape", [joined, apart], f"{name}.apart")  # (t, 3 * heads, size)
        parts = [f"{name}.{part}.heads" for part in ("query", "key", "value")]
        query, key, value = nodes.split(f"{name}.apart", parts, 1)  # (t, heads, size)
        of_heads = {"transBatchA": 1, "transBatchB": 1, "transB": 1}
        scale = float(size**-0.5)
        nodes.add("FusedMatMul", [query, key], f"{name}.scores", CONTRIB, alpha=scale, **of_heads)  # (heads, t, t)
        nodes.add("Softmax", [f"{name}.scores"], f"{name}.shares", axis=-1)
        nodes.add("FusedMatMul", [f"{name}.shares", value], f"{name}.mixed", CONTRIB, transBatchB=1)  # (heads, t, size)
        nodes.add("Transpose", [f"{name}.mixed"], f"{name}.rows", perm=[1, 0, 2])
        return nodes.add("Reshape", [f"{name}.rows", together], f"{name}.attended")


def _residual(nodes: GraphBuilder, weights: Weights, name: str, source: str, added: str, shape: BertConfig) -> str:
    """Add a product, its residual input and a LayerNorm over both. For the product's bias, see _folded."""
    product = _product(nodes, name, weights[f"{name}.dense.weight"], source)
    nodes.add("Add", [product, added], f"{name}.summed")
    return layer_norm(nodes, weights, f"{name}.LayerNorm", f"{name}.summed", f"{name}.normed", shape.epsilon)


def layer_norm(nodes: GraphBuilder, weights: Weights, name: str, source: str, output: str, epsilon: float) -> str:
    """Add the LayerNorm of that name. (1, t, d) in and out."""
    scale, bias = (nodes.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    return nodes.add("LayerNormalization", [source, scale, bias], output, axis=-1, epsilon=epsilon)


def _product(nodes: GraphBuilder, name: str, weight: NDArray[np.float32], source: str) -> str:
    """Add the product of a tensor and a layer's weights, which transformers keeps as (out, in)."""
    return nodes.add("MatMul", [source, nodes.constant(f"{name}.weights", weight.T)], f"{name}.product")
