"""Export of the trained cross-encoder to ONNX: made small, and measured against the original.

    python -m training.export.export var/training/run/best.pt --data var/training/data \
        --out index/models/cross-encoder.onnx

Next to the checkpoint it writes a float32 file, one with int8 weights, and two that compute in eight
bits (with weights of eight bits, and of seven: some processors overflow with eight). `--keep` names the one for --out.
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
from training.data.pairs import Pair, read_pairs
from training.export.quantize_weights import store_small
from training.export.rewrite_graph import lean
from training.measure.scorer import NAMES, Scorer
from training.model.network import Judge, collate, load_judge

OPSET = 17
PARITY = 1e-4
LARGEST = 25_000_000  # bytes
KINDS = ("stored", "int8", "int8-reduced")


def to_onnx(judge: Judge, path: Path) -> None:
    """Write the judge with dynamic batch and length. Both outputs are logits."""
    example = tuple(torch.ones(2, 7, dtype=torch.int64) for _ in NAMES)
    axes = {name: {0: "batch", 1: "tokens"} for name in (*NAMES, "marks")} | {"answers": {0: "batch"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of constants that the parity check, below, would show
        torch.onnx.export(
            judge,
            example,
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=list(NAMES),
            output_names=["answers", "marks"],
            dynamic_axes=axes,
        )


def parity(judge: Judge, path: Path, pairs: Sequence[Pair]) -> float:
    """Return the largest difference between PyTorch's and ONNX Runtime's logits. Raises AssertionError above PARITY."""
    scorer = Scorer(path)
    worst = 0.0
    for pair in pairs:
        encoding = scorer.encode(pair.question, pair.passage)
        with torch.inference_mode():
            expected = judge(*collate([encoding], [()]).inputs)
        found = scorer.run(encoding)
        worst = max(worst, *(float(np.abs(e.numpy() - f).max()) for e, f in zip(expected, found, strict=True)))
    if worst > PARITY:
        raise AssertionError(f"{path}: ONNX Runtime and PyTorch differ by {worst:.2e} > {PARITY}")
    return worst


def to_eight_bits(source: Path, path: Path, reduce_range: bool) -> None:
    """Write a file that computes its matrix products in eight bits: faster, but activations are rounded as well.

    It takes one pair at a time.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    prepared = path.with_suffix(".prepared.onnx")
    store_small(source, prepared, matrices=False)
    quantize_dynamic(
        str(prepared),
        str(path),
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=reduce_range,
        extra_options={"MatMulConstBOnly": True},
    )
    prepared.unlink()
    onnx.save(lean(onnx.load(str(path))), str(path))


def measure(path: Path, pairs: Sequence[Pair]) -> dict[str, float]:
    """Size, AUROC over pairs that answer and near misses, and milliseconds a pair on one thread."""
    scorer = Scorer(path)
    encodings = [scorer.encode(p.question, p.passage) for p in pairs]
    began = time.perf_counter()
    logits = [float(scorer.run(e)[0][0]) for e in encodings]
    took = (time.perf_counter() - began) / len(pairs) * 1000
    right = [s for s, p in zip(logits, pairs, strict=True) if p.answers]
    wrong = [s for s, p in zip(logits, pairs, strict=True) if not p.answers]
    size = path.stat().st_size
    return {
        "bytes": size,
        "auroc": round(auroc_of_scores(right, wrong), 4),
        "ms_a_pair": round(took, 2),
        "pairs": len(pairs),
    }


def main() -> None:
    """Export, check, make small, measure, and put one file where serving finds it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, default=Path("var/training/data"))
    parser.add_argument("--out", type=Path, default=Path("index/models/cross-encoder.onnx"))
    parser.add_argument("--keep", choices=KINDS, default="int8-reduced")
    parser.add_argument("--pairs", type=int, default=600, help="dev pairs to measure on")
    given = parser.parse_args()
    torch.set_num_threads(1)
    judge = load_judge(given.checkpoint)
    pairs = read_pairs(given.data / "dev.jsonl")[: given.pairs]
    folder = given.checkpoint.parent
    files = {"float32": folder / "judge-float32.onnx"}
    to_onnx(judge, files["float32"])
    report: dict[str, object] = {"parity": parity(judge, files["float32"], pairs[:50])}
    files |= {name: folder / f"judge-{name}.onnx" for name in KINDS}
    store_small(files["float32"], files["stored"], matrices=True)
    to_eight_bits(files["float32"], files["int8"], reduce_range=False)
    to_eight_bits(files["float32"], files["int8-reduced"], reduce_range=True)
    report |= {name: measure(path, pairs) for name, path in files.items()}
    if files[given.keep].stat().st_size > LARGEST:
        raise SystemExit(f"{files[given.keep]} is larger than {LARGEST:,} bytes")
    shutil.copyfile(files[given.keep], given.out)
    report["kept"] = {"file": given.keep, "sha256": hashlib.sha256(given.out.read_bytes()).hexdigest()}
    (folder / "export.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
