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

from pincite.ingestion.encoder.onnx_builder import CONTRIB_DOMAIN, GraphBuilder

BERT_GRAPH = "bert"  # name of the graphs that bert_graph() builds
# Their operators that mix the tokens of a text: positions, attention, pooling. All others work on each token alone.
TOKEN_MIXING_OPERATORS = frozenset("FusedMatMul ReduceMean Reshape Shape Slice Softmax Split Transpose".split())

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class BertConfig:
    """Configuration of a BERT encoder that its weights do not show."""

    layers: int
    heads: int
    layer_norm_epsilon: float
    pooling: str  # "mean" or "cls"


def bert_config(model: Any) -> BertConfig | None:
    """Return the configuration of a sentence-transformers model that is a plain BERT, else None."""
    module_types = [type(module).__name__ for module in model]
    if module_types != ["Transformer", "Pooling", "Normalize"]:
        return None
    config, pooling = model[0].auto_model.config, model[1].get_config_dict()
    is_supported_bert = config.model_type == "bert" and config.hidden_act == "gelu" and not config.is_decoder
    has_absolute_positions = getattr(config, "position_embedding_type", "absolute") == "absolute"
    if not (is_supported_bert and has_absolute_positions and pooling.get("pooling_mode") in ("mean", "cls")):
        return None
    return BertConfig(
        config.num_hidden_layers, config.num_attention_heads, config.layer_norm_eps, str(pooling["pooling_mode"])
    )


def bert_graph(weights: Weights, config: BertConfig) -> Any:
    """Build the graph as an onnx.ModelProto.

    weights: by their names in transformers' BertModel, float32. In: input_ids (1, t) int64. Out: embedding (1, d) and
    tokens (1, t, d), both float32 with unit rows.
    """
    from onnx import TensorProto

    builder, weights = GraphBuilder(), _fold_biases(weights, config)
    hidden = _embedding_layer(builder, weights, config)
    for layer in range(config.layers):
        hidden = _transformer_layer(builder, weights, config, layer, hidden)
    pooled, one_tensor = hidden, builder.constant("one", np.array([1]))
    if config.pooling == "cls":
        pooled = builder.add(
            "Slice", [hidden, builder.constant("zero", np.array([0])), one_tensor, one_tensor], "first"
        )
    builder.add("ReduceMean", [pooled, one_tensor], "pooled", keepdims=0)
    builder.add("LpNormalization", ["pooled"], "embedding", axis=-1, p=2)
    builder.add("LpNormalization", [hidden], "tokens", axis=-1, p=2)
    hidden_size = weights["embeddings.word_embeddings.weight"].shape[1]
    return builder.to_model(
        BERT_GRAPH,
        [("input_ids", TensorProto.INT64, [1, "length"])],
        [("embedding", TensorProto.FLOAT, [1, hidden_size]), ("tokens", TensorProto.FLOAT, [1, "length", hidden_size])],
    )


def _fold_biases(weights: Weights, config: BertConfig) -> Weights:
    """Fold each residual branch's output bias into the preceding LayerNorm's bias, saving two Adds a layer.

    A LayerNorm's output goes to the first products of a branch and, as the residual, to the sum at the branch's end. So
    the bias of the branch's last product may move into the LayerNorm, if the biases of its first products subtract it.
    """
    folded = dict(weights)
    previous_norm = "embeddings.LayerNorm"
    for layer in range(config.layers):
        name = f"encoder.layer.{layer}"
        query_key_value = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        for output_linear, input_linears, next_norm in (
            (f"{name}.attention.output.dense", query_key_value, f"{name}.attention.output.LayerNorm"),
            (f"{name}.output.dense", [f"{name}.intermediate.dense"], f"{name}.output.LayerNorm"),
        ):
            bias = weights[f"{output_linear}.bias"]
            folded[f"{previous_norm}.bias"] = weights[f"{previous_norm}.bias"] + bias
            for input_linear in input_linears:
                folded[f"{input_linear}.bias"] = (
                    weights[f"{input_linear}.bias"] - weights[f"{input_linear}.weight"] @ bias
                )
            previous_norm = next_norm
    return folded


def _embedding_layer(builder: GraphBuilder, weights: Weights, config: BertConfig) -> str:
    """Add token and position embeddings, the one token type that a single text has, and their LayerNorm."""
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    builder.constant("words", weights["embeddings.word_embeddings.weight"])
    builder.constant("places", positions)
    builder.add("Gather", ["words", "input_ids"], "word")
    builder.add("Shape", ["input_ids"], "length", start=1, end=2)
    builder.add(
        "Slice",
        [builder.constant("places", positions), builder.constant("begin", np.array([0])), "length"],
        "place",
    )
    builder.add("Add", ["word", "place"], "placed")
    return layer_norm(builder, weights, "embeddings.LayerNorm", "placed", "embedded", config.layer_norm_epsilon)


