"""Export of the trained cross-encoder to ONNX: quantised to int8, and measured against the original.

    python -m training.export.export var/training/run/best.pt --data var/training/data \
        --out index/models/cross-encoder.onnx

Next to the checkpoint it writes a float32 and an int8 file, and export.json with the measures of both. The int8 file is
copied to --out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch

from pincite.evaluation.metrics.answerability import auroc_of_scores
from pincite.index.models.onnx_session import ENCODING_FIELDS, feed_of, load_session
from training.data.pairs import Pair, read_pairs
from training.export.quantize_weights import quantize_embeddings
from training.export.rewrite_graph import rewrite_graph
from training.measure.load_exported import load_exported
from training.model.network import CrossEncoderNetwork, collate, load_network, load_tokenizer

OPSET = 17
MAX_PARITY_ERROR = 1e-4  # of a logit
MAX_BYTES = 25_000_000


def to_float32(network: CrossEncoderNetwork, path: Path) -> None:
    """Write the network with dynamic batch and length. Both outputs are logits."""
    names = list(ENCODING_FIELDS)
    example = tuple(torch.ones(2, 7, dtype=torch.int64) for _ in names)
    axes = {name: {0: "batch", 1: "tokens"} for name in (*names, "marks")} | {"answers": {0: "batch"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of constants that the parity check, below, would show
        torch.onnx.export(
            network,
            example,
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=names,
            output_names=["answers", "marks"],
            dynamic_axes=axes,
        )


def parity(network: CrossEncoderNetwork, path: Path, pairs: Sequence[Pair]) -> float:
    """Return the largest difference between PyTorch's and ONNX Runtime's logits.

    Raises AssertionError above MAX_PARITY_ERROR.
    """
    session, tokenizer = load_session(path), load_tokenizer()
    worst = 0.0
    for pair in pairs:
        encoding = tokenizer.encode(pair.question, pair.passage)
        with torch.inference_mode():
            expected = network(*collate([encoding], [()]).inputs)
        logits = session.run(["answers", "marks"], feed_of(encoding, list(ENCODING_FIELDS)))
        worst = max(worst, *(float(np.abs(e.numpy() - o).max()) for e, o in zip(expected, logits, strict=True)))
    if worst > MAX_PARITY_ERROR:
        raise AssertionError(f"{path}: ONNX Runtime and PyTorch differ by {worst:.2e} > {MAX_PARITY_ERROR}")
    return worst


def to_int8(source: Path, path: Path) -> None:
    """Quantise a float32 file to one whose matrix products take int8: faster, but activations are rounded as well.

    Weights have 7 bits, since the products of some processors overflow with 8. The file takes one pair at a time.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    prepared = path.with_suffix(".prepared.onnx")
    onnx.save(quantize_embeddings(onnx.load(str(source))), str(prepared))
    quantize_dynamic(
        str(prepared),
        str(path),
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        extra_options={"MatMulConstBOnly": True},
    )
    prepared.unlink()
    onnx.save(rewrite_graph(onnx.load(str(path))), str(path))


def measure(path: Path, pairs: Sequence[Pair]) -> dict[str, float]:
    """Measure size, AUROC over pairs that answer and near misses, and milliseconds a pair on one thread."""
    model = load_exported(path)
    began = time.perf_counter()
    logits = [model.score(p.question, p.passage, ()).answer_logit for p in pairs]
    seconds = time.perf_counter() - began
    right = [s for s, p in zip(logits, pairs, strict=True) if p.answers]
    wrong = [s for s, p in zip(logits, pairs, strict=True) if not p.answers]
    return {
        "bytes": path.stat().st_size,
        "auroc": round(auroc_of_scores(right, wrong), 4),
        "ms_a_pair": round(seconds / len(pairs) * 1000, 2),
        "pairs": len(pairs),
    }


def average(networks: Sequence[CrossEncoderNetwork]) -> CrossEncoderNetwork:
    """Return a network with the mean of all weights, for runs that began with the same ones (Wortsman et al., 2022)."""
    states = [network.state_dict() for network in networks]
    networks[0].load_state_dict({name: torch.stack([s[name] for s in states]).mean(dim=0) for name in states[0]})
    return networks[0]


def main() -> None:
    """Export, check, quantise, measure, and put the file where serving finds it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", type=Path, nargs="+", help="of several, the mean of the weights is exported")
    parser.add_argument("--data", type=Path, default=Path("var/training/data"))
    parser.add_argument("--out", type=Path, default=Path("index/models/cross-encoder.onnx"))
    parser.add_argument("--pairs", type=int, default=600, help="dev pairs to measure on")
    options = parser.parse_args()
    torch.set_num_threads(1)
    network = average([load_network(path) for path in options.checkpoints])
    pairs = read_pairs(options.data / "dev.jsonl")[: options.pairs]
    folder = options.checkpoints[0].parent
    files = {kind: folder / f"cross-encoder-{kind}.onnx" for kind in ("float32", "int8")}
    to_float32(network, files["float32"])
    report: dict[str, object] = {"parity": parity(network, files["float32"], pairs[:50])}
    to_int8(files["float32"], files["int8"])
    report |= {kind: measure(path, pairs) for kind, path in files.items()}
    if files["int8"].stat().st_size > MAX_BYTES:
        raise SystemExit(f"{files['int8']} is larger than {MAX_BYTES:,} bytes")
    shutil.copyfile(files["int8"], options.out)
    report["sha256"] = hashlib.sha256(options.out.read_bytes()).hexdigest()
    (folder / "export.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
