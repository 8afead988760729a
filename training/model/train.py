"""Training of the cross-encoder on prepared pairs, on one processor core; started again, it goes on where it stood.

    python -m training.model.train var/training/data --out var/training/run
    python -m training.model.train var/training/mixed --out var/training/run --bfloat16 --batch 32   # distillation

Writes run/checkpoint.pt, run/best.pt (the best on dev so far) and run/log.jsonl.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Encoding
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from pincite.evaluation.metrics.answerability import auroc_of_scores
from training.data.pairs import Pair, read_pairs
from training.model.network import Batch, CrossEncoderNetwork, collate, load_encoder, load_network, load_tokenizer

BUCKET_BATCHES = 64  # batches that are sorted by length together
WARMUP_SHARE = 0.06
MARKS_LOSS_WEIGHT = 0.4  # relative to the loss of the answers
HEAD_RATE_FACTOR = 10.0  # heads start from nothing and learn faster
DEV_SOURCES = ("squad2-open", "medquad-train", "written")  # collections that choose the best weights


def order(lengths: Sequence[int], batch: int, seed: int) -> list[list[int]]:
    """Put rows into batches of like length, in random order: each row once."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(lengths))
    batches = []
    for start in range(0, len(shuffled), batch * BUCKET_BATCHES):
        bucket = sorted(shuffled[start : start + batch * BUCKET_BATCHES].tolist(), key=lambda i: (lengths[i], i))
        batches += [bucket[i : i + batch] for i in range(0, len(bucket), batch)]
    return [batches[i] for i in rng.permutation(len(batches))]


def rate(step: int, steps: int) -> float:
    """Return the learning rate at a step, relative to its peak: a linear rise, then half a cosine."""
    warm = max(1, int(steps * WARMUP_SHARE))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def in_bfloat16(enabled: bool) -> AbstractContextManager[None]:
    """Run the products of one step in bfloat16. Enter one for each: it keeps its copies of the weights."""
    context: AbstractContextManager[None] = torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled)
    return context