def _transformer_layer(builder: GraphBuilder, weights: Weights, config: BertConfig, layer: int, hidden: str) -> str:
    """Add attention and the feed-forward network, each with its residual and LayerNorm."""
    name = f"encoder.layer.{layer}"
    attended = _self_attention(builder, weights, config, f"{name}.attention.self", hidden)
    attention_output = _add_and_norm(builder, weights, f"{name}.attention.output", attended, hidden, config)
    intermediate = _linear(
        builder, f"{name}.intermediate", weights[f"{name}.intermediate.dense.weight"], attention_output
    )
    bias = builder.constant(f"{name}.intermediate.bias", weights[f"{name}.intermediate.dense.bias"])
    activated = builder.add("BiasGelu", [intermediate, bias], f"{name}.active", CONTRIB_DOMAIN)
    return _add_and_norm(builder, weights, f"{name}.output", activated, attention_output, config)


def _self_attention(builder: GraphBuilder, weights: Weights, config: BertConfig, name: str, hidden: str) -> str:
    """Add multi-head self-attention over all tokens. (1, t, d) in and out."""
    parts = [f"{name}.{part}" for part in ("query", "key", "value")]
    qkv = _linear(builder, name, np.concatenate([weights[f"{part}.weight"] for part in parts]), hidden)
    bias = builder.constant(f"{name}.bias", np.concatenate([weights[f"{part}.bias"] for part in parts]))
    hidden_size = weights[f"{parts[0]}.bias"].size
    biased = builder.add("Add", [qkv, bias], f"{name}.biased")
    return multi_head_attention(builder, biased, name, config.heads, hidden_size)


def multi_head_attention(builder: GraphBuilder, qkv: str, name: str, heads: int, hidden_size: int) -> str:
    """Add the attention of every head over all tokens. qkv: (1, t, 3 * width). (1, t, width) out."""
    head_dim = hidden_size // heads
    per_head_shape = builder.constant("apart", np.array([-1, 3 * heads, head_dim]))
    merged_shape = builder.constant("together", np.array([1, -1, hidden_size]))
    builder.add("Reshape", [qkv, per_head_shape], f"{name}.apart")  # (t, 3 * heads, size)
    head_names = [f"{name}.{part}.heads" for part in ("query", "key", "value")]
    query, key, value = builder.split(f"{name}.apart", head_names, 1)  # (t, heads, size)
    transposes = {"transBatchA": 1, "transBatchB": 1, "transB": 1}
    scale = float(head_dim**-0.5)
    builder.add(
        "FusedMatMul", [query, key], f"{name}.scores", CONTRIB_DOMAIN, alpha=scale, **transposes
    )  # (heads, t, t)
    builder.add("Softmax", [f"{name}.scores"], f"{name}.shares", axis=-1)
    builder.add(
        "FusedMatMul", [f"{name}.shares", value], f"{name}.mixed", CONTRIB_DOMAIN, transBatchB=1
    )  # (heads, t, size)
    builder.add("Transpose", [f"{name}.mixed"], f"{name}.rows", perm=[1, 0, 2])
    return builder.add("Reshape", [f"{name}.rows", merged_shape], f"{name}.attended")


def _add_and_norm(
    builder: GraphBuilder, weights: Weights, name: str, source: str, skip: str, config: BertConfig
) -> str:
    """Add a product, its residual input and a LayerNorm over both. For the product's bias, see _fold_biases."""
    projected = _linear(builder, name, weights[f"{name}.dense.weight"], source)
    builder.add("Add", [projected, skip], f"{name}.summed")
    return layer_norm(
        builder, weights, f"{name}.LayerNorm", f"{name}.summed", f"{name}.normed", config.layer_norm_epsilon
    )


def layer_norm(builder: GraphBuilder, weights: Weights, name: str, source: str, output: str, epsilon: float) -> str:
    """Add the LayerNorm of that name. (1, t, d) in and out."""
    scale, bias = (builder.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    return builder.add("LayerNormalization", [source, scale, bias], output, axis=-1, epsilon=epsilon)


def _linear(builder: GraphBuilder, name: str, weight: NDArray[np.float32], source: str) -> str:
    """Add the product of a tensor and a layer's weights, which transformers keeps as (out, in)."""
    return builder.add("MatMul", [source, builder.constant(f"{name}.weights", weight.T)], f"{name}.product")