def losses(
    network: CrossEncoderNetwork, batch: Batch, answers: torch.Tensor, known: torch.Tensor, bfloat16: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the loss of the answers, and of the marks where known. answers: (b,) float32, known: (b,) bool."""
    with in_bfloat16(bfloat16):
        outputs = network(*batch.inputs)
    logits, marks = (output.float() for output in outputs)
    counted = batch.passage_tokens & known.unsqueeze(-1)
    of_marks = cross_entropy(marks[counted], batch.mark_targets[counted]) if counted.any() else logits.sum() * 0
    return cross_entropy(logits, answers), of_marks


def answer_logits(
    network: CrossEncoderNetwork, encodings: Sequence[Encoding], batch: int = 32, bfloat16: bool = False
) -> np.ndarray:
    """Return the logits of `answers` of encoded pairs, in their order: (n,) float32."""
    by_length = sorted(range(len(encodings)), key=lambda i: len(encodings[i].ids))
    logits = np.zeros(len(encodings), dtype=np.float32)
    network.eval()
    with torch.inference_mode(), in_bfloat16(bfloat16):
        for start in range(0, len(by_length), batch):
            rows = by_length[start : start + batch]
            inputs = collate([encodings[i] for i in rows], [()] * len(rows)).inputs
            logits[rows] = network(*inputs)[0].float().numpy()
    network.train()
    return logits


def dev_measures(scores: np.ndarray, pairs: Sequence[Pair]) -> dict[str, float]:
    """Compute AUROC on each collection of DEV_SOURCES that is there, and their mean as `chosen`. scores: (n,)."""
    aurocs = {}
    for source in DEV_SOURCES:
        here = [(s, p.answers) for s, p in zip(scores, pairs, strict=True) if p.source == source]
        if here:
            aurocs[source] = auroc_of_scores([s for s, y in here if y], [s for s, y in here if not y])
    return aurocs | {"chosen": sum(aurocs.values()) / len(aurocs)}


def train(options: argparse.Namespace) -> None:
    """Train on each pair once, or on the first `options.steps` batches."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    tokenizer = load_tokenizer()
    pairs = read_pairs(options.data / "train.jsonl")[: options.pairs]
    dev = read_pairs(options.data / "dev.jsonl")[: options.dev]
    encodings = tokenizer.encode_batch([(p.question, p.passage) for p in pairs])
    dev_encodings = tokenizer.encode_batch([(p.question, p.passage) for p in dev])
    batches = order([len(e.ids) for e in encodings], options.batch, options.seed)[: options.steps]
    network = load_network(options.start) if options.start else CrossEncoderNetwork(load_encoder())
    network.train()
    network.freeze(options.freeze)
    optimizer = _optimizer(network, options.rate)
    first_step, best = resume(options.out, network, optimizer)
    began, seen = time.perf_counter(), 0
    sums = np.zeros(2)
    for step, rows in list(enumerate(batches))[first_step:]:
        set_rate(optimizer, rate(step, len(batches)))
        known = torch.tensor([pairs[i].marks is not None for i in rows])
        batch = collate([encodings[i] for i in rows], [pairs[i].marks or () for i in rows])
        answers = torch.tensor([_target(pairs[i]) for i in rows])
        of_answers, of_marks = losses(network, batch, answers, known, options.bfloat16)
        (of_answers + MARKS_LOSS_WEIGHT * of_marks).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        sums += of_answers.item(), of_marks.item()
        seen += len(rows)
        done, last = step + 1, step + 1 == len(batches)
        if done % options.every == 0 or last:
            speed = round(seen / (time.perf_counter() - began), 1)
            means = dict(zip(("loss", "marks"), (sums / options.every).round(4).tolist(), strict=True))
            entry: dict[str, Any] = {"step": done, "of": len(batches), "pairs_a_second": speed} | means
            if done % (options.every * 4) == 0 or last:
                measures = dev_measures(answer_logits(network, dev_encodings, bfloat16=options.bfloat16), dev)
                best = _keep(options.out, network, optimizer, done, measures["chosen"], best)
                entry |= {k: round(v, 4) for k, v in measures.items()}
            append_log(options.out / "log.jsonl", entry)
            sums[:] = 0


def _target(pair: Pair) -> float:
    return float(pair.answers) if pair.target is None else pair.target


def _keep(
    out: Path, network: CrossEncoderNetwork, optimizer: torch.optim.Optimizer, step: int, measure: float, best: float
) -> float:
    """Save a checkpoint, and the weights as best.pt if none measured better on dev. Returns the best dev measure."""
    best = max(best, measure)
    state = {"model": network.state_dict(), "step": step, "best": best}
    if measure == best:
        save_checkpoint(out / "best.pt", state)
    save_checkpoint(out / "checkpoint.pt", state | {"optimizer": optimizer.state_dict()})
    return best


def _optimizer(network: CrossEncoderNetwork, peak: float) -> torch.optim.Optimizer:
    trained = [(n, p) for n, p in network.named_parameters() if p.requires_grad]
    heads = [p for n, p in trained if not n.startswith("encoder.")]
    matrices = [p for n, p in trained if n.startswith("encoder.") and p.ndim > 1]
    vectors = [p for n, p in trained if n.startswith("encoder.") and p.ndim == 1]
    groups = [
        {"params": matrices, "peak": peak, "weight_decay": 0.01},
        {"params": vectors, "peak": peak, "weight_decay": 0.0},
        {"params": heads, "peak": peak * HEAD_RATE_FACTOR, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=peak)


def set_rate(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Set the learning rate of each group to a share of its peak."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * share


def resume(out: Path, network: torch.nn.Module, optimizer: torch.optim.Optimizer) -> tuple[int, float]:
    """Load the checkpoint of a run, if there is one. Returns the steps done and the best dev measure."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "checkpoint.pt"
    if not path.is_file():
        return 0, 0.0
    state = torch.load(path, weights_only=True)
    network.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return state["step"], state["best"]


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write under another name, then rename: a checkpoint is complete or absent."""
    torch.save(state, path.with_suffix(".new"))
    os.replace(path.with_suffix(".new"), path)


def append_log(path: Path, entry: dict[str, Any]) -> None:
    """Append an entry to a log of JSON lines, and print it."""
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps(entry) + "\n")
    print(json.dumps(entry), flush=True)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("var/training/run"))
    parser.add_argument("--pairs", type=int, default=None, help="the first so many only")
    parser.add_argument("--steps", type=int, default=None, help="the first so many steps only; the rate falls sooner")
    parser.add_argument("--dev", type=int, default=800, help="dev pairs to look at")
    parser.add_argument("--start", type=Path, default=None, help="weights of an earlier run to go on from")
    parser.add_argument("--freeze", type=int, default=0, help="lowest layers that are not trained")
    parser.add_argument("--bfloat16", action="store_true", help="run products in bfloat16")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=7e-5)
    parser.add_argument("--every", type=int, default=50, help="steps between log lines; dev is measured every fourth")
    parser.add_argument("--seed", type=int, default=1)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
